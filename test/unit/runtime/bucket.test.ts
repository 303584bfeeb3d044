import { describe, expect, test } from '@jest/globals';
import { createBucket } from '../../../src/runtime/bucket.ts';
import { fakeClock } from './fake-clock.ts';

describe('a bucket', () => {
  test('gives its tokens at once, then one at a time, and says how long the next takes', () => {
    const take = createBucket({ burst: 3, perSecond: 10 }, fakeClock());
    expect(Array.from({ length: 6 }, take)).toEqual([0, 0, 0, 100, 200, 300]);
  });

  test('fills up again, but not further than it is high', () => {
    const clock = fakeClock();
    const take = createBucket({ burst: 2, perSecond: 10 }, clock);
    for (let taken = 0; taken < 4; taken++) take();
    clock.advance(300);
    expect([take(), take()]).toEqual([0, 100]);
    clock.advance(3_600_000);
    expect([take(), take(), take()]).toEqual([0, 0, 100]);
  });
});
