/** The operator of a lane, as a process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { request } from 'undici';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../../image/bundle.ts';
import type { LaneOperator, StartOptions } from './lane.ts';
import { freePort } from '../../support/freeport.ts';

const START_MS = 30_000;
const POLL_MS = 20;
/** At level error or worse (pino's numbers). */
const ERROR = 50;

export interface Started {
  readonly program: string;
  readonly kubeconfig: string;
  readonly flags: readonly string[];
}

/** `prepare` gives what is started, each time. */
export function createOperator(
  prepare: (mutant: string | undefined) => Promise<Started>,
): LaneOperator & { readonly killNow: () => void } {
  let child: ChildProcess | undefined;
  let isStarting = false;
  let healthPort = 0;
  let crashes = 0;
  const errors: string[] = [];
  /** The process that somebody asked to end. */
  let ending: ChildProcess | undefined;

  function hear(line: string): void {
    try {
      const { level } = JSON.parse(line) as { level?: number | string };
      if (level === 'error' || level === 'fatal' || (typeof level === 'number' && level >= ERROR)) errors.push(line);
    } catch {
      errors.push(line);
    }
  }

  async function start(options: StartOptions = {}): Promise<void> {
    // Two would do each other's work, and no plan would tell what one of them leaves undone.
    if (child ?? isStarting) throw new Error('the operator of this lane runs already');
    isStarting = true;
    try {
      await launch(options);
    } finally {
      isStarting = false;
    }
  }

  async function launch(options: StartOptions): Promise<void> {
    const { program, kubeconfig, flags } = await prepare(options.mutant);
    const port = await freePort();
    healthPort = port;
    const args = [
      program,
      'operator',
      `--kubeconfig=${kubeconfig}`,
      `--health-port=${port}`,
      ...flags,
      ...(options.flags ?? []),
    ];
    // setpriv: the kernel ends it when this process dies. The rest is as in the image, so that its memory is that of the image.
    const mine = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...NODE_FLAGS, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...NODE_ENVIRONMENT, NODE_OPTIONS: '', KUBECONFIG: '' },
    });
    child = mine;
    for (const stream of [mine.stdout, mine.stderr]) createInterface({ input: stream }).on('line', hear);
    mine.once('exit', (code, signal) => {
      if (child === mine) child = undefined;
      if (ending === mine) return;
      crashes++;
      errors.push(`the operator ended by itself: exit code ${String(code)}, signal ${String(signal)}`);
    });
    await untilReady(mine, port).catch((error: Error) => {
      throw new Error(`${error.message}; it said: ${errors.at(-1) ?? 'nothing'}`);
    });
  }

  async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const mine = child;
    if (!mine) return null;
    const ended = once(mine, 'exit') as Promise<[number | null]>;
    ending = mine;
    mine.kill(signal);
    return (await ended)[0];
  }

  return {
    start,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
    killNow: () => {
      ending = child;
      child?.kill('SIGKILL');
    },
    get running() {
      return isStarting || child !== undefined;
    },
    get pid() {
      return child?.pid;
    },
    reconciles: async () => {
      const { body } = await request(`http://127.0.0.1:${healthPort}/metrics`);
      const values = (await body.text()).matchAll(/^controller_runtime_reconcile_total\{.*\} (\d+)$/gm);
      return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
    },
    get crashes() {
      return crashes;
    },
    errors: () => errors.splice(0),
  };
}

async function untilReady(child: ChildProcess, port: number): Promise<void> {
  const deadline = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the operator ended before it was ready (${String(child.exitCode ?? child.signalCode)})`);
    const isReady = await request(`http://127.0.0.1:${port}/readyz`).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode === 200;
      },
      () => false,
    );
    if (isReady) return;
    if (performance.now() > deadline) throw new Error(`the operator is not ready after ${START_MS / 1000} s`);
    await delay(POLL_MS);
  }
}
