import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/objects.ts';
import { microTime } from './clock.ts';

/** What a Lease says of its holder; times are RFC 3339 by the holder's wall clock, for people to read. */
export interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

/** coordination.k8s.io/v1 Lease. */
export type Lease = KubeObject<LeaseSpec>;

/** Where a Lease is. */
export interface LeaseRef {
  namespace: string;
  name: string;
}

/** Times of an election in ms. The renew deadline has to be shorter than the duration by more than clocks differ in rate. */
export interface LeaseTimes {
  /** Others wait so long after the last change that they saw before they take the Lease. */
  durationMs: number;
  /** The holder writes nothing any more so long after it began the last renewal that succeeded. */
  renewDeadlineMs: number;
  /** Between two looks or renewals. */
  retryMs: number;
}

/** As client-go, controller-runtime and the parts of Kubernetes itself have them. */
export const LEASE_TIMES: LeaseTimes = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

/** What one process knows of the Lease. */
export interface Observed {
  /** As it was read last; undefined when there was none. */
  readonly lease: Lease | undefined;
  /** What it said last; of a Lease that was deleted, what it said before. */
  readonly spec: LeaseSpec;
  /** When the process first saw it say so, by its own monotonic clock: the clocks of others are never compared. */
  readonly since: number;
}

/** Takes in what was read. A Lease that somebody deletes ends nobody's term: its holder may not know yet. */
export function observe(before: Observed | undefined, lease: Lease | undefined, now: number): Observed {
  const spec = lease ? (lease.spec ?? {}) : (before?.spec ?? {});
  const unchanged = before !== undefined && JSON.stringify(before.spec) === JSON.stringify(spec);
  return { lease, spec, since: unchanged ? before.since : now };
}

/** What to do about the Lease now. */
export type Decision =
  | { do: 'renew' }
  /** Nobody holds it, or whoever did has not renewed it for the time that they asked for. */
  | { do: 'acquire' }
  /** Somebody holds it: for so long, unless it changes. */
  | { do: 'wait'; ms: number };

/**
 * The rule of client-go's leader election, but for Leases that people have edited or deleted. `identity` is ours, once we have written
 * it into the Lease: our name in the hand of somebody else makes us no holder while the one before may not know yet.
 */
export function decide(observed: Observed, identity: string | undefined, now: number, times: LeaseTimes): Decision {
  const { holderIdentity } = observed.spec;
  if (holderIdentity && holderIdentity === identity) return { do: 'renew' };
  const ms = observed.since + patienceMs(observed, times) - now;
  return ms > 0 ? { do: 'wait', ms } : { do: 'acquire' };
}

/** How long a Lease must have stayed as it is before another may take it. */
function patienceMs({ lease, spec }: Observed, times: LeaseTimes): number {
  const { holderIdentity, leaseDurationSeconds = 0 } = spec;
  // No holder asks for less than we do: a shorter duration was not written by one.
  if (holderIdentity) return Math.max(times.durationMs, leaseDurationSeconds * 1000);
  // A Lease that is not there may have been deleted under its holder, who makes it anew when it next renews it.
  return lease === undefined && holderIdentity === undefined ? 1.5 * times.retryMs : 0;
}

/** Who writes a Lease, and when by the wall clock. */
export interface Claimant {
  ref: LeaseRef;
  identity: string;
  date: Date;
  times: LeaseTimes;
}

/** The Lease as the claimant writes it to renew or to acquire it; what else is in it stays. */
export function claimed(observed: Observed, { ref, identity, date, times }: Claimant): Lease {
  const { lease, spec } = observed;
  const mine = spec.holderIdentity === identity;
  const now = unlike(spec.renewTime, microTime(date));
  return {
    ...(lease ?? { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...ref } }),
    spec: {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(times.durationMs / 1000),
      acquireTime: mine && spec.acquireTime !== undefined ? spec.acquireTime : now,
      renewTime: now,
      leaseTransitions: (spec.leaseTransitions ?? 0) + (mine || !lease ? 0 : 1),
    },
  };
}

/** Others see a renewal by its time alone, also that of a machine whose clock stands still: then microseconds count on. */
function unlike(before: string | undefined, now: string): string {
  const millisecond = now.slice(0, -'000Z'.length);
  if (!before?.startsWith(millisecond)) return now;
  const next = (Number(before.slice(millisecond.length, -1)) + 1) % 1000;
  return `${millisecond}${String(next).padStart(3, '0')}Z`;
}

/** The Lease with no holder: the next who looks takes it. */
export function released(lease: Lease, date: Date): Lease {
  return { ...lease, spec: { ...lease.spec, holderIdentity: '', renewTime: microTime(date) } };
}

/** Somebody else was faster: look again before anything else. */
export function isOutdated(error: unknown): boolean {
  return isConflict(error) || isAlreadyExists(error) || isNotFound(error);
}
