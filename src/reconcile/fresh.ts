import type { GoProxyCache } from '../api/types.ts';
import type { Client } from '../kube/client.ts';
import type { KubeObject } from '../kube/objects.ts';
import { keyOfObject } from '../kube/objects.ts';
import { resources } from '../kube/paths.ts';
import type { Step } from './plan.ts';
import type { World } from './world.ts';

/** Keeps what is written from following a spec of the past: docs/decisions/0023. */
export interface Freshness {
  /**
   * Whether these steps follow from the cache as the API server has it now. It is asked before the first steps for a cache in
   * the life of this process, before each delete, and before a child is made anew: it may have gone with the cache. When
   * there is a newer one, the world has it from then on.
   */
  confirms(cache: GoProxyCache, steps: readonly Step[], signal: AbortSignal): Promise<boolean>;
  forget(key: string): void;
}

export function createFreshness(client: Pick<Client, 'find'>, caches: World['caches']): Freshness {
  /** The cache of each key for which there were steps last. */
  const confirmed = new Map<string, { uid: string; generation: number }>();
  return {
    confirms: async (cache, steps, signal) => {
      if (steps.length === 0) return true;
      const { name, namespace, uid, generation } = cache.metadata;
      const key = keyOfObject(cache);
      const last = confirmed.get(key);
      const isOneSpec = last?.generation === generation;
      const isPlain = steps.every((step) => step.do === 'apply' && (step.exists || !isOneSpec));
      if (last?.uid === uid && isPlain) {
        confirmed.set(key, { uid, generation });
        return true;
      }
      const live = await client.find<GoProxyCache & KubeObject>(
        resources.GoProxyCache,
        { name, namespace },
        { signal },
      );
      // One that is gone is for the watch to tell: a list says so for all, an answer for one.
      if (!live) return false;
      caches.upsert(live);
      const { metadata } = live;
      const isSame = metadata.uid === uid && metadata.generation === generation;
      if (!isSame || metadata.deletionTimestamp !== undefined) return false;
      confirmed.set(key, { uid, generation });
      return true;
    },
    forget: (key) => confirmed.delete(key),
  };
}
