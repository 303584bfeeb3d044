/** A child that somebody lays hands on, and what has to come of it. */
import type { Client } from '../../../src/kube/client.ts';
import { createClient } from '../../../src/kube/client.ts';
import { isConflict } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/paths.ts';
import { isOlder } from '../../../src/runtime/store.ts';
import { APPLIED, CACHE_UID } from '../../../src/reconcile/ownership.ts';
import type { Lane, State } from '../bed/lane.ts';
import { watched } from '../bed/resources.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { cacheOf, normalised } from '../oracle/observe.ts';

/** The promise: from a change by somebody until all children are again what they were. */
export const HEALED_MS = 5_000;
const SEEN_MS = 10_000;
const COLLECTED_MS = 30_000;

export interface Site {
  readonly lane: Lane;
  readonly namespace: string;
  /** Another field manager than the operator. */
  readonly somebody: Client;
  /** `Kind/name`. */
  readonly key: string;
  readonly resource: Resource;
  /** What the children were before. */
  readonly before: Observed;
  /** How long each mending took, in ms. */
  readonly times: number[];
}

/** What came of it. */
export interface Struck {
  readonly problems: readonly string[];
  /** The child as it may stay: with what is somebody's by right. */
  readonly kept?: KubeObject;
  /** The cache cannot become ready again without a person. */
  readonly isForGood?: true;
  readonly figures?: Readonly<Record<string, number>>;
}

export function siteOf(lane: Lane, namespace: string, key: string): Site {
  const resource = watched.find(({ kind }) => key.startsWith(`${kind}/`));
  if (!resource) throw new Error(`no path is known for ${key}`);
  const somebody = createClient(lane.client.transport, { fieldManager: 'somebody' });
  return { lane, namespace, somebody, key, resource, before: childrenIn(lane.state(namespace), namespace), times: [] };
}

export const nameOf = ({ key }: Pick<Site, 'key'>): string => key.slice(key.indexOf('/') + 1);
export const refOf = ({ namespace, key }: Site) => ({ namespace, name: nameOf({ key }) });

/** The child as it is, with its managedFields. */
export const live = (site: Site): Promise<KubeObject> => site.somebody.get(site.resource, refOf(site));

/**
 * The children of a cache with what tells whose they are, by `Kind/name`. How far Deployments are is left out: that follows from the rest, at
 * the speed of a rollout.
 */
export function childrenIn(state: State, namespace: string): Observed {
  const all = [...normalised(state, namespace)].filter(([key]) => !key.startsWith('GoProxyCache/'));
  return new Map(
    all.map(([key, object]) => {
      const { annotations = {}, ownerReferences = [] } = state.get(key)?.metadata ?? {};
      const marks = {
        applied: annotations[APPLIED],
        cache: annotations[CACHE_UID],
        owners: ownerReferences.map(({ uid }) => uid),
      };
      return [key, { ...(object as object), status: undefined, marks }];
    }),
  );
}

/** The children as they should be when this one has become another by right. */
export const withChild = (site: Site, object: KubeObject): Observed =>
  new Map([...site.before, ...childrenIn(new Map([[site.key, object]]), site.namespace)]);

/** Until the lane has seen what somebody did, all looks as it was. */
export const seen = (site: Site, object: KubeObject): Promise<void> =>
  site.lane.until(
    site.namespace,
    (state) => {
      const { uid, resourceVersion } = state.get(site.key)?.metadata ?? {};
      return (
        uid !== object.metadata.uid || !isOlder(resourceVersion, object.metadata.resourceVersion) || 'not seen yet'
      );
    },
    SEEN_MS,
  );

/** Puts what `change` makes of the child, whatever others do meanwhile. Gives what the API server has then, when the lane has seen it. */
export async function put(site: Site, change: (object: KubeObject) => KubeObject): Promise<KubeObject> {
  for (;;) {
    try {
      const stored = await site.somebody.replace(site.resource, change(await live(site)));
      await seen(site, stored);
      return stored;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
}

export async function remove(site: Site, propagationPolicy: 'Background' | 'Foreground' = 'Background'): Promise<void> {
  const { metadata } = await live(site);
  const { uid = '' } = metadata;
  await site.somebody.remove(site.resource, metadata, { uid, propagationPolicy });
  await site.lane.until(
    site.namespace,
    (state) => {
      const now = state.get(site.key)?.metadata;
      return now?.uid !== uid || now.deletionTimestamp !== undefined || 'not seen yet';
    },
    SEEN_MS,
  );
}

/** Nothing when the children are in time what they should be; else what they are not. */
export async function heals(site: Site, expected = site.before, withinMs = HEALED_MS): Promise<string[]> {
  const begin = performance.now();
  const isHealed = (state: State) => differences(expected, childrenIn(state, site.namespace))[0] ?? true;
  const late = await inTime(site, isHealed, withinMs);
  site.times.push(performance.now() - begin);
  return late;
}

/** Nothing when garbage collection has taken away what is there, or the child is mended before, in time: it works at its own pace. */
export function isCollected(site: Site, uid: string | undefined): Promise<string[]> {
  const holds = (state: State) =>
    state.get(site.key)?.metadata.uid !== uid ||
    (differences(site.before, childrenIn(state, site.namespace))[0] ?? true);
  return inTime(site, holds, COLLECTED_MS);
}

/** Nothing when a condition of the cache says this in time. */
export const tells = (site: Site, says: RegExp, withinMs = HEALED_MS): Promise<string[]> =>
  inTime(
    site,
    (state) => {
      const texts = (cacheOf(state)?.status?.conditions ?? []).map(({ reason, message }) => `${reason}: ${message}`);
      return texts.some((text) => says.test(text)) || `no condition says ${String(says)}: ${texts.join('; ')}`;
    },
    withinMs,
  );

export const inTime = (
  { lane, namespace }: Site,
  holds: (state: State) => true | string,
  withinMs: number,
): Promise<string[]> =>
  lane.until(namespace, holds, withinMs).then(
    () => [],
    (error: unknown) => [error instanceof Error ? error.message : String(error)],
  );
