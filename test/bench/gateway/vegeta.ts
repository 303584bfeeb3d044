import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../support/run.ts';
import { TESTBED_FOLDER } from '../../support/environment.ts';
import { cpuSeconds } from './cpu.ts';
import type { Target } from './wrk.ts';

/** Requests that come at a rate, whatever becomes of those before: an open loop. */
export interface Stream {
  readonly perSecond: number;
  /** Kept alive. A request that finds all of them busy waits, and its wait counts. */
  readonly connections: number;
  readonly seconds: number;
  /** Asked for in turn. */
  readonly paths: readonly string[];
}

export interface StreamResult {
  /** Requests that were sent: fewer than wanted when the machine is too slow. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Everything but an answer with 200. */
  readonly errors: number;
  readonly cpuMicroseconds: number;
}

interface Reported {
  readonly latencies: Readonly<Record<'50th' | '99th' | 'max', number>>;
  readonly requests: number;
  readonly rate: number;
  readonly status_codes: Readonly<Record<string, number>>;
}

const vegeta = join(TESTBED_FOLDER, 'bin/vegeta');
const NANOSECONDS_PER_MS = 1e6;
/** Memory for time: the load generator should take as little of the machine as it can. */
const env = { ...process.env, GOGC: '400' };

/** Sends a stream of requests and says how they were answered. Own certificates are believed. */
export async function stream(scratch: string, target: Target, wanted: Stream): Promise<StreamResult> {
  const [targets, results] = [join(scratch, 'targets'), join(scratch, 'results')];
  const headers = Object.entries(target.headers ?? {}).map(([name, value]) => `-header=${name}: ${value}`);
  writeFileSync(targets, wanted.paths.map((path) => `GET ${target.url}${path}\n`).join(''));
  const before = cpuSeconds(target.pids);
  await run(
    vegeta,
    [
      'attack',
      ...[`-targets=${targets}`, `-output=${results}`, ...headers],
      ...[`-rate=${wanted.perSecond}/1s`, `-duration=${wanted.seconds}s`],
      ...[`-connections=${wanted.connections}`, `-max-connections=${wanted.connections}`],
      ...[
        `-workers=${wanted.connections}`,
        '-max-workers=20000',
        '-max-body=0',
        '-http2=false',
        '-insecure',
        '-timeout=10s',
      ],
    ],
    { env },
  );
  const cpu = cpuSeconds(target.pids) - before;
  const reported = JSON.parse(await run(vegeta, ['report', '-type=json', results])) as Reported;
  rmSync(results);
  const { latencies, requests } = reported;
  return {
    perSecond: reported.rate,
    p50Ms: latencies['50th'] / NANOSECONDS_PER_MS,
    p99Ms: latencies['99th'] / NANOSECONDS_PER_MS,
    maxMs: latencies.max / NANOSECONDS_PER_MS,
    errors: requests - (reported.status_codes['200'] ?? 0),
    cpuMicroseconds: (cpu / requests) * 1e6,
  };
}
