import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { RESYNC_MS } from '../../../src/reconcile/resync.ts';
import type { Lane, State } from '../bed/lane.ts';
import { others } from '../bed/resources.ts';
import { cacheOf, settled } from '../oracle/observe.ts';

/** Something that people do with a cache called `cache`. */
export interface Workload {
  readonly name: string;
  /** The first ones prepare, and are awaited; the last one is what a campaign disturbs. */
  readonly steps: readonly { readonly what: string; do(lane: Lane, namespace: string): Promise<void> }[];
}

export const create = (spec: unknown) => ({
  what: 'create',
  do: async (lane: Lane, namespace: string) => {
    const made = await lane.client.create<KubeObject>(resources.GoProxyCache, {
      apiVersion: 'goproxycache.io/v1alpha1',
      kind: 'GoProxyCache',
      metadata: { name: 'cache', namespace },
      spec,
    });
    await isSeen(lane, namespace, (cache) => cache?.metadata.uid === made.metadata.uid);
  },
});

/** A merge patch of the spec. */
export const change = (what: string, spec: unknown) => ({
  what,
  do: async (lane: Lane, namespace: string) => {
    const ref = { name: 'cache', namespace };
    const { metadata } = await lane.client.mergePatch(resources.GoProxyCache, ref, { spec });
    await isSeen(lane, namespace, (cache) => (cache?.metadata.generation ?? 0) >= (metadata.generation ?? 0));
  },
});

export const remove = {
  what: 'delete',
  do: async (lane: Lane, namespace: string) => {
    const uid = cacheOf(lane.state(namespace))?.metadata.uid ?? '';
    await lane.client.remove(resources.GoProxyCache, { name: 'cache', namespace }, { uid });
    await isSeen(lane, namespace, (cache) => cache?.metadata.uid !== uid);
  },
};

/** Until the watches of the lane have it, a namespace looks as it was before. */
const isSeen = (lane: Lane, namespace: string, holds: (cache: ReturnType<typeof cacheOf>) => boolean) =>
  lane.until(namespace, (state) => holds(cacheOf(state)) || 'the watches are behind', 10_000);

/** Looks that were planned while the cache was not ready are over then: what gets lost now is found ten minutes later, and by luck only. */
export const untilLooksAreRare = {
  what: 'rest',
  do: (): Promise<void> => delay(RESYNC_MS.soonest + 1_000),
};

/** Secrets that specs name; nobody looks into them here. */
export const secrets = (...names: string[]) => ({
  what: 'Secrets',
  do: async ({ client }: Lane, namespace: string) => {
    for (const name of names)
      await client.create(others.Secret, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } });
  },
});

/** True when nothing is under way: the cache is ready, or gone with all that belonged to it. */
export function isSteady(state: State): true | string {
  if (cacheOf(state)) return settled(state);
  const owned = [...state.values()].find(
    (object: KubeObject) =>
      object.metadata.ownerReferences !== undefined || object.metadata.deletionTimestamp !== undefined,
  );
  return owned === undefined || `${owned.kind} ${owned.metadata.name} is left`;
}
