import type { Clock } from '../../../src/runtime/clock.ts';
import { until } from '../kube/server.ts';

/** A clock that a test turns by hand. */
export interface FakeClock extends Clock {
  /** Runs all timers that are due within the next `ms`, in order. */
  advance(ms: number): void;
  /** Times until the timers that are set, sorted. */
  waits(): number[];
  /** Resolves with the wait of the next timer, once there is one. */
  nextWait(): Promise<number>;
}

/** Makes a clock that stands at 0. */
export function fakeClock(): FakeClock {
  let now = 0;
  let timers: { dueAt: number; run: () => void }[] = [];

  const waits = (): number[] => timers.map((timer) => timer.dueAt - now).sort((a, b) => a - b);

  return {
    now: () => now,
    after: (ms, run) => {
      const timer = { dueAt: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance: (ms) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter((timer) => timer.dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
        if (!next) break;
        now = Math.max(now, next.dueAt);
        timers = timers.filter((other) => other !== next);
        next.run();
      }
      now = end;
    },
    waits,
    nextWait: async () => {
      await until(() => timers.length > 0);
      return waits()[0] ?? NaN;
    },
  };
}
