import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { bundleFile, NODE_ENVIRONMENT, NODE_FLAGS } from '../../../image/bundle.ts';
import { freePort } from '../../support/freeport.ts';

/** The operator as it ships, as a process. */
export interface BenchOperator {
  /** Resolves when its caches have synced. */
  ready(): Promise<void>;
  /** Resident memory in MiB, now and at most so far. */
  memory(): { now: number; peak: number };
  /** Processor seconds so far. */
  cpu(): number;
  /** Requests so far, by verb. A watch counts as one GET. */
  requests(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/** Starts the bundle, with what the image gives to node. */
export async function startOperator(kubeconfig: string, flags: readonly string[] = []): Promise<BenchOperator> {
  const port = await freePort();
  const words = ['operator', `--kubeconfig=${kubeconfig}`, `--health-port=${port}`, '--log-level=error', ...flags];
  const child = spawn(process.execPath, [...NODE_FLAGS, bundleFile, ...words], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_OPTIONS: '', ...NODE_ENVIRONMENT },
  });
  const health = new Pool(`http://127.0.0.1:${port}`);
  const get = async (path: string) => {
    const { statusCode, body } = await health.request({ path, method: 'GET' });
    return { statusCode, text: await body.text() };
  };
  const proc = (file: string) => readFileSync(`/proc/${child.pid}/${file}`, 'utf8');
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(proc('status'))?.[1]) / 1024;
  return {
    ready: async () => {
      for (;;) {
        if (child.exitCode !== null) throw new Error(`the operator ended with ${child.exitCode}`);
        const { statusCode } = await get('/readyz').catch(() => ({ statusCode: 0 }));
        if (statusCode === 200) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    memory: () => ({ now: kib('VmRSS'), peak: kib('VmHWM') }),
    cpu: () => {
      // Fields 14 and 15 of proc_pid_stat(5), in hundredths of a second; the name before them may hold spaces.
      const [, , , , , , , , , , , user, system] = proc('stat')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(user) + Number(system)) / 100;
    },
    requests: async () => {
      const sums: Record<string, number> = {};
      for (const [, labels = '', value] of (await get('/metrics')).text.matchAll(
        /^rest_client_requests_total\{(.*)\} (\d+)$/gm,
      )) {
        const verb = /method="(\w+)"/.exec(labels)?.[1] ?? '';
        sums[verb] = (sums[verb] ?? 0) + Number(value);
      }
      return sums;
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      if (!health.closed) await health.close();
    },
  };
}

/** Requests that change something. */
export const writesOf = (requests: Record<string, number>): number =>
  Object.entries(requests).reduce((sum, [verb, count]) => (verb === 'GET' ? sum : sum + count), 0);
