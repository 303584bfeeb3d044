import { describe, expect, test } from '@jest/globals';
import type { GoProxyCache } from '../../../src/api/types.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { createFreshness } from '../../../src/reconcile/fresh.ts';
import type { Step } from '../../../src/reconcile/plan.ts';
import type { World } from '../../../src/reconcile/world.ts';
import { cacheOf, desiredOf } from './fixtures.ts';

const seen = cacheOf();
const object = desiredOf(seen)[0]!;
const apply: Step = { do: 'apply', object, exists: true };
const make: Step = { do: 'apply', object, exists: false, found: () => ({ steps: [], blocked: [] }) };
const remove: Step = { do: 'remove', object };
const { signal } = new AbortController();

/** The API server has this cache. Counts the looks, and notes what the world is told. */
function serverWith(live: GoProxyCache | undefined) {
  const told: unknown[] = [];
  let looks = 0;
  const find = () => {
    looks += 1;
    return Promise.resolve(live as never);
  };
  const caches = { upsert: (object: KubeObject) => told.push(object) } as unknown as World['caches'];
  return { fresh: createFreshness({ find }, caches), told, looks: () => looks };
}

const changed = (change: Partial<GoProxyCache['metadata']>) => ({ ...seen, metadata: { ...seen.metadata, ...change } });

describe('freshness', () => {
  test('asks before the first steps for a cache, before each delete, and not otherwise', async () => {
    const { fresh, looks } = serverWith(seen);
    const counts: number[] = [];
    for (const steps of [[], [apply], [apply, apply], [], [apply, remove], [remove], [apply]]) {
      expect(await fresh.confirms(seen, steps, signal)).toBe(true);
      counts.push(looks());
    }
    expect(counts).toEqual([0, 1, 1, 1, 2, 3, 3]);
  });

  test('asks before a child is made anew, not before those that a new spec brings', async () => {
    const { fresh, looks } = serverWith(seen);
    const counts: number[] = [];
    for (const cache of [seen, seen, changed({ generation: 2 })]) {
      await fresh.confirms(cache, [make, apply], signal);
      counts.push(looks());
    }
    expect(counts).toEqual([1, 2, 2]);
  });

  test('makes no child anew for a cache whose end the watch has not told yet', async () => {
    let live: GoProxyCache | undefined = seen;
    const caches = { upsert: () => undefined } as unknown as World['caches'];
    const fresh = createFreshness({ find: () => Promise.resolve(live as never) }, caches);
    expect(await fresh.confirms(seen, [make], signal)).toBe(true);
    live = undefined;
    expect(await fresh.confirms(seen, [make], signal)).toBe(false);
  });

  test('asks anew for a cache that was made anew, or forgotten', async () => {
    const { fresh, looks } = serverWith(seen);
    await fresh.confirms(seen, [apply], signal);
    expect(await fresh.confirms(changed({ uid: 'uid-2' }), [apply], signal)).toBe(false);
    fresh.forget('team/acme');
    await fresh.confirms(seen, [apply], signal);
    expect(looks()).toBe(3);
  });

  test.each<[string, GoProxyCache | undefined]>([
    ['is gone', undefined],
    ['is another one of that name', changed({ uid: 'uid-2' })],
    ['has a newer spec', changed({ generation: 2 })],
    ['is being deleted', changed({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
  ])('does not confirm a cache that %s, and tells the world', async (_, live) => {
    const { fresh, told } = serverWith(live);
    expect(await fresh.confirms(seen, [apply], signal)).toBe(false);
    expect(await fresh.confirms(seen, [apply], signal)).toBe(false);
    expect(told).toEqual(live ? [live, live] : []);
  });

  test('confirms a cache of which only the status or a label differs', async () => {
    const { fresh, told } = serverWith(changed({ resourceVersion: '7' }));
    expect(await fresh.confirms(seen, [apply], signal)).toBe(true);
    expect(told).toHaveLength(1);
  });
});
