import type { Clock } from './clock.ts';

/** A token bucket: so many at once, and then so many a second. */
export interface BucketShape {
  readonly burst: number;
  readonly perSecond: number;
}

/**
 * For the retries of all keys of a queue together. client-go has 10 a second, with which 1,000 keys that fail once wait up to
 * 90 s for their second try; with 50 they have had it after 20 s, the longest back-off of one key.
 */
export const retryBucket: BucketShape = { burst: 100, perSecond: 50 };

/** Makes a full bucket. Each call takes a token, if need be a coming one, and says in how many ms that one is there. */
export function createBucket({ burst, perSecond }: BucketShape, clock: Clock): () => number {
  const everyMs = 1000 / perSecond;
  /** When the token that was taken last was there. */
  let last = -Infinity;
  return () => {
    last = Math.max(last, clock.now() - burst * everyMs) + everyMs;
    return Math.max(0, last - clock.now());
  };
}
