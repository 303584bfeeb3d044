import type { FakeClock } from './fake-clock.ts';

/** Lets everything that waits for a promise, and for nothing else, go on. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Turns the clock by `ms`, from timer to timer; between two of them everything settles, and then `each` is called. */
export async function simulate(clock: FakeClock, ms: number, each: () => void = () => undefined): Promise<void> {
  const end = clock.now() + ms;
  for (;;) {
    await settle();
    each();
    const wait = clock.waits()[0];
    if (wait === undefined || clock.now() + wait > end) break;
    clock.advance(wait);
  }
  clock.advance(Math.max(0, end - clock.now()));
  await settle();
  each();
}
