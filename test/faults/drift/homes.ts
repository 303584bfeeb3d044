/** Caches that have converged, for one plan after the other: to make one takes longer than to spoil and mend it. */
import type { Lane } from '../bed/lane.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { normalised, observe } from '../oracle/observe.ts';
import { reach } from '../workloads/reach.ts';
import type { Workload } from '../workloads/workload.ts';
import { isSteady } from '../workloads/workload.ts';

interface Home {
  readonly namespace: string;
  /** What it was when it had been made. */
  readonly observed: Observed;
}

const idle = new WeakMap<Lane, Map<string, Home[]>>();
const STEADY_MS = 60_000;

function idleOf(lane: Lane, { name }: Workload): Home[] {
  const all = idle.get(lane) ?? new Map<string, Home[]>();
  idle.set(lane, all);
  const own = all.get(name) ?? [];
  all.set(name, own);
  return own;
}

/** A namespace in which this workload has come to its end, and the proxy counts from here. */
export async function takeHome(lane: Lane, workload: Workload): Promise<Home> {
  const known = idleOf(lane, workload).pop();
  const namespace = known?.namespace ?? (await lane.take());
  try {
    if (known) await isAsBefore(lane, known);
    else await reach(workload, lane, namespace);
  } catch (error) {
    lane.free(namespace);
    throw error;
  }
  lane.proxy.forget(namespace);
  return known ?? { namespace, observed: observe(lane, namespace) };
}

/** Controllers may still be busy with what was taken back at once. */
const isAsBefore = (lane: Lane, { namespace, observed }: Home): Promise<void> =>
  lane.until(
    namespace,
    (state) => {
      const steady = isSteady(state);
      return steady === true ? (differences(observed, normalised(state, namespace))[0] ?? true) : steady;
    },
    STEADY_MS,
  );

/** Back for others: it is as it was. */
export const giveHome = (lane: Lane, workload: Workload, home: Home): void => {
  idleOf(lane, workload).push(home);
};
