import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { backoffMs, queueBackoff, reflectorBackoff } from '../../../src/runtime/backoff.ts';

describe('backoff', () => {
  test.each([
    [0, 0, 800],
    [1, 0, 1600],
    [0, 0.5, 1200],
    [9, 0, 10_000],
    [9, 0.999, 5_005],
  ])('a reflector waits, at retry %d and random %d, %d ms', (retries, random, ms) => {
    expect(backoffMs(reflectorBackoff, retries, random)).toBeCloseTo(ms, 6);
  });

  test('never leaves its bounds, however often it is asked', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(queueBackoff, reflectorBackoff), fc.nat(5000), random, (shape, retries, random) => {
        const ms = backoffMs(shape, retries, random);
        expect(ms).toBeGreaterThanOrEqual(Math.min(shape.firstMs, shape.maxMs / 2));
        expect(ms).toBeLessThanOrEqual(shape.maxMs);
      }),
    );
  });
});
