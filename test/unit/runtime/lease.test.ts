import { describe, expect, test } from '@jest/globals';
import { claimed, decide, LEASE_TIMES, observe, released } from '../../../src/runtime/lease.ts';
import type { Lease, LeaseSpec } from '../../../src/runtime/lease.ts';

const ref = { namespace: 'system', name: 'operator' };
const date = new Date('2026-11-25T01:02:03.004Z');
const claimant = { ref, identity: 'me', date, times: LEASE_TIMES };
const held: LeaseSpec = {
  holderIdentity: 'other',
  leaseDurationSeconds: 15,
  acquireTime: '2026-11-25T00:00:00.000000Z',
  renewTime: '2026-11-25T00:59:59.000000Z',
  leaseTransitions: 3,
};
const leaseOf = (spec?: LeaseSpec): Lease => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { ...ref, resourceVersion: '7', labels: { from: 'somebody' } },
  ...(spec && { spec }),
});
const SEEN_AT = 100_000;

describe('what to do about a Lease', () => {
  test.each<[string, Lease | undefined, number, object]>([
    ['there is none, which somebody may have deleted', undefined, 0, { do: 'wait', ms: 3_000 }],
    ['there is still none when its holder would have made it anew', undefined, 3_000, { do: 'acquire' }],
    ['it has no spec', leaseOf(), 0, { do: 'acquire' }],
    ['it was given back', leaseOf({ ...held, holderIdentity: '' }), 0, { do: 'acquire' }],
    ['another holds it', leaseOf(held), 0, { do: 'wait', ms: 15_000 }],
    ['another holds it, and has not renewed it for a while', leaseOf(held), 14_999, { do: 'wait', ms: 1 }],
    ['another has not renewed it for its duration', leaseOf(held), 15_000, { do: 'acquire' }],
    [
      'another asked for a longer duration',
      leaseOf({ ...held, leaseDurationSeconds: 60 }),
      15_000,
      { do: 'wait', ms: 45_000 },
    ],
    [
      'somebody made the duration shorter',
      leaseOf({ ...held, leaseDurationSeconds: 1 }),
      14_000,
      { do: 'wait', ms: 1_000 },
    ],
    ['another gave no duration', leaseOf({ holderIdentity: 'other' }), 14_000, { do: 'wait', ms: 1_000 }],
    ['it is ours', leaseOf({ ...held, holderIdentity: 'me' }), 0, { do: 'renew' }],
    ['it is ours, however old', leaseOf({ ...held, holderIdentity: 'me' }), 99_000, { do: 'renew' }],
    // By its renewTime it is long over, or not yet begun: that is another machine's clock, and nothing follows from it.
    [
      'another renewed it an hour ago',
      leaseOf({ ...held, renewTime: '2026-11-25T00:02:03.004000Z' }),
      0,
      { do: 'wait', ms: 15_000 },
    ],
    [
      'another renewed it in the future',
      leaseOf({ ...held, renewTime: '2027-01-01T00:00:00.000000Z' }),
      15_000,
      { do: 'acquire' },
    ],
  ])('%s', (_, lease, laterMs, decision) => {
    expect(decide(observe(undefined, lease, SEEN_AT), 'me', SEEN_AT + laterMs, LEASE_TIMES)).toEqual(decision);
  });
});

test('a Lease with our name that we never wrote is that of somebody else', () => {
  const given = observe(undefined, leaseOf({ ...held, holderIdentity: 'me' }), SEEN_AT);
  expect(decide(given, undefined, SEEN_AT, LEASE_TIMES)).toEqual({ do: 'wait', ms: 15_000 });
});

describe('what is known of a Lease', () => {
  const first = observe(undefined, leaseOf(held), SEEN_AT);

  test.each<[string, Lease | undefined, number]>([
    ['read again, it is as old as it was', leaseOf(held), SEEN_AT],
    ['a label is no renewal', { ...leaseOf(held), metadata: { ...ref, resourceVersion: '8' } }, SEEN_AT],
    ['renewed, it is new', leaseOf({ ...held, renewTime: '2026-11-25T01:00:01.000000Z' }), SEEN_AT + 2_000],
    ['with another holder it is new', leaseOf({ ...held, holderIdentity: 'third' }), SEEN_AT + 2_000],
    ['deleted, it is still what its holder believes', undefined, SEEN_AT],
  ])('%s', (_, lease, since) => {
    expect(observe(first, lease, SEEN_AT + 2_000)).toMatchObject({ lease, since });
  });

  test('one that was deleted is taken when its holder has had the time to notice, not before', () => {
    const gone = observe(first, undefined, SEEN_AT + 2_000);
    expect(decide(gone, 'me', SEEN_AT + 14_000, LEASE_TIMES)).toEqual({ do: 'wait', ms: 1_000 });
    expect(decide(gone, 'me', SEEN_AT + 15_000, LEASE_TIMES)).toEqual({ do: 'acquire' });
    expect(decide(gone, 'other', SEEN_AT + 2_000, LEASE_TIMES)).toEqual({ do: 'renew' });
  });
});

describe('what is written into a Lease', () => {
  const now = '2026-11-25T01:02:03.004000Z';
  const mine = { holderIdentity: 'me', leaseDurationSeconds: 15, acquireTime: now, renewTime: now };

  test('a new one is the first of its line', () => {
    expect(claimed(observe(undefined, undefined, 0), claimant)).toEqual({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: ref,
      spec: { ...mine, leaseTransitions: 0 },
    });
  });

  test('a taken one counts the change of hands and keeps what others have put there', () => {
    expect(claimed(observe(undefined, leaseOf(held), 0), claimant)).toEqual({
      ...leaseOf(),
      spec: { ...mine, leaseTransitions: 4 },
    });
  });

  test('a renewed one keeps the time it was acquired at', () => {
    const before = { ...held, holderIdentity: 'me' };
    expect(claimed(observe(undefined, leaseOf(before), 0), claimant).spec).toEqual({ ...before, renewTime: now });
  });

  test.each([
    ['2026-11-25T01:02:03.004000Z', '2026-11-25T01:02:03.004001Z'],
    ['2026-11-25T01:02:03.004998Z', '2026-11-25T01:02:03.004999Z'],
    ['2026-11-25T01:02:03.003000Z', now],
    ['2026-11-25T01:02:03.005000Z', now],
  ])('one that was renewed at %s by a clock that stands still or goes back has another time', (renewTime, next) => {
    expect(claimed(observe(undefined, leaseOf({ ...held, renewTime }), 0), claimant).spec?.renewTime).toBe(next);
  });

  test('one that is given back has no holder', () => {
    expect(released(leaseOf(held), date).spec).toEqual({ ...held, holderIdentity: '', renewTime: now });
  });
});
