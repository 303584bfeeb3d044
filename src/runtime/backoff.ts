/** How waits grow. Times are in ms. */
export interface BackoffShape {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** A wait is stretched by a random share of itself, up to this one, so that clients do not retry in step. */
  readonly jitter: number;
}

/** For the API server: client-go's reflector waits like this. */
export const reflectorBackoff: BackoffShape = { firstMs: 800, maxMs: 30_000, factor: 2, jitter: 1 };

/** For one key of a work queue: quick at first (most failures are races), at most five minutes. */
export const queueBackoff: BackoffShape = { firstMs: 5, maxMs: 300_000, factor: 2, jitter: 0.1 };

/** The wait before retry number `retries` (0 is the first). `random` is in [0, 1). Never more than `maxMs`. */
export function backoffMs(shape: BackoffShape, retries: number, random: number): number {
  const plain = Math.min(shape.maxMs, shape.firstMs * shape.factor ** retries);
  // At the cap the jitter shortens instead, or all would meet at the cap.
  const room = plain * shape.jitter * random;
  return plain + room <= shape.maxMs ? plain + room : shape.maxMs - (shape.maxMs * shape.jitter * random) / 2;
}
