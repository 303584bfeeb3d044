import { describe, expect, test } from '@jest/globals';
import { watch } from '../../faults/campaigns/watch.ts';
import { watchedKinds } from '../../faults/watch/kinds.ts';
import { watchesOf } from '../../../src/reconcile/world.ts';
import { scope } from './fakes.ts';

const ids = async (seed: number, sample = false) =>
  (await watch.plans({ ...scope, seed, sample }, undefined)).map(({ id }) => id);

describe('campaign watch', () => {
  test('knows every kind that the operator watches', () => {
    expect(new Set(watchedKinds).size).toBe(watchesOf([]));
  });

  test('disturbs each kind in sixteen ways, by itself and with all others', async () => {
    const all = await ids(1);
    for (const kind of watchedKinds) {
      const ways = new Set(all.filter((id) => id.startsWith(`watch/${kind}/`)).map((id) => id.split('/')[3]));
      expect(ways.size).toBe(16);
    }
    expect(all.filter((id) => id.startsWith('watch/all kinds/')).length).toBeGreaterThanOrEqual(3);
    expect(new Set(all).size).toBe(all.length);
  });

  test('has the same plans for every seed, and waits for no dead watch in the sample', async () => {
    const all = await ids(1);
    expect((await ids(2)).toSorted()).toEqual(all.toSorted());
    const sample = await ids(1, true);
    expect(sample).toHaveLength(10);
    for (const id of sample) expect(all).toContain(id);
    expect(sample.filter((id) => id.endsWith('half-open'))).toEqual([]);
  });
});
