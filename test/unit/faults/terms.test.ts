import { describe, expect, test } from '@jest/globals';
import { latenessMs, outsideOfTerm, termsOf } from '../../faults/election/terms.ts';
import type { Write } from '../../faults/election/terms.ts';

/** Answered 10 ms after it was received. */
const write = (process: string, receivedAt: number, isLease = false, status = 200): Write => ({
  process,
  receivedAt,
  answeredAt: receivedAt + 10,
  isLease,
  status,
  what: `${process} ${receivedAt}`,
});
const lease = (process: string, at: number, status = 200) => write(process, at, true, status);
const HANDOVER = [lease('a', 0), lease('a', 2_000), lease('b', 15_000)];

test('terms follow from who wrote the Lease, and not from who tried to', () => {
  expect(termsOf([...HANDOVER, lease('a', 16_000, 409)])).toEqual([
    { process: 'a', from: 10, renewedAt: 2_000 },
    { process: 'b', from: 15_010, renewedAt: 15_000 },
  ]);
});

describe('a write is outside of the term of its process', () => {
  test.each<[string, Write, boolean]>([
    ['not when it comes in it', write('a', 1_000), false],
    ['not after its deadline, while nobody else leads', write('a', 13_000), false],
    ['when another leads', write('a', 15_011), true],
    ['when another leads, also if it is refused', write('a', 20_000, false, 409), true],
    ['not in the term of the next', write('b', 15_011), false],
    ['before the term of the next', write('b', 14_000), true],
    ['when it never led', write('c', 5_000), true],
    ['not when it writes the Lease', lease('a', 20_000, 409), false],
  ])('%s', (_, one, isOutside) => {
    expect(outsideOfTerm([...HANDOVER, one])).toEqual(isOutside ? [one] : []);
  });
});

test.each([
  [9_000, 0],
  [12_300, 300],
])('a last write at %d is %d ms behind the deadline', (at, late) => {
  expect(latenessMs([lease('a', 2_000), write('a', at)], 'a', 10_000)).toBe(late);
});
