import { backoffMs, queueBackoff } from './backoff.ts';
import type { BackoffShape } from './backoff.ts';
import { createBucket, retryBucket } from './bucket.ts';
import type { Clock } from './clock.ts';

/** What a queue tells its metrics. Times are in ms. */
export interface QueueObserver {
  added(): void;
  /** A key was handed to a worker after it had waited so long. */
  taken(waitedMs: number): void;
  /** A worker has done with a key after so long. */
  done(workedMs: number): void;
  retried(): void;
}

/** Options of {@link createQueue}. */
export interface QueueOptions {
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  backoff?: BackoffShape;
  observer?: QueueObserver;
}

/**
 * A queue of keys for several workers.
 *
 * A key is in it once, however often it was added. It is never with two workers: added while a worker has it, it
 * waits until that worker is done and then comes again. Keys come out in the order they went in, those that only a timer brought
 * after all others: a look at what nothing happened to can wait for what happened.
 */
export interface Queue {
  /** Keys that wait for a worker, or for the worker that has them to be done. */
  readonly depth: number;
  readonly add: (key: string) => void;
  /** Adds it later, behind all that `add` brings. Of several times the earliest wins; a plain `add` does not cancel it. */
  readonly addAfter: (key: string, ms: number) => void;
  /**
   * Adds it after the key's back-off, which doubles with each call until {@link forget}, when it is its turn among all keys
   * that failed, and at least `atLeastMs` later: whatever is last. Before `atLeastMs` nothing else adds it either: a server that asks for
   * a pause is not to be asked again because a watch told of a change.
   */
  addRateLimited(key: string, atLeastMs?: number): void;
  /** Ends the back-off of a key. */
  forget(key: string): void;
  /** The next key, when there is one; `undefined` after a shutdown. Answer each key with {@link done}. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** How long each key has been with its worker, in ms. */
  unfinishedMs(): number[];
  /** Drops what waits and sends the workers home. Keys with a worker may still be `done`; adding does nothing. */
  readonly shutdown: () => void;
}

interface Later {
  readonly dueAt: number;
  readonly cancel: () => void;
}

/** Makes a {@link Queue}. */
export function createQueue(options: QueueOptions): Queue {
  const { clock, random, observer, backoff = queueBackoff } = options;
  /** Keys to hand out, in order, with the time of their first add. */
  const waiting = new Map<string, number>();
  /** Those that come after. */
  const background = new Map<string, number>();
  /** Keys with a worker, and since when. */
  const working = new Map<string, number>();
  /** Until when a key must not be handed out. */
  const held = new Map<string, number>();
  /** Keys added while a worker has them, and when. */
  const dirty = new Map<string, number>();
  const later = new Map<string, Later>();
  /** For keys that failed and have not been forgotten. */
  const retries = new Map<string, number>();
  const nextTokenMs = createBucket(retryBucket, clock);
  const idle: ((key: string | undefined) => void)[] = [];
  let open = true;

  function handOut(): void {
    while (idle.length > 0) {
      const from = waiting.size > 0 ? waiting : background;
      const [next] = from;
      if (!next) return;
      const [key, addedAt] = next;
      from.delete(key);
      working.set(key, clock.now());
      observer?.taken(clock.now() - addedAt);
      idle.shift()?.(key);
    }
  }

  /** How long a key must not be handed out yet. */
  function stillHeldMs(key: string): number {
    const leftMs = (held.get(key) ?? 0) - clock.now();
    if (leftMs <= 0) held.delete(key);
    return leftMs;
  }

  function add(key: string): void {
    put(key, waiting);
  }

  function put(key: string, where: Map<string, number>): void {
    if (!open || waiting.has(key) || dirty.has(key)) return;
    const heldMs = stillHeldMs(key);
    if (heldMs > 0) {
      plan(key, heldMs, waiting);
      return;
    }
    const isThere = background.has(key);
    if (isThere && where === background) return;
    background.delete(key);
    if (!isThere) observer?.added();
    (working.has(key) ? dirty : where).set(key, clock.now());
    handOut();
  }

  function plan(key: string, ms: number, where: Map<string, number>): void {
    if (!open) return;
    if (!(ms > 0)) {
      add(key);
      return;
    }
    const dueAt = clock.now() + ms;
    const planned = later.get(key);
    if (planned && planned.dueAt <= dueAt) return;
    planned?.cancel();
    const wake = (): void => {
      const leftMs = dueAt - clock.now();
      // A timer may be shorter than the wait: platforms cap it.
      if (leftMs > 0) {
        later.set(key, { dueAt, cancel: clock.after(leftMs, wake) });
        return;
      }
      later.delete(key);
      put(key, where);
    };
    later.set(key, { dueAt, cancel: clock.after(ms, wake) });
  }

  return {
    get depth() {
      return waiting.size + background.size + dirty.size;
    },
    add,
    addAfter: (key, ms) => {
      plan(key, ms, background);
    },

    addRateLimited: (key, atLeastMs = 0) => {
      if (!open) return;
      const count = retries.get(key) ?? 0;
      retries.set(key, count + 1);
      observer?.retried();
      if (atLeastMs > 0) held.set(key, clock.now() + atLeastMs);
      plan(key, Math.max(atLeastMs, nextTokenMs(), backoffMs(backoff, count, random())), waiting);
    },

    forget: (key) => {
      retries.delete(key);
    },

    take: () =>
      new Promise((resolve) => {
        if (!open) {
          resolve(undefined);
          return;
        }
        idle.push(resolve);
        handOut();
      }),

    done: (key) => {
      const since = working.get(key);
      if (since === undefined) return;
      working.delete(key);
      observer?.done(clock.now() - since);
      const addedAt = dirty.get(key);
      if (addedAt === undefined) return;
      dirty.delete(key);
      const heldMs = stillHeldMs(key);
      if (heldMs > 0) {
        plan(key, heldMs, waiting);
        return;
      }
      waiting.set(key, addedAt);
      handOut();
    },

    unfinishedMs: () => [...working.values()].map((since) => clock.now() - since),

    shutdown: () => {
      open = false;
      waiting.clear();
      background.clear();
      dirty.clear();
      for (const { cancel } of later.values()) cancel();
      later.clear();
      held.clear();
      for (const resolve of idle.splice(0)) resolve(undefined);
    },
  };
}
