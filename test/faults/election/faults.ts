import { setTimeout as delay } from 'node:timers/promises';
import type { Fate } from './link.ts';
import type { Replica } from './replica.ts';
import type { Site } from './site.ts';

/** Who takes part when a fault strikes. */
export interface Stage {
  readonly site: Site;
  readonly leader: Replica;
  readonly standby: Replica;
}

/** Something that happens to an election. */
export interface ElectionFault {
  readonly name: string;
  /** How many plans of it; they differ in the moment at which it strikes. */
  readonly plans: number;
  /** Who leads after it: another, the same, or either. */
  readonly then: 'another' | 'same' | 'either';
  /** How the old leader may end when another leads. Default: with exit code 1. */
  readonly exit?: number | null;
  /** Wall clocks of the two processes (clock.ts). */
  readonly clocks?: { readonly leader?: string; readonly standby?: string };
  /** How many processes. Default 2. */
  readonly replicas?: number;
  /**
   * From when 20 s are counted: the begin of `strike` (default), or its end, when nobody could work before it. Where renewals are on their
   * way for seconds, from the last that arrived of another than who works at last, which began the time of the Lease anew.
   */
  readonly countsFrom?: 'end' | 'last renewal';
  strike(stage: Stage): Promise<void>;
  /** What ends the fault: later than 20 s after it. */
  heal?(stage: Stage): Promise<void>;
}

const isLease = (path: string) => path.includes('/leases');
const onLease = ({ link }: Replica, fate: Fate): void => {
  link.onWrite = (_, path) => (isLease(path) ? fate : undefined);
};
const kill = ({ leader }: Stage): Promise<void> => {
  leader.signal('SIGKILL');
  return Promise.resolve();
};
/** In the middle of its work: when a write of a Deployment is under way, whose answer it will find when it goes on. */
const stopAtWork = ({ leader }: Stage): Promise<void> =>
  new Promise((resolve) => {
    leader.link.onWrite = (_, path) => {
      if (path.includes('/deployments/')) {
        leader.link.onWrite = () => undefined;
        leader.signal('SIGSTOP');
        resolve();
      }
      return undefined;
    };
  });
const silence =
  (ms: number) =>
  async ({ site }: Stage) => {
    for (const { link } of site.replicas) link.part();
    await delay(ms);
    for (const { link } of site.replicas) link.join();
  };
const slowForAll =
  (delayMs: number) =>
  async ({ site }: Stage) => {
    for (const replica of site.replicas) onLease(replica, { delayMs });
    await delay(20_000);
    for (const { link } of site.replicas) link.onWrite = () => undefined;
  };
const leaseWrites =
  (fate: Fate) =>
  ({ leader }: Stage): Promise<void> => {
    onLease(leader, fate);
    return Promise.resolve();
  };
const WALL_CLOCKS = ['3600000', '-3600000', 'stopped', 'backwards', 'fast'];

export const electionFaults: readonly ElectionFault[] = [
  { name: 'kill', plans: 10, then: 'another', exit: null, strike: kill },
  { name: 'kill-of-three', plans: 2, then: 'another', exit: null, replicas: 3, strike: kill },
  {
    name: 'terminate',
    plans: 5,
    then: 'another',
    exit: 0,
    strike: ({ leader }) => {
      leader.signal('SIGTERM');
      return Promise.resolve();
    },
  },
  {
    name: 'stop-30s',
    plans: 6,
    countsFrom: 'end',
    then: 'another',
    strike: stopAtWork,
    heal: async ({ leader }) => {
      await delay(8_000);
      leader.signal('SIGCONT');
    },
  },
  {
    name: 'stop-7s',
    plans: 2,
    countsFrom: 'end',
    then: 'either',
    strike: async (stage) => {
      await stopAtWork(stage);
      await delay(7_000);
      stage.leader.signal('SIGCONT');
    },
  },
  {
    name: 'partition-30s',
    plans: 6,
    then: 'another',
    strike: ({ leader }) => {
      leader.link.part();
      return Promise.resolve();
    },
    heal: async ({ leader }) => {
      await delay(8_000);
      leader.link.join();
    },
  },
  { name: 'silence-12s', plans: 3, countsFrom: 'end', then: 'either', strike: silence(12_000) },
  { name: 'silence-25s', plans: 2, countsFrom: 'end', then: 'another', strike: silence(25_000) },
  {
    name: 'renewals-8s-late',
    plans: 2,
    then: 'another',
    countsFrom: 'last renewal',
    strike: leaseWrites({ delayMs: 8_000 }),
  },
  {
    name: 'renewals-12s-late',
    plans: 2,
    then: 'another',
    countsFrom: 'last renewal',
    strike: leaseWrites({ delayMs: 12_000 }),
  },
  { name: 'lease-8s-late-for-all', plans: 2, countsFrom: 'last renewal', then: 'either', strike: slowForAll(8_000) },
  { name: 'lease-12s-late-for-all', plans: 2, countsFrom: 'last renewal', then: 'either', strike: slowForAll(12_000) },
  { name: 'lease-409', plans: 2, then: 'another', strike: leaseWrites({ status: 409 }) },
  { name: 'lease-500', plans: 2, then: 'another', strike: leaseWrites({ status: 500 }) },
  { name: 'lease-hangs', plans: 2, then: 'another', strike: leaseWrites('hang') },
  { name: 'lease-deleted', plans: 3, then: 'same', strike: ({ site }) => site.deleteLease() },
  {
    name: 'lease-deleted-and-one-starts',
    plans: 2,
    then: 'same',
    strike: async ({ site }) => {
      const one = site.start();
      while (site.replicas.length < 3) await delay(5);
      await delay(200);
      await site.deleteLease();
      await one;
    },
  },
  {
    name: 'lease-taken',
    plans: 3,
    then: 'another',
    strike: ({ site }) => site.editLease({ holderIdentity: 'somebody' }),
  },
  {
    name: 'lease-given-to-standby',
    plans: 2,
    then: 'another',
    strike: ({ site, standby }) => site.editLease({ holderIdentity: standby.identity() }),
  },
  {
    name: 'lease-made-short',
    plans: 2,
    then: 'same',
    strike: ({ site }) => site.editLease({ leaseDurationSeconds: 1 }),
  },
  ...WALL_CLOCKS.flatMap((clock): ElectionFault[] => [
    {
      name: `clock-of-leader-${clock}`,
      plans: 1,
      then: 'same',
      clocks: { leader: clock },
      strike: () => Promise.resolve(),
    },
    {
      name: `clock-of-standby-${clock}`,
      plans: 1,
      then: 'another',
      exit: null,
      clocks: { standby: clock },
      strike: kill,
    },
  ]),
];
