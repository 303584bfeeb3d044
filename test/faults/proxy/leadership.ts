import type { KubeObject } from '../../../src/kube/objects.ts';
import type { RequestKey } from './contract.ts';

type Lease = KubeObject<{ holderIdentity?: string }>;

/** Who leads, as the API server has it: learnt from the writes of the Lease that went through. */
export interface Leadership {
  /** A process of this instance is about to start: whether it takes part in an election is to be seen. */
  starts(instance: string): void;
  /** An instance asks for or about the Lease. */
  asked(key: RequestKey, instance: string, body: unknown): void;
  /** A write of it was done. */
  done(key: RequestKey, body: unknown): void;
  /** Who holds it: an instance, or `nobody`. Undefined when this instance takes part in no election, or nothing is known yet. */
  leaderFor(instance: string): string | undefined;
}

export function createLeadership(): Leadership {
  const electing = new Set<string>();
  const instances = new Map<string, string>();
  let holder: string | undefined;
  const identityOf = (body: unknown) => (body as Lease | undefined)?.spec?.holderIdentity ?? '';
  return {
    starts: (instance) => void electing.delete(instance),
    asked: (key, instance, body) => {
      if (key.kind !== 'Lease') return;
      electing.add(instance);
      // A release names nobody.
      if (identityOf(body)) instances.set(identityOf(body), instance);
    },
    done: (key, body) => {
      if (key.kind === 'Lease' && body !== undefined) holder = identityOf(body);
    },
    leaderFor: (instance) => {
      if (holder === undefined || !electing.has(instance)) return undefined;
      return instances.get(holder) ?? (holder === '' ? 'nobody' : holder);
    },
  };
}
