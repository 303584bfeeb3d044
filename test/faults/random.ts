/** Numbers in [0, 1) that a seed makes, the same ones each time (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The list in another order (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], next: () => number): T[] {
  const out = [...list];
  for (let last = out.length - 1; last > 0; last -= 1) {
    const other = Math.floor(next() * (last + 1));
    [out[last], out[other]] = [out[other] as T, out[last] as T];
  }
  return out;
}

/** The items in an order that the seed makes. */
export const inOrder = <T>(items: readonly T[], seed: number): T[] => shuffled(items, randomOf(seed));

/** One of the items, by a chance in [0, 1). */
export const oneOf = <T>(items: readonly T[], chance: number): T => items[Math.floor(chance * items.length)] as T;
