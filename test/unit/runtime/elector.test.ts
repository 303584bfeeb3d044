import { describe, expect, test } from '@jest/globals';
import { createElector } from '../../../src/runtime/elector.ts';
import type { Elector, ElectorOptions } from '../../../src/runtime/elector.ts';
import type { Lease, LeaseSpec } from '../../../src/runtime/lease.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';
import { AT_ONCE, FREE, leaseStore } from './leasestore.ts';
import type { Fate, LeaseStore } from './leasestore.ts';
import { settle, simulate } from './simulate.ts';

interface Candidate extends Elector {
  identity: string;
  /** What it logged: level and sentence, in order. */
  story: string[];
  /** What it told of its leadership. */
  changes: boolean[];
  /** From now on its requests end so. */
  network(fate: Fate): void;
}

interface Fixture {
  clock: FakeClock;
  store: LeaseStore;
  /** Starts a candidate. */
  readonly candidate: (identity: string, options?: Partial<ElectorOptions>) => Candidate;
}

function election(lease: Lease | undefined = FREE): Fixture {
  const clock = fakeClock();
  const store = leaseStore(clock, lease);
  const candidate = (identity: string, options: Partial<ElectorOptions> = {}): Candidate => {
    let fate = AT_ONCE;
    const story: string[] = [];
    const changes: boolean[] = [];
    const elector = createElector({
      client: store.client(() => fate),
      ref: { namespace: 'system', name: 'operator' },
      identity,
      log: createLogger({
        write: (line) => {
          const { level, message } = JSON.parse(line) as Record<string, string>;
          story.push(`${level}: ${message}`);
        },
      }),
      onChange: (leads) => changes.push(leads),
      clock,
      date: () => new Date(Date.UTC(2026, 10, 25) + clock.now()),
      random: () => 0.5,
      ...options,
    });
    void elector.run();
    return Object.assign(elector, { identity, story, changes, network: (next: Fate) => (fate = next) });
  };
  return { clock, store, candidate };
}

/** Somebody edits the Lease by hand. */
function edit(store: LeaseStore, change: LeaseSpec): void {
  const { lease } = store;
  if (!lease) throw new Error('no Lease');
  void store.client(() => AT_ONCE).replace({} as never, { ...lease, spec: { ...lease.spec, ...change } });
}
const holder = (store: LeaseStore) => store.lease?.spec?.holderIdentity;
const LOST: Fate = { thereMs: 0, backMs: 0, lost: 'request' };

describe('an elector', () => {
  test('that is alone leads at once, and renews every two seconds', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    expect(a.leads()).toBe(false);
    await simulate(clock, 0);
    await a.elected;
    expect([a.leads(), holder(store), a.changes]).toEqual([true, 'a', [true]]);
    await simulate(clock, 20_000);
    expect(store.history.map(({ spec }) => spec?.renewTime?.slice(17, 19))).toEqual([
      '00',
      '02',
      '04',
      '06',
      '08',
      '10',
      '12',
      '14',
      '16',
      '18',
      '20',
    ]);
    expect(store.history.at(-1)?.spec).toMatchObject({
      leaseTransitions: 1,
      acquireTime: '2026-11-25T00:00:00.000000Z',
    });
    expect(a.story).toEqual(['info: this process leads']);
  });

  test('makes a Lease when there is none for three seconds: its holder would have by then', async () => {
    const { clock, store, candidate } = election();
    store.remove();
    const a = candidate('a');
    await simulate(clock, 2_999);
    expect([a.leads(), store.lease]).toEqual([false, undefined]);
    await simulate(clock, 1);
    expect([a.leads(), store.lease?.spec?.leaseTransitions]).toEqual([true, 0]);
  });

  test('stands by while another leads, and leads when that one is silent for the duration of the Lease', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    const b = candidate('b');
    await simulate(clock, 60_000);
    expect([a.leads(), b.leads()]).toEqual([true, false]);
    a.network(LOST);
    const silentSince = clock.now();
    await simulate(clock, 30_000, () => {
      if (b.leads() && holder(store) === 'b' && b.changes.length === 1)
        b.changes.push(clock.now() > silentSince + 13_000);
    });
    expect(b.changes).toEqual([true, true]);
    expect([a.leads(), b.leads(), holder(store)]).toEqual([false, true, 'b']);
    expect(store.lease?.spec?.leaseTransitions).toBe(2);
    expect(b.story).toEqual(['info: another process leads: standing by', 'info: this process leads']);
  });

  test.each<[string, Fate]>([
    ['its requests are lost', LOST],
    ['answers are lost', { thereMs: 0, backMs: 0, lost: 'answer' }],
    ['answers come too late', { thereMs: 0, backMs: 6_000 }],
  ])('may not write any more ten seconds after the last good renewal was begun, when %s', async (_, fate) => {
    const { clock, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 4_000);
    a.network(fate);
    await simulate(clock, 9_999);
    expect([a.leads(), a.lost.aborted]).toEqual([true, false]);
    await simulate(clock, 1);
    expect([a.leads(), a.lost.aborted, a.changes]).toEqual([false, true, [true, false]]);
    await simulate(clock, 60_000);
    expect(a.story.map((line) => line.split(':')[0])).toEqual(['info', 'warn', 'error']);
    expect(clock.waits()).toEqual([]);
  });

  test('that was stopped for longer than its term may not write when it goes on, not even a renewal, before the timer of the term has fired', async () => {
    const { clock, store, candidate } = election();
    let now = 0;
    // The time of the machine goes on while the timers of the process do not.
    const a = candidate('a', { clock: { ...clock, now: () => clock.now() + now } });
    await simulate(clock, 0);
    expect(a.leads()).toBe(true);
    now += 10_000;
    expect(a.leads()).toBe(false);
    const writes = store.history.length;
    await simulate(clock, 30_000);
    expect([a.lost.aborted, store.history.length]).toEqual([true, writes]);
  });

  test('does not take an answer for a term that is over by then', async () => {
    const { clock, store, candidate } = election();
    let now = 0;
    const a = candidate('a', { clock: { ...clock, now: () => clock.now() + now } });
    a.network({ thereMs: 100, backMs: 100 });
    await simulate(clock, 150);
    expect(holder(store)).toBe('a');
    now += 30_000;
    await simulate(clock, 100);
    expect([a.leads(), holder(store)]).toEqual([false, 'a']);
    // The next renewal tells.
    await simulate(clock, 3_000);
    expect(a.leads()).toBe(true);
  });

  test('goes on after a fault that is shorter than its term', async () => {
    const { clock, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 4_000);
    a.network(LOST);
    await simulate(clock, 7_000);
    a.network(AT_ONCE);
    await simulate(clock, 30_000);
    expect(a.leads()).toBe(true);
    expect(a.story).toEqual([
      'info: this process leads',
      'warn: the Lease cannot be read or written, trying again',
      'info: the Lease can be reached again',
    ]);
  });

  test('ends at once when it sees that another holds the Lease', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    edit(store, { holderIdentity: 'z' });
    await simulate(clock, 2_000);
    expect([a.leads(), a.lost.aborted, holder(store)]).toEqual([false, true, 'z']);
  });

  test.each([
    ['writes the name of a standby into the Lease', (b: string) => ({ holderIdentity: b })],
    ['makes the duration of the Lease short', () => ({ leaseDurationSeconds: 1 })],
  ])('never leads beside the one that does when somebody %s', async (_, change) => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    const b = candidate('b');
    await simulate(clock, 4_100);
    edit(store, change('b'));
    let both = 0;
    await simulate(clock, 60_000, () => (both += a.leads() && b.leads() ? 1 : 0));
    expect(both).toBe(0);
    expect(a.leads() || b.leads()).toBe(true);
  });

  test('that starts when somebody has just deleted the Lease waits for its holder to make it anew', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 4_100);
    store.remove();
    const b = candidate('b');
    await simulate(clock, 60_000);
    expect([a.leads(), b.leads(), holder(store)]).toEqual([true, false, 'a']);
  });

  test('keeps the leadership when its wall clock stands still', async () => {
    const { clock, candidate } = election();
    const a = candidate('a', { date: () => new Date(0) });
    await simulate(clock, 0);
    const b = candidate('b');
    await simulate(clock, 120_000);
    expect([a.leads(), b.leads()]).toEqual([true, false]);
  });

  test('makes a Lease anew that somebody deleted, before a standby may', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    const b = candidate('b');
    await simulate(clock, 3_000);
    store.remove();
    await simulate(clock, 60_000);
    expect([a.leads(), b.leads(), holder(store)]).toEqual([true, false, 'a']);
  });

  test('gives the Lease back when it is released, writes nothing after that, and another leads after one look', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    const b = candidate('b');
    await simulate(clock, 10_000);
    const released = a.release();
    expect(a.leads()).toBe(false);
    await simulate(clock, 0);
    await released;
    const at = store.history.length;
    expect(holder(store)).toBe('');
    await simulate(clock, 2_400);
    expect([b.leads(), holder(store)]).toEqual([true, 'b']);
    await simulate(clock, 30_000);
    expect(new Set(store.history.slice(at).map(({ spec }) => spec?.holderIdentity))).toEqual(new Set(['b']));
    expect([a.lost.aborted, a.story.at(-1)]).toEqual([false, 'info: the leadership is given back']);
  });

  test('gives back what a write that was under way took', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    a.network({ thereMs: 10, backMs: 10 });
    await simulate(clock, 5);
    const released = a.release();
    await simulate(clock, 100);
    await released;
    expect([store.history.length, holder(store), a.changes]).toEqual([2, '', []]);
  });

  test('gives back what it does not know that it has', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    a.network({ thereMs: 10, backMs: 10, lost: 'answer' });
    await simulate(clock, 5_500);
    expect([holder(store), a.leads()]).toEqual(['a', false]);
    a.network(AT_ONCE);
    const released = a.release();
    await simulate(clock, 0);
    await released;
    expect(holder(store)).toBe('');
  });

  test('does not give the Lease back when a write of its process can still arrive', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    await a.release(true);
    await simulate(clock, 30_000);
    expect([a.leads(), holder(store), store.history.length]).toEqual([false, 'a', 1]);
    expect(a.story.at(-1)).toContain('warn: the Lease is not given back');
  });

  test('that never had the Lease leaves it alone when it is released', async () => {
    const { clock, store, candidate } = election();
    candidate('a');
    await simulate(clock, 0);
    const b = candidate('b');
    await simulate(clock, 1_000);
    const writes = store.history.length;
    const released = b.release();
    await settle();
    await released;
    expect(store.history).toHaveLength(writes);
  });

  test('that lost the leadership writes nothing, not even when it is released', async () => {
    const { clock, store, candidate } = election();
    const a = candidate('a');
    await simulate(clock, 0);
    a.network(LOST);
    await simulate(clock, 11_000);
    a.network(AT_ONCE);
    const writes = store.history.length;
    await a.release();
    expect([store.history.length, holder(store)]).toEqual([writes, 'a']);
  });
});
