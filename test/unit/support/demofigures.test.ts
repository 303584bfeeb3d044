import { describe, expect, test } from '@jest/globals';
import { median } from '../../demo/measure.ts';
import type { Figures } from '../../demo/measure.ts';
import { shortcomings, table } from '../../demo/report.ts';
import { demoCache } from '../../demo/spec.ts';
import { validate } from '../../../src/api/validate.ts';

const good: Figures = {
  environment: 'default',
  direct: 8,
  cold: 30,
  warm: 4,
  requests: 106,
  hitRatio: 1,
  upstream: { cold: 150, warm: 0 },
};

describe('the demo', () => {
  test('applies a valid cache with three environments and no upstream but its own', async () => {
    const { cache } = await demoCache('http://172.30.0.1:26580');
    expect(validate(cache).problems).toEqual([]);
    expect(cache.spec.environments).toHaveLength(3);
    expect(cache.spec.upstreams).toEqual([{ type: 'URL', url: 'http://172.30.0.1:26580' }]);
  });

  test('finds nothing wrong with good figures', () => {
    expect(shortcomings([good])).toEqual([]);
  });

  test.each<{ what: string; change: Partial<Figures>; says: RegExp }>([
    { what: 'a warm download is not much faster', change: { warm: 4.9 }, says: /0\.61 of the direct one/ },
    { what: 'a file that never changes was missed', change: { hitRatio: 0.99 }, says: /only 99\.0 %/ },
    { what: 'a warm download asked the upstream', change: { upstream: { cold: 150, warm: 2 } }, says: /asked 2 times/ },
    { what: 'the cold download was not cold', change: { upstream: { cold: 0, warm: 0 } }, says: /was not cold/ },
  ])('fails when $what', ({ change, says }) => {
    expect(shortcomings([{ ...good, ...change }])).toEqual([expect.stringMatching(says)]);
  });

  test('prints a table whose lines are equally long', () => {
    const lines = table([good, { ...good, environment: '/staging', cold: 101.25 }]).split('\n');
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });
});

test.each([
  { numbers: [3, 1, 2], middle: 2 },
  { numbers: [10, 9, 100], middle: 10 },
])('the median of $numbers is $middle', ({ numbers, middle }) => {
  expect(median(numbers)).toBe(middle);
});
