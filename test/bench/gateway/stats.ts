/** The middle of what was measured, and its ends. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws for an empty list. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error('nothing was measured');
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? min, sorted[sorted.length >> 1] ?? max];
  return { min, median: (low + high) / 2, max };
}

/** What a run of one was to the run of the other beside it, over all repeats. */
export function ratios(values: readonly number[], base: readonly number[]): Spread {
  return spread(values.map((value, index) => value / (base[index] ?? Number.NaN)));
}
