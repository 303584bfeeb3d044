import { readFileSync } from 'node:fs';

/** Clock ticks in a second, as /proc counts processor time: 100 on every Linux that Node supports. */
const TICKS = 100;

/** A process and all its descendants; those that have ended are left out. */
export function processTree(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim();
  if (children === undefined) return [];
  return [pid, ...(children === '' ? [] : children.split(' ')).flatMap((child) => processTree(Number(child)))];
}

/** Seconds of processor time that these process trees have used, with descendants that have ended and were waited for. */
export function cpuSeconds(pids: readonly number[]): number {
  const ticks = pids.flatMap(processTree).map((pid) => {
    const fields = read(`/proc/${pid}/stat`)?.split(') ').pop()?.split(' ') ?? [];
    // utime, stime, cutime and cstime: fields 14 to 17 of proc(5), two of which come before the ")".
    return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  });
  return ticks.reduce((a, b) => a + b, 0) / TICKS;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
