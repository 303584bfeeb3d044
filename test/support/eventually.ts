import { setTimeout as sleep } from 'node:timers/promises';

/** What a probe saw: the value that was waited for, or a sentence about what is still missing. */
export type Seen<T> = { value: T } | { missing: string };

/** Something did not happen in time. The message says what was seen last. */
export class NeverHappened extends Error {
  override readonly name = 'NeverHappened';
}

/**
 * Asks `probe` again and again until it has the value. An error of the probe counts as "not yet", since what is waited for
 * may be the end of that error. Throws NeverHappened, with what was seen last, after the time.
 */
export async function eventually<T>(
  what: string,
  timeoutSeconds: number,
  probe: () => Promise<Seen<T>> | Seen<T>,
  everyMs = 250,
): Promise<T> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const seen = await attempt(probe);
    if ('value' in seen) return seen.value;
    if (performance.now() > deadline)
      throw new NeverHappened(`${what}: not within ${timeoutSeconds} s; seen last: ${seen.missing}`);
    await sleep(everyMs);
  }
}

async function attempt<T>(probe: () => Promise<Seen<T>> | Seen<T>): Promise<Seen<T>> {
  try {
    return await probe();
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}
