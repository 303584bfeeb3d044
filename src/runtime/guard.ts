import { isUnreachable } from '../kube/errors.ts';
import type { Transport } from '../kube/transport.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Elector } from './elector.ts';
import { LEASE_TIMES } from './lease.ts';

/** A write was stopped before it left: this process does not lead. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading';
  readonly code = 'NOT_LEADING';
}

/** The way to the API server for a process that may not be alone. */
export interface GuardedTransport extends Transport {
  /**
   * Whether a write can still arrive at the API server: one that is under way, or that ended without an answer not long ago. The next
   * leader may be working by then if the Lease is given back now.
   */
  readonly unsettled: () => boolean;
}

/**
 * The transport for a process that may not be alone: reads as ever, and no write without the leadership, whoever asks for it.
 * Writes that are under way when it is lost are aborted. The elector itself writes its Lease past this.
 */
export function writesOnlyOfLeader(
  transport: Transport,
  elector: Pick<Elector, 'leads' | 'lost'>,
  clock: Clock = systemClock,
): GuardedTransport {
  let underway = 0;
  let unansweredUntil = -Infinity;
  return {
    ...transport,
    json: async <T>(...[verb, path, options = {}]: Parameters<Transport['json']>): Promise<T> => {
      if (verb === 'GET') return transport.json<T>(verb, path, options);
      const refuse = (): void => {
        if (!elector.leads()) throw new NotLeading(`${verb} ${path}: not sent, since this process does not lead`);
      };
      refuse();
      const either = new AbortController();
      const abort = (): void => {
        either.abort();
      };
      const signals = [elector.lost, ...(options.signal ? [options.signal] : [])];
      if (options.signal?.aborted) abort();
      for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
      underway++;
      try {
        // Asked once more when a connection is there: that may take a while, or the process may be stopped meanwhile.
        return await transport.json<T>(verb, path, { ...options, signal: either.signal, beforeSend: refuse });
      } catch (error) {
        if (isUnreachable(error) && error.ambiguous) unansweredUntil = clock.now() + LEASE_TIMES.durationMs;
        throw error;
      } finally {
        underway--;
        for (const signal of signals) signal.removeEventListener('abort', abort);
      }
    },
    unsettled: () => underway > 0 || clock.now() < unansweredUntil,
  };
}
