import { describe, expect, test } from '@jest/globals';
import type { GoProxyCache } from '../../../src/api/types.ts';
import { resyncMs } from '../../../src/reconcile/resync.ts';
import { cacheOf } from './fixtures.ts';

const now = Date.parse('2026-01-01T12:00:00Z');

function cacheSince(status: 'True' | 'False', seconds: number): GoProxyCache {
  const lastTransitionTime = new Date(now - seconds * 1_000).toISOString();
  const conditions = [{ type: 'Ready', status, reason: 'Any', message: '', lastTransitionTime }];
  return { ...cacheOf(), status: { conditions } };
}

describe('a look at a cache to which nothing happens', () => {
  test.each<[string, GoProxyCache, { ready?: boolean; hindered?: boolean }, number]>([
    ['ready: after ten minutes', cacheSince('True', 5), { ready: true }, 600],
    ['new: after 15 s', cacheOf(), {}, 15],
    ['not ready since now: after 15 s', cacheSince('True', 3_600), {}, 15],
    ['not ready for a second: after 15 s', cacheSince('False', 1), {}, 15],
    ['not ready for a minute: after a minute', cacheSince('False', 60), {}, 60],
    ['not ready for a day: after ten minutes', cacheSince('False', 86_400), {}, 600],
    ['not ready for a day, as something is refused: after 15 s', cacheSince('False', 86_400), { hindered: true }, 15],
    ['not ready since a time to come, by a clock that was set back: after 15 s', cacheSince('False', -60), {}, 15],
  ])('%s', (_, cache, { ready = false, hindered = false }, seconds) => {
    expect(resyncMs({ cache, ready, hindered, now, random: 0 })).toBe(seconds * 1_000);
  });

  test('comes up to a fifth earlier, so that caches do not stay in step', () => {
    expect(resyncMs({ cache: cacheOf(), ready: true, hindered: false, now, random: 0.5 })).toBe(540_000);
  });
});
