/** Caches that have converged, for one plan after the other: to make one takes longer than to spoil and mend it. */
import type { Lane } from '../bed/lane.ts';
import { reach } from '../workloads/reach.ts';
import type { Workload } from '../workloads/workload.ts';
import { isSteady } from '../workloads/workload.ts';

const idle = new WeakMap<Lane, Map<string, string[]>>();
const STEADY_MS = 60_000;

function idleOf(lane: Lane, { name }: Workload): string[] {
  const all = idle.get(lane) ?? new Map<string, string[]>();
  idle.set(lane, all);
  const own = all.get(name) ?? [];
  all.set(name, own);
  return own;
}

/** A namespace in which this workload has come to its end, and the proxy counts from here. */
export async function takeHome(lane: Lane, workload: Workload): Promise<string> {
  const known = idleOf(lane, workload).pop();
  const namespace = known ?? (await lane.take());
  try {
    if (known === undefined) await reach(workload, lane, namespace);
    else await lane.until(namespace, isSteady, STEADY_MS);
  } catch (error) {
    lane.free(namespace);
    throw error;
  }
  lane.proxy.forget(namespace);
  return namespace;
}

/** Back for others: it is as it was. */
export const giveHome = (lane: Lane, workload: Workload, namespace: string): void => {
  idleOf(lane, workload).push(namespace);
};
