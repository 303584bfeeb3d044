import type { Armed } from './contract.ts';

/** A fault that was armed, as the one who plays it sees it. */
export interface Waiting<M, F> {
  readonly match: M;
  readonly fault: F;
  readonly armed: Armed;
  /** It strikes now, and is not offered again. */
  readonly strike: () => void;
  /** Called when it is disarmed, or now if it was: to let go of what it holds. */
  readonly onDisarm: (release: () => void) => void;
}

/** Faults that wait for their moment, in the order in which they were armed. */
export interface Armory<M, F> {
  add(match: M, fault: F): Waiting<M, F>;
  /** Those that have neither struck nor been disarmed. */
  waiting(): Waiting<M, F>[];
}

export function createArmory<M, F>(): Armory<M, F> {
  const all = new Set<Waiting<M, F>>();
  return {
    add: (match, fault) => {
      const struck = Promise.withResolvers<void>();
      const releases: (() => void)[] = [];
      let hasStruck = false;
      let isDisarmed = false;
      const waiting: Waiting<M, F> = {
        match,
        fault,
        armed: {
          struck: struck.promise,
          hasStruck: () => hasStruck,
          disarm: () => {
            isDisarmed = true;
            all.delete(waiting);
            for (const release of releases.splice(0)) release();
          },
        },
        strike: () => {
          hasStruck = true;
          all.delete(waiting);
          struck.resolve();
        },
        onDisarm: (release) => {
          if (isDisarmed) release();
          else releases.push(release);
        },
      };
      all.add(waiting);
      return waiting;
    },
    waiting: () => [...all],
  };
}
