import { becomesReady, readCache } from '../../support/cache.ts';
import { eventually } from '../../support/eventually.ts';
import type { KubeObject } from '../../support/kubectl.ts';
import { list } from '../../support/kubectl.ts';

interface Pod extends KubeObject {
  status: { podIP?: string; phase: string };
}
interface Deployment extends KubeObject {
  spec: { replicas: number };
  status: { observedGeneration?: number; replicas?: number; updatedReplicas?: number; availableReplicas?: number };
}

/** A pod of a cache, as far as rollouts go. */
export interface CachePod {
  /** `gateway`, `engine/prod`, `canary/prod`. */
  role: string;
  name: string;
  uid: string;
  address: string;
}

const ofCache = (name: string): string => `app.kubernetes.io/instance=${name}`;

/** The pods of a cache that are not ending. */
export async function podsOf(namespace: string, name: string): Promise<CachePod[]> {
  const pods = await list<Pod>('pods', namespace, ofCache(name));
  return pods
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata: { name, uid = '', labels = {} }, status }) => {
      const component = labels['app.kubernetes.io/component'] ?? '';
      const environment = labels['goproxycache.io/environment'];
      return {
        role: environment === undefined ? component : `${component}/${environment}`,
        name,
        uid,
        address: status.podIP ?? '',
      };
    });
}

/**
 * Waits until a cache is Ready for its latest spec, every gateway pod serves the wanted configuration, every Deployment has
 * the pods it wants, and none of the pods before is left.
 */
export async function atRest(namespace: string, name: string, timeoutSeconds = 240): Promise<void> {
  await becomesReady(namespace, name, timeoutSeconds);
  await eventually(`goproxycache ${name} is at rest`, timeoutSeconds, async () => {
    const missing = [...(await behind(namespace, name)), ...(await rollingOut(namespace, name))];
    return missing.length === 0 ? { value: undefined } : { missing: missing.join('; ') };
  });
}

async function behind(namespace: string, name: string): Promise<string[]> {
  const { servedConfig, wantedConfig } = (await readCache(namespace, name))?.status?.gateway ?? {};
  return servedConfig === wantedConfig ? [] : [`served ${servedConfig ?? 'several'}, wanted ${wantedConfig}`];
}

async function rollingOut(namespace: string, name: string): Promise<string[]> {
  const objects = await list<Pod | Deployment>('pods,deployments', namespace, ofCache(name));
  return objects.flatMap((object) => {
    const { kind, metadata } = object;
    const what = `${kind} ${metadata.name}`;
    if (metadata.deletionTimestamp !== undefined) return [`${what} is ending`];
    if (!isDeployment(object)) return [];
    const { observedGeneration, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = object.status;
    const done =
      observedGeneration === metadata.generation &&
      [replicas, updatedReplicas, availableReplicas].every((count) => count === object.spec.replicas);
    return done ? [] : [`${what} ${JSON.stringify(object.status)}`];
  });
}

const isDeployment = (object: Pod | Deployment): object is Deployment => object.kind === 'Deployment';
