import type { GoProxyCache } from '../api/types.ts';

/** In ms: when a cache is looked at again though nothing happened to it, at the earliest and at the latest. */
export const RESYNC_MS = { soonest: 15_000, latest: 600_000 };
/** A look comes earlier by up to this share, so that caches that changed at the same time do not stay in step. */
const JITTER = 0.2;

export interface Look {
  /** As it was read: with the status of before. */
  cache: GoProxyCache;
  ready: boolean;
  /** Something was refused or is in the way, and may go without a watch telling of it: a quota, an object of somebody else. */
  hindered: boolean;
  /** Since 1970, in ms. */
  now: number;
  /** In [0, 1). */
  random: number;
}

/**
 * After how many ms a cache is looked at again. Watches report every change; this only makes sure that a missed one is not missed for
 * long. What is not ready is looked at soon, and ever later while nothing comes of it: after as long again as it has not been ready.
 * A thousand caches that wait for pods would else keep a processor busy.
 */
export function resyncMs({ cache, ready, hindered, now, random }: Look): number {
  const { soonest, latest } = RESYNC_MS;
  const whole = ready ? latest : hindered ? soonest : Math.min(latest, Math.max(soonest, notReadyMs(cache, now)));
  return whole * (1 - JITTER * random);
}

function notReadyMs({ status }: GoProxyCache, now: number): number {
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return condition?.status === 'False' ? now - Date.parse(condition.lastTransitionTime) : 0;
}
