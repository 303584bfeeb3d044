import type { GoProxyCache } from '../api/types.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { Client } from '../kube/client.ts';
import { keyOfObject } from '../kube/objects.ts';
import type { Recorder } from '../runtime/events.ts';
import type { Logger } from '../runtime/log.ts';
import type { Outcome } from './apply.ts';
import { execute, summary } from './apply.ts';
import { judge } from './judge.ts';
import { nudge } from './nudge.ts';
import { makePlan } from './plan.ts';
import type { Poller } from './poller.ts';
import { report } from './report.ts';
import { invalidSpec } from './verdicts/summary.ts';
import type { Wishes } from './wishes.ts';
import type { World } from './world.ts';

export interface Dependencies {
  client: Client;
  world: World;
  poller: Poller;
  recorder: Recorder;
  wishes: Wishes;
  now(): string;
}

/** Watches report every change; these only make sure that a missed one is not missed for long. */
const RESYNC_MS = { ready: 600_000, waiting: 15_000 };
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
    return {};
  }
  const wish = deps.wishes.of(cache);
  if ('problems' in wish) {
    await report(deps, { cache, verdicts: invalidSpec(wish.problems), now: deps.now() }, signal);
    return {};
  }
  const { spec } = wish;

  const outcome = spec.paused ? NOTHING : await applyAll(deps, cache, wish.manifests, signal, log);
  const { verdicts, details, pods } = judge(deps, cache, wish, outcome);
  if (!spec.paused) await nudge(deps, pods, details.wantedConfig, signal);
  await report(deps, { cache, verdicts, details, now: deps.now() }, signal);

  const ready = verdicts.every((verdict) => verdict.type !== 'Ready' || verdict.status === 'True');
  deps.poller.watch(
    key,
    pods.map(({ pod }) => pod),
    ready ? POLL_MS.ready : POLL_MS.waiting,
  );
  return { requeueAfterMs: ready ? RESYNC_MS.ready : RESYNC_MS.waiting };
}

const NOTHING: Outcome = { blocked: [], refusals: [], writes: 0 };

async function applyAll(
  deps: Dependencies,
  cache: GoProxyCache,
  wanted: Manifest[],
  signal: AbortSignal,
  log: Logger,
): Promise<Outcome> {
  const { world } = deps;
  const plan = makePlan(wanted, {
    cache,
    live: (manifest) => world.children.get(manifest.kind)?.store.get(keyOfObject(manifest)),
    children: [...world.children.values()].flatMap((reflector) => reflector.store.byIndex('owner', cache.metadata.uid)),
    isServed: (kind) => world.children.get(kind)?.served ?? false,
    storageClass:
      world.storageClasses && ((name) => (name === undefined ? undefined : world.storageClasses?.store.get(name))),
  });
  if (plan.steps.length > 0) log.info({ steps: summary(plan) }, 'applying');
  return execute(plan, cache, deps.client, world, signal);
}
