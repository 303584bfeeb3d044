import { ApiError } from '../../../src/kube/errors.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { Lease } from '../../../src/runtime/lease.ts';

/** What happens to one request: how long it is under way in each direction, and whether it or its answer is lost. */
export interface Fate {
  thereMs: number;
  backMs: number;
  lost?: 'request' | 'answer' | undefined;
}

/** One Lease on a server that compares and swaps as the API server does, and clients of it over a bad network. */
export interface LeaseStore {
  /** What is stored now. */
  readonly lease: Lease | undefined;
  /** All that was stored, in order. */
  readonly history: Lease[];
  remove(): void;
  /** Fates are asked for one by one, as requests are made. */
  client(fate: () => Fate): Pick<Client, 'find' | 'create' | 'replace'>;
}

/** Answers at once. */
export const AT_ONCE: Fate = { thereMs: 0, backMs: 0 };

const refusal = (status: number, reason: string): ApiError => new ApiError('PUT', '/lease', status, { reason });

/** A Lease that nobody holds. */
export const FREE: Lease = {
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { namespace: 'system', name: 'operator', resourceVersion: '0' },
  spec: { holderIdentity: '', leaseTransitions: 0 },
};

/** Makes a {@link LeaseStore}. Its history begins with the first write. */
export function leaseStore(clock: Clock, first?: Lease): LeaseStore {
  let lease = first;
  let version = 0;
  const history: Lease[] = [];

  function store(next: Lease): Lease {
    version++;
    lease = { ...next, metadata: { ...next.metadata, resourceVersion: String(version) } };
    history.push(lease);
    return lease;
  }

  const serve = {
    find: (): Lease | undefined => lease,
    create: (next: Lease): Lease => {
      if (lease) throw refusal(409, 'AlreadyExists');
      return store(next);
    },
    replace: (next: Lease): Lease => {
      if (!lease) throw refusal(404, 'NotFound');
      if (lease.metadata.resourceVersion !== next.metadata.resourceVersion) throw refusal(409, 'Conflict');
      return store(next);
    },
  };

  /** An abort ends the waiting, not the request: what is under way still arrives. */
  function request<T>(run: () => T, { thereMs, backMs, lost }: Fate, signal: AbortSignal | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      if (lost === 'request') return;
      clock.after(thereMs, () => {
        const answer = new Promise<T>((done) => done(run()));
        // Nobody may wait for it any more.
        answer.catch(() => undefined);
        if (lost !== 'answer') clock.after(backMs, () => resolve(answer));
      });
    });
  }

  return {
    get lease() {
      return lease;
    },
    history,
    remove: () => {
      lease = undefined;
    },
    client: (fate) =>
      ({
        find: (_: unknown, __: unknown, options?: { signal?: AbortSignal }) =>
          request(serve.find, fate(), options?.signal),
        create: (_: unknown, next: Lease, options?: { signal?: AbortSignal }) =>
          request(() => serve.create(next), fate(), options?.signal),
        replace: (_: unknown, next: Lease, options?: { signal?: AbortSignal }) =>
          request(() => serve.replace(next), fate(), options?.signal),
      }) as Pick<Client, 'find' | 'create' | 'replace'>,
  };
}
