import { QUANTITY } from './patterns.ts';

const FACTOR: Record<string, bigint> = {
  m: 1n,
  '': 1000n,
  k: 1000n ** 2n,
  M: 1000n ** 3n,
  G: 1000n ** 4n,
  T: 1000n ** 5n,
  P: 1000n ** 6n,
  Ki: 1000n * 1024n,
  Mi: 1000n * 1024n ** 2n,
  Gi: 1000n * 1024n ** 3n,
  Ti: 1000n * 1024n ** 4n,
  Pi: 1000n * 1024n ** 5n,
};
const SHAPE = new RegExp(QUANTITY);

/** Whether a text is a quantity of the form this API accepts (see QUANTITY). */
export const isQuantity = (value: string | number): boolean => SHAPE.test(String(value));

/** What the API server reads a larger quantity with a binary suffix as: 2^63-1. It keeps larger decimal ones. */
const BINARY_LIMIT = (2n ** 63n - 1n) * 1_000_000n;

/** A quantity in millionths of its unit: exact, since a pattern allows three decimals of a milli at most. */
function micro(value: string | number): bigint {
  const text = String(value);
  if (!isQuantity(text)) throw new RangeError(`not a quantity: ${text}`);
  const [, whole = '0', fraction = '', suffix = ''] = /^(\d+)(?:\.(\d+))?([a-zA-Z]*)$/.exec(text) ?? [];
  const exact = BigInt(whole + fraction.padEnd(3, '0')) * (FACTOR[suffix] ?? 1000n);
  return suffix.endsWith('i') && exact > BINARY_LIMIT ? BINARY_LIMIT : exact;
}

/**
 * A quantity in thousandths of its unit (so that milli stays whole), rounded up.
 * @throws RangeError when the value is not a quantity; check with isQuantity first.
 */
export const milli = (value: string | number): bigint => (micro(value) + 999n) / 1000n;

/**
 * Sorts quantities as the API server does: negative when a < b, zero when they are equal (1Gi equals 1024Mi), positive when a > b.
 * @throws RangeError when one of them is not a quantity.
 */
export function compareQuantities(a: string | number, b: string | number): number {
  const difference = micro(a) - micro(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** A size in whole MiB, rounded down, at least 1. */
export const mebibytes = (size: string): number => Math.max(1, Number(milli(size) / 1000n / 1024n ** 2n));

/** As the API server prints quantities, with suffixes from n to E: in thousandths of the unit. */
function stored(text: string): bigint | undefined {
  const [, whole, fraction = '', suffix = ''] =
    /^(\d{1,40})(?:[.](\d{1,9}))?(n|u|m|k|[MGTPE]|[KMGTPE]i)?$/.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const finer: Record<string, bigint> = { n: 1n, u: 1000n, E: 1000n ** 9n, Ei: 1000n ** 3n * 1024n ** 6n };
  const factor = finer[suffix] ?? (FACTOR[suffix] ?? 0n) * 1_000_000n;
  const exact = (BigInt(whole + fraction.padEnd(9, '0')) * factor) / 1_000_000_000n;
  // The API server rounds resources up to thousandths, and knows nothing above 2^63-1.
  const rounded = (exact + 999_999n) / 1_000_000n;
  const limit = (2n ** 63n - 1n) * 1000n;
  return rounded > limit ? limit : rounded;
}

/** Whether two texts are one quantity to the API server, which stores 1.5 as 1500m, and 1024Mi as 1Gi. */
export function sameQuantity(a: string, b: string): boolean {
  const [left, right] = [stored(a), stored(b)];
  return left !== undefined && left === right;
}
