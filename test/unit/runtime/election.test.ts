import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Client } from '../../../src/kube/client.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import { createElector } from '../../../src/runtime/elector.ts';
import type { Elector } from '../../../src/runtime/elector.ts';
import { LEASE_TIMES } from '../../../src/runtime/lease.ts';
import type { LeaseTimes } from '../../../src/runtime/lease.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { fakeClock } from './fake-clock.ts';
import { leaseStore } from './leasestore.ts';
import type { Fate } from './leasestore.ts';
import { simulate } from './simulate.ts';

/** `ELECTION_RUNS=10000 npm run jest -- test/unit/runtime/election` takes some minutes. */
const RUNS = Number(process.env['ELECTION_RUNS'] ?? 100);
/** Faults happen in the first part of a run; in the second somebody has to lead. */
const FAULTS_MS = 120_000;
const QUIET_MS = 60_000;
/** A process that has ended is started again after so long, as another one. */
const RESTART_MS = 3_000;

/** A place where a process runs, on a machine whose clock runs too fast or too slow. */
interface Machine {
  rate: number;
  /** What becomes of its requests, over and over. */
  fates: Fate[];
}
interface Incident {
  at: number;
  machine: number;
  /** SIGKILL, SIGTERM, or SIGSTOP and, so much later, SIGCONT. */
  what: 'kill' | 'release' | 'freeze';
  ms: number;
}
interface Plan {
  machines: Machine[];
  incidents: Incident[];
}

const fates: fc.Arbitrary<Fate> = fc.record({
  thereMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 50 }) }, fc.integer({ min: 1, max: 20_000 })),
  backMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 50 }) }, fc.integer({ min: 1, max: 20_000 })),
  lost: fc.oneof(
    { weight: 4, arbitrary: fc.constant(undefined) },
    fc.constantFrom<'request' | 'answer'>('request', 'answer'),
  ),
});
const plans: fc.Arbitrary<Plan> = fc.record({
  machines: fc.array(
    fc.record({
      rate: fc.double({ min: 0.9, max: 1.1, noNaN: true }),
      fates: fc.array(fates, { minLength: 1, maxLength: 40 }),
    }),
    { minLength: 2, maxLength: 3 },
  ),
  incidents: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: FAULTS_MS }),
      machine: fc.nat({ max: 2 }),
      what: fc.constantFrom<'kill' | 'release' | 'freeze'>('kill', 'release', 'freeze'),
      ms: fc.integer({ min: 100, max: 40_000 }),
    }),
    { maxLength: 8 },
  ),
});

interface Outcome {
  /** The most processes that led at one time. */
  most: number;
  /** Who leads at the end. */
  leaders: string[];
  /** How often the leadership began. */
  terms: number;
}

/** Runs a plan on a clock of its own. */
async function play(plan: Plan, times: LeaseTimes): Promise<Outcome> {
  const clock = fakeClock();
  const store = leaseStore(clock);
  let most = 0;
  let terms = 0;
  const leading = (): string[] => processes.flatMap(({ elector, identity }) => (elector?.leads() ? [identity] : []));

  const processes = plan.machines.map(({ rate, fates: own }, index) => {
    const self = {
      identity: '',
      elector: undefined as Elector | undefined,
      freeze: undefined as ((ms: number) => void) | undefined,
      end,
    };
    let generation = 0;
    let requests = 0;
    const fate = (): Fate => {
      const next = own[requests++ % own.length];
      return next && clock.now() < FAULTS_MS ? next : { thereMs: 5, backMs: 5 };
    };

    function end(how: 'kill' | 'release' | 'lost'): void {
      const { elector } = self;
      if (!elector) return;
      if (how === 'release') void elector.release();
      else generation++;
      self.elector = undefined;
      clock.after(RESTART_MS, start);
    }

    function start(): void {
      const mine = ++generation;
      let frozenUntil = 0;
      /** Runs when the process does: later when it is frozen, never when it was killed. */
      const inProcess = (run: () => void): void => {
        if (clock.now() < frozenUntil) clock.after(frozenUntil - clock.now(), () => inProcess(run));
        else if (generation === mine) run();
      };
      const own: Clock = {
        now: () => clock.now() * rate,
        after: (ms, run) => clock.after(ms / rate, () => inProcess(run)),
      };
      const remote = store.client(fate);
      const call =
        <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
        (...args: A): Promise<R> =>
          new Promise((resolve, reject) => {
            method(...args).then(
              (value) => inProcess(() => resolve(value)),
              (error: Error) => inProcess(() => reject(error)),
            );
          });
      self.identity = `${String(index)}-${String(mine)}`;
      self.freeze = (ms) => (frozenUntil = clock.now() + ms);
      const elector = createElector({
        client: { find: call(remote.find), create: call(remote.create), replace: call(remote.replace) } as Client,
        ref: { namespace: 'system', name: 'operator' },
        identity: self.identity,
        log: createLogger({ level: 'silent' }),
        onChange: (leads) => (terms += leads ? 1 : 0),
        times,
        clock: own,
        date: () => new Date(clock.now()),
        random: () => 0.5,
      });
      self.elector = elector;
      elector.lost.addEventListener('abort', () => end('lost'));
      void elector.run();
    }

    start();
    return self;
  });

  for (const { at, machine, what, ms } of plan.incidents) {
    const process = processes[machine % processes.length];
    clock.after(at, () => (what === 'freeze' ? process?.freeze?.(ms) : process?.end(what)));
  }
  await simulate(clock, FAULTS_MS + QUIET_MS, () => (most = Math.max(most, leading().length)));
  return { most, leaders: leading(), terms };
}

describe('processes in an election, over a bad network, with clocks that differ by a tenth', () => {
  test('never lead two at once, and one leads in the end', async () => {
    let terms = 0;
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const outcome = await play(plan, LEASE_TIMES);
        terms += outcome.terms;
        expect(outcome.most).toBe(1);
        expect(outcome.leaders).toHaveLength(1);
      }),
      { numRuns: RUNS },
    );
    // The faults were grave enough to matter.
    expect(terms).toBeGreaterThan(2 * RUNS);
  }, 600_000);

  test('would lead two at once if they wrote for longer than others wait: this simulation sees it', async () => {
    const careless = { ...LEASE_TIMES, renewDeadlineMs: 20_000 };
    const { failed } = await fc.check(
      fc.asyncProperty(plans, async (plan) => (await play(plan, careless)).most <= 1),
      { numRuns: 300, endOnFailure: true },
    );
    expect(failed).toBe(true);
  }, 600_000);
});
