import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import type { Client } from '../../../src/kube/client.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf } from '../../../src/kube/paths.ts';
import { changedChildren, childrenOf, each } from './fleet.ts';

/** Applies one object, and nothing else. */
export type Apply = (object: KubeObject) => Promise<unknown>;

/** Server-side applies through our transport. */
export const ownApply =
  (client: Client): Apply =>
  (object) =>
    client.apply(resourceOf(object), object);

/** The same through client-node as it comes. */
export function stockApply(kubeconfig: string): Apply {
  const api = KubernetesObjectApi.makeApiClient(loadKubeConfig({ file: kubeconfig }));
  return (object) => {
    const { name, namespace = '', labels = {}, annotations = {}, ownerReferences } = object.metadata;
    const metadata = { name, namespace, labels, annotations, ...(ownerReferences && { ownerReferences }) };
    return api.patch(
      { ...object, metadata },
      undefined,
      undefined,
      'goproxycache-bench',
      true,
      PatchStrategy.ServerSideApply,
    );
  };
}

/** Seconds that it takes to apply the children of these caches, cache after cache, with so many applies under way at once. */
export async function applyAll(apply: Apply, names: readonly string[], concurrency: number): Promise<number> {
  const objects = names.flatMap((name) => childrenOf(name));
  const start = performance.now();
  await each(objects, concurrency, apply);
  return (performance.now() - start) / 1000;
}

/** Milliseconds that it takes to apply what the change of a spec changes, for each of the caches, one after the other. */
export async function applyChanges(apply: Apply, names: readonly string[]): Promise<number[]> {
  const times: number[] = [];
  for (const name of names) {
    const objects = changedChildren(name, crypto.randomUUID());
    const start = performance.now();
    for (const object of objects) await apply(object);
    times.push(performance.now() - start);
  }
  return times;
}
