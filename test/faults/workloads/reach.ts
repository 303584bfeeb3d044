import type { Lane } from '../bed/lane.ts';
import { disturb, prepare } from './reference.ts';
import type { Workload } from './workload.ts';
import { isSteady } from './workload.ts';

const STEADY_MS = 60_000;

/** Does all of a workload, to its end. */
export async function reach(workload: Workload, lane: Lane, namespace: string): Promise<void> {
  await prepare(workload, lane, namespace);
  await disturb(workload, lane, namespace);
  await lane.until(namespace, isSteady, STEADY_MS);
}
