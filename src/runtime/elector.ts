import type { Client } from '../kube/client.ts';
import { keyOf } from '../kube/objects.ts';
import { resources } from '../kube/paths.ts';
import { pause, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { claimed, decide, isOutdated, LEASE_TIMES, observe, released } from './lease.ts';
import type { Lease, LeaseRef, LeaseTimes, Observed } from './lease.ts';
import type { Logger } from './log.ts';

/** Options of {@link createElector}. */
export interface ElectorOptions {
  client: Pick<Client, 'find' | 'create' | 'replace'>;
  /** The Lease. */
  ref: LeaseRef;
  /** Who we are. No two processes may have the same, not even one after the other: a new one must wait for the old term's end. */
  identity: string;
  log: Logger;
  /** Told when the leadership begins and ends. */
  onChange?: (leads: boolean) => void;
  times?: LeaseTimes;
  clock?: Clock;
  /** Wall clock, for people who read the Lease. */
  date?: () => Date;
  /** In [0, 1). */
  random?: () => number;
}

/** A process in an election: first a candidate, then the leader, then nothing any more. */
export interface Elector {
  /** Runs for the leadership and keeps it, until it is released or lost. Never rejects. Call once. */
  run(): Promise<void>;
  /** Resolves when the leadership begins. */
  readonly elected: Promise<void>;
  /** Aborts when the leadership is lost. The process should end: what it had under way may be half done. */
  readonly lost: AbortSignal;
  /** Whether this process may write, by the monotonic clock of now: true for no two processes at once. */
  leads(): boolean;
  /**
   * Ends the candidacy or the term, and gives the Lease back if it is ours: the next one may write at once. With `late`, a write of
   * this process can still arrive at the API server, and the Lease is left to run out. Never rejects; an API server that hangs holds it up.
   */
  release(late?: boolean): Promise<void>;
}

/** Standbys look at slightly different times. */
const JITTER = 0.2;

/**
 * Leader election by a Lease, as client-go does it, with differences: the term ends the renew deadline after the last renewal that
 * succeeded was *begun*, to the millisecond; and a Lease that a person deletes or edits ends nobody's term before its holder knows.
 */
export function createElector(options: ElectorOptions): Elector {
  const { client, ref, identity, times = LEASE_TIMES } = options;
  const { clock = systemClock, date = () => new Date(), random = Math.random } = options;
  const log = options.log.child({ lease: keyOf(ref.namespace, ref.name), identity });
  const elected = Promise.withResolvers<undefined>();
  const lost = new AbortController();
  const over = new AbortController();
  const LATE = `it was not renewed within ${String(times.renewDeadlineMs)} ms`;
  let running: Promise<void> | undefined;
  let observed: Observed | undefined;
  /** The stored Lease is as it was observed, as far as we know: the next write needs no look. */
  let fresh = false;
  /** A write was sent: the Lease may be ours even if no answer said so. */
  let wrote = false;
  let leading = false;
  let renewedAt = 0;
  let failing = false;
  let holder: string | undefined;
  let cancelDeadline = (): void => undefined;

  function endTerm(): void {
    if (leading) options.onChange?.(false);
    leading = false;
    cancelDeadline();
    over.abort();
  }

  function lose(why: string): void {
    if (over.signal.aborted) return;
    endTerm();
    log.error({ why }, 'the leadership is lost: nothing is written any more, and the process ends');
    lost.abort();
  }

  function renewed(startedAt: number): void {
    const leftMs = startedAt + times.renewDeadlineMs - clock.now();
    // An answer that comes after the term it gives, to a process that was stopped for a while, gives none.
    if (over.signal.aborted || leftMs <= 0) return;
    renewedAt = startedAt;
    cancelDeadline();
    cancelDeadline = clock.after(leftMs, () => {
      lose(LATE);
    });
    if (leading) return;
    leading = true;
    log.info('this process leads');
    options.onChange?.(true);
    elected.resolve(undefined);
  }

  function noteHolder(): void {
    const now = observed?.spec.holderIdentity;
    if (now === holder) return;
    holder = now;
    if (now && now !== identity && !leading) log.info({ holder: now }, 'another process leads: standing by');
  }

  async function look(signal?: AbortSignal): Promise<Observed> {
    observed = observe(observed, await client.find<Lease>(resources.Lease, ref, { signal }), clock.now());
    noteHolder();
    return observed;
  }

  async function write(lease: Lease, signal?: AbortSignal): Promise<void> {
    const before = wrote;
    fresh = false;
    wrote = true;
    const send = lease.metadata.resourceVersion === undefined ? client.create : client.replace;
    const stored = await send(resources.Lease, lease, { signal }).catch((error: unknown) => {
      // Refused, so it is not there.
      if (isOutdated(error)) wrote = before;
      throw error;
    });
    observed = observe(observed, stored, clock.now());
    fresh = true;
  }

  const inTerm = (): boolean => clock.now() < renewedAt + times.renewDeadlineMs;

  /** A look if needed, and a write if it is our turn. Resolves with the longest time to wait for the next step. */
  async function step(signal: AbortSignal): Promise<number> {
    // The process may have been stopped, and the timer of the deadline not have had its turn yet.
    if (leading && !inTerm()) lose(LATE);
    if (over.signal.aborted) return 0;
    const seen = fresh && observed ? observed : await look(signal);
    const startedAt = clock.now();
    const decision = decide(seen, wrote ? identity : undefined, startedAt, times);
    if (leading && decision.do !== 'renew') lose(`${seen.spec.holderIdentity || 'nobody'} holds the Lease`);
    if (decision.do === 'wait') return decision.ms;
    if (over.signal.aborted) return 0;
    await write(claimed(seen, { ref, identity, date: date(), times }), signal);
    noteHolder();
    renewed(startedAt);
    return times.retryMs;
  }

  /** A step that ends in time. What is outdated is looked at again at once. */
  async function attempt(): Promise<number> {
    const limit = new AbortController();
    const cancel = clock.after(times.renewDeadlineMs / 2, () => {
      limit.abort();
    });
    try {
      return await step(limit.signal).catch((error: unknown) => {
        if (!isOutdated(error)) throw error;
        return step(limit.signal);
      });
    } finally {
      cancel();
    }
  }

  async function campaign(): Promise<void> {
    while (!over.signal.aborted) {
      let waitMs = times.retryMs;
      try {
        waitMs = await attempt();
        if (failing) log.info('the Lease can be reached again');
        failing = false;
      } catch (error) {
        if (!failing) log.warn({ err: error }, 'the Lease cannot be read or written, trying again');
        failing = true;
      }
      const retryMs = leading ? times.retryMs : times.retryMs * (1 + JITTER * random());
      await pause(clock, Math.min(waitMs, retryMs), over.signal);
    }
  }

  async function giveBack(): Promise<void> {
    const { lease, spec } = fresh && observed ? observed : await look();
    if (lease === undefined || spec.holderIdentity !== identity) return;
    await write(released(lease, date()));
    log.info('the leadership is given back');
  }

  return {
    run: () => (running ??= campaign()),
    elected: elected.promise,
    lost: lost.signal,
    leads: () => leading && inTerm(),
    release: async (late = false) => {
      endTerm();
      if (lost.signal.aborted) return;
      // A write that is under way may still take the Lease.
      await running;
      if (!wrote) return;
      if (late) {
        log.warn('the Lease is not given back, since a write may still be under way: it runs out by itself');
        return;
      }
      try {
        await giveBack().catch((error: unknown) => {
          if (!isOutdated(error)) throw error;
          return giveBack();
        });
      } catch (error) {
        log.warn({ err: error }, 'the Lease was not given back: it runs out by itself');
      }
    },
  };
}
