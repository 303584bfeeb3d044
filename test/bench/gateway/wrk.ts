import { join } from 'node:path';
import { run } from '../../support/run.ts';
import { cpuSeconds } from './cpu.ts';

/** Something that answers, and the processes whose time is its own. */
export interface Target {
  readonly name: string;
  /** `http://host:port`, with a prefix where there is one. */
  readonly url: string;
  readonly pids: readonly number[];
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Load {
  readonly path: string;
  readonly connections: number;
  readonly seconds: number;
  /** A file with paths, one a line, asked for in turn; `path` is ignored then. */
  readonly paths?: string;
  /** Bytes of one answer: then bytes are counted, so that large answers under way at the end count as what has come. */
  readonly answerBytes?: number;
}

/** One run of wrk: closed loop, connections that are kept. */
export interface Sample {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Connections that broke, time-outs, and answers of 400 and above. */
  readonly errors: number;
}

interface Printed {
  requests: number;
  bytes: number;
  microseconds: number;
  p50: number;
  p99: number;
  errors: number;
}

const script = join(import.meta.dirname, 'wrk.lua');

/** Loads a target and says what it did. */
export async function load(target: Target, { path, connections, seconds, paths, answerBytes }: Load): Promise<Sample> {
  const headers = Object.entries(target.headers ?? {}).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const words = [
    '-t',
    '1',
    '-c',
    String(connections),
    '-d',
    `${seconds}s`,
    '--timeout',
    '60s',
    '-s',
    script,
    ...headers,
  ];
  const before = cpuSeconds(target.pids);
  const text = await run('wrk', [
    ...words,
    target.url + (paths === undefined ? path : ''),
    ...(paths === undefined ? [] : ['--', paths]),
  ]);
  const cpu = cpuSeconds(target.pids) - before;
  const printed = JSON.parse(text.trim().split('\n').pop() ?? '') as Printed;
  const answers = answerBytes === undefined ? printed.requests : printed.bytes / answerBytes;
  return {
    perSecond: (answers / printed.microseconds) * 1e6,
    cpuMicroseconds: (cpu / answers) * 1e6,
    p50Ms: printed.p50 / 1000,
    p99Ms: printed.p99 / 1000,
    errors: printed.errors,
  };
}
