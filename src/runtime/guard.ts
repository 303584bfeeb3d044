import type { Transport } from '../kube/transport.ts';
import type { Elector } from './elector.ts';

/** A write was stopped before it left: this process does not lead. */
export class NotLeading extends Error {
  override readonly name = 'NotLeading';
  readonly code = 'NOT_LEADING';
}

/**
 * The transport for a process that may not be alone: reads as ever, and no write without the leadership, whoever asks for it.
 * Writes that are under way when it is lost are aborted. The elector itself writes its Lease past this.
 */
export function writesOnlyOfLeader(transport: Transport, elector: Pick<Elector, 'leads' | 'lost'>): Transport {
  return {
    ...transport,
    json: async <T>(...[verb, path, options = {}]: Parameters<Transport['json']>): Promise<T> => {
      if (verb === 'GET') return transport.json<T>(verb, path, options);
      if (!elector.leads()) throw new NotLeading(`${verb} ${path}: not sent, since this process does not lead`);
      const either = new AbortController();
      const abort = (): void => {
        either.abort();
      };
      const signals = [elector.lost, ...(options.signal ? [options.signal] : [])];
      if (options.signal?.aborted) abort();
      for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
      try {
        return await transport.json<T>(verb, path, { ...options, signal: either.signal });
      } finally {
        for (const signal of signals) signal.removeEventListener('abort', abort);
      }
    },
  };
}
