import type { GoProxyCache } from '../../../src/api/types.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { APPLIED, CACHE_UID } from '../../../src/reconcile/ownership.ts';
import type { Lane, State } from '../bed/lane.ts';

/** The end state of a namespace, by `Kind/name`, without what no two runs have in common. */
export type Observed = ReadonlyMap<string, unknown>;

/** Names of pods and ReplicaSets are chance; what they come to is in the status of their Deployment. */
const KINDS_LEFT_OUT = new Set(['Event', 'Pod', 'ReplicaSet', 'Secret', 'ResourceQuota', 'LimitRange']);
/** Fields that the API server makes up, and times, wherever they stand. */
const FIELDS_LEFT_OUT = new Set([
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'],
  ...['clusterIP', 'clusterIPs', 'nodePort', 'healthCheckNodePort', 'volumeName'],
  ...['observedGeneration', 'lastTransitionTime', 'lastUpdateTime', 'lastProbeTime'],
  ...[APPLIED, CACHE_UID, 'deployment.kubernetes.io/revision'],
  // Whether the provisioner or the binder of the claim came first is chance.
  ...['volume.kubernetes.io/storage-provisioner', 'volume.beta.kubernetes.io/storage-provisioner'],
]);
const NAMESPACE = '<namespace>';

export const observe = (lane: Lane, namespace: string): Observed => normalised(lane.state(namespace), namespace);

export function normalised(state: State, namespace: string): Observed {
  const kept = [...state].filter(([, { kind }]) => !KINDS_LEFT_OUT.has(kind));
  return new Map(kept.map(([key, object]) => [key, masked(shortened(object), namespace)]));
}

/** Of a Deployment's status the numbers only: its conditions name ReplicaSets. A budget counts pods some time after the fact. */
function shortened(object: KubeObject): KubeObject {
  if (object.kind === 'PodDisruptionBudget') return { ...object, status: undefined };
  if (object.kind !== 'Deployment') return object;
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = (object.status ?? {}) as Record<string, number>;
  return { ...object, status: { replicas, readyReplicas, updatedReplicas } };
}

function masked(value: unknown, namespace: string): unknown {
  if (typeof value === 'string') return value.replaceAll(namespace, NAMESPACE);
  if (Array.isArray(value)) return value.map((item) => masked(item, namespace));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !FIELDS_LEFT_OUT.has(name))
      .map(([name, field]) => [name, masked(field, namespace)]),
  );
}

/** The cache of a plan. */
export const cacheOf = (state: State): (GoProxyCache & KubeObject) | undefined =>
  state.get('GoProxyCache/cache') as (GoProxyCache & KubeObject) | undefined;

/** The condition, where it speaks of the latest spec. */
export function conditionOf(state: State, type: string) {
  const cache = cacheOf(state);
  if (cache === undefined || cache.status?.observedGeneration !== cache.metadata.generation) return undefined;
  return cache.status?.conditions?.find((condition) => condition.type === type);
}

/** True when the cache is Ready and nothing is under way; else what is awaited. */
export function settled(state: State): true | string {
  const ready = conditionOf(state, 'Ready');
  if (ready?.status !== 'True') return ready?.message ?? 'there is no status of the latest spec';
  return undisturbed(state);
}

/** True when no object is being deleted and no volume grows. */
export function undisturbed(state: State): true | string {
  const storage = conditionOf(state, 'StorageReady');
  if (storage?.reason === 'Resizing') return storage.message;
  const going = [...state].find(([, { metadata }]) => metadata.deletionTimestamp !== undefined);
  return going === undefined || `${going[0]} is being deleted`;
}

/** Resolves when the cache of a namespace is Ready with its latest spec and nothing is under way; rejects after `timeoutMs`. */
export const settle = (lane: Lane, namespace: string, timeoutMs: number): Promise<void> =>
  lane.until(namespace, settled, timeoutMs);
