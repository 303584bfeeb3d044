import type { V1DeploymentSpec, V1DeploymentStatus, V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import type { GoProxyCache } from '../api/types.ts';
import type { Component } from '../desired/labels.ts';
import { COMPONENT, INSTANCE, MANAGED_BY, MANAGER } from '../desired/labels.ts';
import type { Client } from '../kube/client.ts';
import type { KubeObject } from '../kube/objects.ts';
import { controllerOf, keyOf, keyOfObject } from '../kube/objects.ts';
import type { Resource } from '../kube/paths.ts';
import { resources } from '../kube/paths.ts';
import type { Reflector } from '../runtime/reflector.ts';
import { createReflector } from '../runtime/reflector.ts';
import type { ReflectorOptions } from '../runtime/reflector.ts';
import { byOwnerUid } from '../runtime/store.ts';
import type { Change } from '../runtime/store.ts';
import { unite } from '../runtime/union.ts';
import { kept } from './kept.ts';

export type Deployment = KubeObject<V1DeploymentSpec, V1DeploymentStatus>;
export type Claim = KubeObject<
  V1PersistentVolumeClaimSpec,
  { phase?: 'Pending' | 'Bound' | 'Lost'; capacity?: { storage?: string } }
>;
export interface StorageClass extends KubeObject {
  allowVolumeExpansion?: boolean;
}
interface ContainerState {
  waiting?: { reason?: string; message?: string };
  terminated?: { exitCode: number; reason?: string };
}
export interface ContainerStatus {
  restartCount: number;
  state?: ContainerState;
  lastState?: ContainerState;
}
/** A pod, slimmed to what a verdict needs. */
export type Pod = KubeObject<
  undefined,
  {
    phase?: string;
    podIP?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    containerStatuses?: ContainerStatus[];
  }
>;

/** The kinds of children, in no order. */
const CHILDREN = [
  resources.ServiceAccount,
  resources.PersistentVolumeClaim,
  resources.Service,
  resources.ConfigMap,
  resources.NetworkPolicy,
  resources.PodDisruptionBudget,
  resources.Deployment,
  resources.Ingress,
  resources.HTTPRoute,
  resources.ServiceMonitor,
];

/** Kinds that a cluster need not serve. */
const OPTIONAL: readonly Resource[] = [resources.HTTPRoute, resources.ServiceMonitor];

/** Everything the operator knows of the cluster, each kind kept current by a reflector. */
export interface World {
  caches: Reflector<GoProxyCache & KubeObject>;
  /** Reflector of a child's kind, by that kind. */
  children: ReadonlyMap<string, Reflector>;
  pods: Reflector<Pod>;
  /** Absent where the operator has no right on the cluster: it watches some namespaces only. */
  storageClasses: Reflector<StorageClass> | undefined;
  reflectors: Reflector[];
}

/** How many watches a world keeps open. */
export const watchesOf = (namespaces: readonly string[]): number =>
  (CHILDREN.length + 2) * Math.max(1, namespaces.length) + 1;

const slimPod = (pod: Pod): Pod => {
  const { name, namespace, uid, resourceVersion, labels, annotations, deletionTimestamp } = pod.metadata;
  const { phase, podIP, conditions, containerStatuses } = pod.status ?? {};
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: withoutUndefined({ name, namespace, uid, resourceVersion, labels, annotations, deletionTimestamp }),
    status: withoutUndefined({ phase, podIP, conditions, containerStatuses }),
  } as Pod;
};

const withoutUndefined = (object: object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

/** The keys of the caches that an object belongs to: by its labels, which somebody may have changed, and by its controller. */
function cacheKeys(object: KubeObject): string[] {
  const { namespace, labels } = object.metadata;
  const controller = controllerOf(object);
  const names = [labels?.[INSTANCE], controller?.kind === resources.GoProxyCache.kind ? controller.name : undefined];
  return names.filter((name) => name !== undefined).map((name) => keyOf(namespace, name));
}

export interface WorldOptions {
  client: Client;
  /** All namespaces when empty. */
  namespaces: readonly string[];
  /** Called with the key of every cache that something happened to. */
  onChange: (key: string) => void;
  /** Called before that with each child that a watch says is gone, but for those that we deleted. It may have lost its label. */
  onGone: (key: string, child: KubeObject) => void;
  onError: (resource: Resource, error: unknown) => void;
}

type Kind<T extends KubeObject> = Omit<ReflectorOptions<T>, 'client' | 'namespace' | 'onError'>;

/** Makes the reflectors; the manager runs them. */
export function createWorld({ client, namespaces, onChange, onGone, onError }: WorldOptions): World {
  const labelSelector = `${MANAGED_BY}=${MANAGER}`;
  const touched = (change: Change<KubeObject>) => {
    const versions = change.type === 'updated' ? [change.object, change.previous] : [change.object];
    new Set(versions.flatMap(cacheKeys)).forEach(onChange);
  };
  const make = <T extends KubeObject>(kind: Kind<T>, namespace?: string) =>
    createReflector<T>({ ...kind, client, namespace, onError: (error) => onError(kind.resource, error) });
  const reflect = <T extends KubeObject>(kind: Kind<T>) =>
    namespaces.length === 0
      ? make(kind)
      : unite(new Map(namespaces.map((namespace) => [namespace, make(kind, namespace)])));

  const caches = reflect<GoProxyCache & KubeObject>({
    resource: resources.GoProxyCache,
    onChange: ({ key }) => onChange(key),
  });
  const children = new Map<string, Reflector>(
    CHILDREN.map((resource) => [
      resource.kind,
      reflect({
        resource,
        labelSelector,
        indexes: { owner: byOwnerUid },
        transform: kept,
        optional: OPTIONAL.includes(resource),
        onChange: (change) => {
          if (change.type === 'deleted' && !change.own)
            for (const key of cacheKeys(change.object)) onGone(key, change.object);
          touched(change);
        },
      }),
    ]),
  );
  const pods = reflect<Pod>({
    resource: resources.Pod,
    labelSelector,
    indexes: { component: (pod) => podIndex(pod) },
    transform: slimPod,
    onChange: touched,
  });
  const storageClasses =
    namespaces.length === 0
      ? make<StorageClass>({
          resource: resources.StorageClass,
          onChange: () => caches.store.keys().forEach(onChange),
        })
      : undefined;
  return {
    caches,
    children,
    pods,
    storageClasses,
    reflectors: [caches, ...children.values(), pods, ...(storageClasses ? [storageClasses] : [])] as Reflector[],
  };
}

const podIndexKey = (namespace: string | undefined, cache: string, component: string) =>
  `${keyOf(namespace, cache)}/${component}`;
const podIndex = ({ metadata: { namespace, labels } }: Pod) =>
  labels?.[INSTANCE] && labels[COMPONENT] ? [podIndexKey(namespace, labels[INSTANCE], labels[COMPONENT])] : [];

/** The pods of one component of a cache, those that are being deleted left out. */
export const podsOf = (world: World, namespace: string, cache: string, component: Component): Pod[] =>
  world.pods.store
    .byIndex('component', podIndexKey(namespace, cache, component))
    .filter((pod) => pod.metadata.deletionTimestamp === undefined);

/** Whether this very cache is there and stays, as far as is known: it may have gone while something was done for it. */
export function isThere({ caches }: Pick<World, 'caches'>, cache: GoProxyCache): boolean {
  const { uid, deletionTimestamp } = caches.store.get(keyOfObject(cache))?.metadata ?? {};
  return uid === cache.metadata.uid && deletionTimestamp === undefined;
}
