/** How waits grow. Times are in ms. */
export interface BackoffShape {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** A wait is stretched by a random share of itself, up to this one, so that clients do not retry in step. */
  readonly jitter: number;
}

/**
 * For a list or watch that failed. client-go's reflector waits like this, but up to 30 s: it has to spare an API server that all
 * kubelets of a cluster come back to. An operator is one process, and its caches should be current soon after an outage.
 */
export const reflectorBackoff: BackoffShape = { firstMs: 800, maxMs: 10_000, factor: 2, jitter: 1 };

/** For a kind that the server does not have, or not for us: somebody may install it. */
export const absentBackoff: BackoffShape = { ...reflectorBackoff, maxMs: 60_000 };

/**
 * For one key of a work queue: quick at first, since most failures are races. After an outage, which looks to each key like a
 * failure of its own, none waits longer than the cap; the load of many keys is bounded by the bucket of the queue, not by the cap.
 */
export const queueBackoff: BackoffShape = { firstMs: 5, maxMs: 20_000, factor: 2, jitter: 0.1 };

/** The wait before retry number `retries` (0 is the first). `random` is in [0, 1). Never more than `maxMs`. */
export function backoffMs(shape: BackoffShape, retries: number, random: number): number {
  const plain = Math.min(shape.maxMs, shape.firstMs * shape.factor ** retries);
  // At the cap the jitter shortens instead, or all would meet at the cap.
  const room = plain * shape.jitter * random;
  return plain + room <= shape.maxMs ? plain + room : shape.maxMs - (shape.maxMs * shape.jitter * random) / 2;
}
