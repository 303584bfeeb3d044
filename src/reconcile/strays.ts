import type { GoProxyCache } from '../api/types.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { Client } from '../kube/client.ts';
import type { KubeObject } from '../kube/objects.ts';
import { keyOfObject } from '../kube/objects.ts';
import { resourceOf } from '../kube/paths.ts';
import { kept } from './kept.ts';
import { goesWith } from './ownership.ts';
import type { Step } from './plan.ts';
import { identity } from './plan.ts';
import type { World } from './world.ts';

/**
 * Finds children that lost the label by which they are watched. A watch tells of these as if they were deleted; one that is still wanted is found
 * when it is made anew, one that is not would stay: docs/decisions/0027.
 */
export interface Strays {
  /** A watch told that this child of the cache of this key is gone. */
  note(key: string, child: KubeObject): void;
  /** Those that are there all the same, and not wanted, as the API server has them now. Asks for what was noted only. */
  of(cache: GoProxyCache, wanted: readonly Manifest[], signal: AbortSignal): Promise<KubeObject[]>;
  /** These steps were carried out: what they deleted is gone. */
  ended(key: string, steps: readonly Step[]): void;
  /** The cache of this key is gone. */
  forget(key: string): void;
}

type Named = Pick<KubeObject, 'apiVersion' | 'kind'> & { metadata: { namespace: string; name: string } };

export function createStrays(client: Pick<Client, 'find'>, children: World['children']): Strays {
  /** By the key of the cache, then by kind and name. */
  const noted = new Map<string, Map<string, Named>>();

  function drop(key: string, child: string): void {
    noted.get(key)?.delete(child);
    if (noted.get(key)?.size === 0) noted.delete(key);
  }

  return {
    note: (key, { apiVersion, kind, metadata: { namespace = '', name, deletionTimestamp } }) => {
      // It has really gone: nothing ends a deletion but its end.
      if (deletionTimestamp !== undefined) return;
      const named = { apiVersion, kind, metadata: { namespace, name } };
      noted.set(key, (noted.get(key) ?? new Map<string, Named>()).set(identity(named), named));
    },
    of: async (cache, wanted, signal) => {
      const key = keyOfObject(cache);
      const gone = noted.get(key);
      const there: KubeObject[] = [];
      if (!gone) return there;
      const names = new Set(wanted.map(identity));
      for (const [child, named] of [...gone]) {
        if (children.get(named.kind)?.store.get(keyOfObject(named))) drop(key, child);
        else if (!names.has(child)) {
          const live = await client.find(resourceOf(named), named.metadata, { signal });
          if (live && goesWith(live, cache)) there.push(kept(live));
          else drop(key, child);
        }
      }
      return there;
    },
    ended: (key, steps) => {
      for (const step of steps) if (step.do === 'remove') drop(key, identity(step.object));
    },
    forget: (key) => noted.delete(key),
  };
}
