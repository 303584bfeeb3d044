/** Whether the operator takes more memory the longer it runs. Sizes in MiB. */
import { readFileSync } from 'node:fs';
import { percentile } from '../report.ts';

const EVERY_MS = 2_000;
/** What the median of a slice may have on top of the one that is the measure. */
const GROWTH = { factor: 1.2, more: 10 } as const;

/** A process that has been met, and its measure: the first slice that it saw from begin to end, but for the one in which it was met. */
interface Known {
  readonly pid: number;
  measure?: number;
}

/** Resident memory of a process; undefined when it has ended. */
function residentOf(pid: number): number | undefined {
  try {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return undefined;
  }
}

/** Samples the memory of whichever process `pidOf` names, until it is stopped. */
export function sampleMemory(
  pidOf: () => number | undefined,
): () => { pids: ReadonlySet<number>; samples: readonly number[] } {
  const pids = new Set<number>();
  const samples: number[] = [];
  const look = (): void => {
    const pid = pidOf();
    const resident = pid === undefined ? undefined : residentOf(pid);
    if (pid === undefined || resident === undefined) return;
    pids.add(pid);
    samples.push(resident);
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    return { pids, samples };
  };
}

/** Judges slices one after the other: what is wrong with one, as a sentence each. A slice of several processes says nothing. */
export function createJudge(): (slice: { pids: ReadonlySet<number>; samples: readonly number[] }) => string[] {
  let known: Known | undefined;
  return ({ pids, samples }) => {
    const [pid = 0] = pids;
    if (pids.size !== 1 || pid !== known?.pid) {
      known = { pid: [...pids].at(-1) ?? 0 };
      return [];
    }
    const median = percentile(samples, 0.5);
    known.measure ??= median;
    const most = known.measure * GROWTH.factor + GROWTH.more;
    if (median <= most) return [];
    return [`the operator takes ${median.toFixed(0)} MiB, and took ${known.measure.toFixed(0)} some slices before`];
  };
}
