import type { GoProxyCache } from '../api/types.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { Client } from '../kube/client.ts';
import { keyOfObject } from '../kube/objects.ts';
import type { Recorder } from '../runtime/events.ts';
import type { Logger } from '../runtime/log.ts';
import { execute, summary } from './apply.ts';
import type { Freshness } from './fresh.ts';
import { judge } from './judge.ts';
import { nudge } from './nudge.ts';
import { makePlan } from './plan.ts';
import type { Plan } from './plan.ts';
import type { Poller } from './poller.ts';
import { report } from './report.ts';
import { RESYNC_MS, resyncMs } from './resync.ts';
import { allAsked } from './verdicts/gateway.ts';
import { invalidSpec } from './verdicts/summary.ts';
import type { Strays } from './strays.ts';
import type { Wishes } from './wishes.ts';
import { isThere } from './world.ts';
import type { World } from './world.ts';

export interface Dependencies {
  client: Client;
  world: World;
  poller: Poller;
  recorder: Recorder;
  wishes: Wishes;
  fresh: Freshness;
  strays: Strays;
  now(): string;
  /** In [0, 1). */
  random(): number;
}

/** How often gateway pods are asked: often while something is on its way, else often enough to see an upstream fail. */
const POLL_MS = { ready: 10_000, waiting: 1_000 };

/**
 * Brings one cache to what its spec says, from whatever is there now. Level based: the key is all it is told. Throws what a
 * retry may mend; everything else ends in a condition.
 */
export async function reconcile(
  deps: Dependencies,
  key: string,
  signal: AbortSignal,
  log: Logger,
): Promise<{ requeueAfterMs?: number }> {
  const cache = deps.world.caches.store.get(key);
  if (!cache || cache.metadata.deletionTimestamp !== undefined) {
    // Garbage collection takes the children, by their owner; retained volumes have none.
    deps.poller.watch(key, [], 0);
    deps.wishes.forget(key);
    deps.fresh.forget(key);
    deps.strays.forget(key);
    return {};
  }
  const wish = deps.wishes.of(cache);
  if ('problems' in wish) {
    await report(deps, { cache, verdicts: invalidSpec(wish.problems), now: deps.now() }, signal);
    return {};
  }
  const { spec } = wish;

  const plan = spec.paused ? NOTHING : await planFor(deps, cache, wish.manifests, signal);
  if (!(await deps.fresh.confirms(cache, plan.steps, signal))) {
    log.info('the cache is another one by now: nothing is done for the version that was seen');
    const { metadata } = deps.world.caches.store.get(key) ?? {};
    return { requeueAfterMs: metadata?.resourceVersion === cache.metadata.resourceVersion ? RESYNC_MS.soonest : 0 };
  }
  if (plan.steps.length > 0) log.info({ steps: summary(plan) }, 'applying');
  const outcome = await execute(plan, deps.client, deps.world, () => isThere(deps.world, cache), signal);
  if (!outcome) {
    log.info('the cache was deleted meanwhile: the rest is not written');
    return {};
  }
  if (outcome.refusals.length === 0) deps.strays.ended(key, plan.steps);
  const { verdicts, details, pods } = judge(deps, cache, wish, outcome);
  // The answer wakes this cache again. Without waiting for it, a new operator would call every cache not ready for a moment.
  if (allAsked(pods)) await report(deps, { cache, verdicts, details, now: deps.now() }, signal);

  const ready = verdicts.every((verdict) => verdict.type !== 'Ready' || verdict.status === 'True');
  deps.poller.watch(
    key,
    pods.map(({ pod }) => pod),
    ready ? POLL_MS.ready : POLL_MS.waiting,
  );
  // Last, since it only hurries what happens anyway.
  if (!spec.paused) await nudge(deps, pods, details.wantedConfig, signal, log);
  const hindered = outcome.refusals.length + outcome.blocked.length > 0;
  const now = Date.parse(deps.now());
  return { requeueAfterMs: resyncMs({ cache, ready, hindered, now, random: deps.random() }) };
}

const NOTHING: Plan = { steps: [], blocked: [] };

async function planFor(
  { world, strays }: Pick<Dependencies, 'world' | 'strays'>,
  cache: GoProxyCache,
  wanted: Manifest[],
  signal: AbortSignal,
): Promise<Plan> {
  const unwatched = await strays.of(cache, wanted, signal);
  const watched = [...world.children.values()].flatMap((kind) => kind.store.byIndex('owner', cache.metadata.uid));
  return makePlan(wanted, {
    cache,
    live: (manifest) => world.children.get(manifest.kind)?.store.get(keyOfObject(manifest)),
    children: [...watched, ...unwatched],
    isServed: (kind) => world.children.get(kind)?.served ?? false,
    storageClass:
      world.storageClasses && ((name) => (name === undefined ? undefined : world.storageClasses?.store.get(name))),
  });
}
