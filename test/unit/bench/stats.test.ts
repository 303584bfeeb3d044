import { describe, expect, test } from '@jest/globals';
import { number, ratio } from '../../bench/gateway/report.ts';
import { ratios, spread } from '../../bench/gateway/stats.ts';

describe('the figures of the bench', () => {
  test.each([
    [[3], { min: 3, median: 3, max: 3 }],
    [[9, 1, 5], { min: 1, median: 5, max: 9 }],
    [[4, 1, 2, 9], { min: 1, median: 3, max: 9 }],
  ])('%j has its middle and its ends', (values, expected) => {
    expect(spread(values)).toEqual(expected);
  });

  test('a ratio is that of two runs of one round, not of two medians', () => {
    expect(ratios([10, 40, 30], [10, 20, 60])).toEqual({ min: 0.5, median: 1, max: 2 });
  });

  test('nothing measured is no figure', () => {
    expect(() => spread([])).toThrow('nothing was measured');
  });

  test.each([
    [12_345.6, '12346'],
    [123.4, '123'],
    [12.34, '12.3'],
    [1.234, '1.23'],
    [0.0123, '0.01'],
    [Number.NaN, '-'],
  ])('%d is written %s', (value, text) => {
    expect(number(value)).toBe(text);
  });

  test('one run has no spread to tell of', () => {
    expect(ratio(spread([1.5]))).toBe('1.50');
    expect(ratio(spread([1, 2, 4]))).toBe('2.00 (1.00 to 4.00)');
  });
});
