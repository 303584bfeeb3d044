import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compareQuantities, isQuantity, mebibytes, milli } from '../../../src/api/quantity.ts';

/** Suffixes as fractions of integers, by the definition of SI and IEC 80000-13. */
const SUFFIXES: Record<string, readonly [numerator: bigint, denominator: bigint]> = {
  m: [1n, 1000n],
  '': [1n, 1n],
  k: [10n ** 3n, 1n],
  M: [10n ** 6n, 1n],
  G: [10n ** 9n, 1n],
  T: [10n ** 12n, 1n],
  P: [10n ** 15n, 1n],
  Ki: [2n ** 10n, 1n],
  Mi: [2n ** 20n, 1n],
  Gi: [2n ** 30n, 1n],
  Ti: [2n ** 40n, 1n],
  Pi: [2n ** 50n, 1n],
};

interface Written {
  text: string;
  /** The value times a million. */
  millionths: bigint;
}

const written = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }), fc.nat({ max: 999 }), fc.constantFrom(...Object.keys(SUFFIXES)))
  .map(([whole, thousandths, suffix]): Written => {
    const [numerator, denominator] = SUFFIXES[suffix] ?? [0n, 1n];
    return {
      text: `${String(whole)}.${String(thousandths).padStart(3, '0')}${suffix}`,
      millionths: ((whole * 1000n + BigInt(thousandths)) * 1000n * numerator) / denominator,
    };
  });

/** Where the API server stops telling quantities with a binary suffix apart. */
const LIMIT = (2n ** 63n - 1n) * 1_000_000n;
const isBelowLimit = ({ millionths }: Written) => millionths <= LIMIT;

describe('compareQuantities', () => {
  test('agrees with arithmetic on integers', () => {
    const small = written.filter(isBelowLimit);
    fc.assert(
      fc.property(small, small, (a, b) => {
        const expected = a.millionths < b.millionths ? -1 : a.millionths > b.millionths ? 1 : 0;
        expect(compareQuantities(a.text, b.text)).toBe(expected);
      }),
    );
  });

  test('is an order: turned around it is the opposite', () => {
    fc.assert(
      fc.property(written, written, (a, b) => {
        expect(compareQuantities(a.text, b.text) + compareQuantities(b.text, a.text)).toBe(0);
      }),
    );
  });

  test.each([
    ['1Gi', '1024Mi'],
    ['1', '1000m'],
    ['1k', 1000],
    [2, '2.000'],
    ['0', '0Pi'],
    ['0.5Ki', '512'],
    ['01', '1'],
    ['8192Pi', '9000Pi'],
  ])('%p equals %p', (a, b) => {
    expect(compareQuantities(a, b)).toBe(0);
  });

  test.each([
    ['1G', '1Gi'],
    ['1023Mi', '1Gi'],
    ['999m', 1],
    ['0.001m', '0.002m'],
    ['0.999', 1],
    ['8191Pi', '8192Pi'],
    ['10000P', '20000P'],
  ])('%p is less than %p', (a, b) => {
    expect(compareQuantities(a, b)).toBe(-1);
    expect(compareQuantities(b, a)).toBe(1);
  });
});

describe('milli', () => {
  test('is the value in thousandths, rounded up', () => {
    fc.assert(
      fc.property(written.filter(isBelowLimit), ({ text, millionths }) => {
        const up = milli(text) * 1000n - millionths;
        expect(up >= 0n && up < 1000n).toBe(true);
      }),
    );
  });

  test.each([
    ['0', 0n],
    ['1', 1000n],
    [3, 3000n],
    ['500m', 500n],
    ['0.001m', 1n],
    ['1.5Ki', 1_536_000n],
  ])('of %p is %p', (text, expected) => {
    expect(milli(text)).toBe(expected);
  });
});

describe('what is no quantity', () => {
  test.each([
    '',
    ' 1',
    '1 ',
    '-1',
    '+1',
    '1e3',
    '.5',
    '5.',
    '1.2345',
    '1Ei',
    '1K',
    '1gi',
    '1,5',
    '1\n',
    'Gi',
    -1,
    1.23456,
    1e21,
    NaN,
  ])('%p is refused by each function', (value) => {
    expect(isQuantity(value)).toBe(false);
    expect(() => milli(value)).toThrow(RangeError);
    expect(() => compareQuantities(value, 1)).toThrow(RangeError);
    expect(() => compareQuantities(1, value)).toThrow(RangeError);
  });
});

test.each([
  ['1Mi', 1],
  ['1', 1],
  ['1.999Mi', 1],
  ['2Mi', 2],
  ['10Gi', 10_240],
  ['1G', 953],
])('mebibytes of %s are %i: whole, rounded down, at least one', (size, expected) => {
  expect(mebibytes(size)).toBe(expected);
});
