import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { request } from 'undici';
import { until } from './harness.ts';
import { freePort } from '../../support/freeport.ts';

/** The operator as a process of its own, against an API server. */
export interface RunningOperator {
  /** The value of a metric, summed over those of its series whose labels are wanted. */
  metric(name: string, wanted?: (labels: string) => boolean): Promise<number>;
  /** The lines of a metric, one a series. */
  series(name: string): Promise<string[]>;
  /** Everything it logged. */
  log(): string;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code when it ends; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** Starts it and waits until its caches have synced. */
export async function startOperator(kubeconfigPath: string, flags: readonly string[] = []): Promise<RunningOperator> {
  const port = await freePort();
  const main = join(import.meta.dirname, '../../../src/cli/main.ts');
  const ours = [`--kubeconfig=${kubeconfigPath}`, `--health-port=${port}`];
  const child = spawn(process.execPath, [main, 'operator', ...ours, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const get = async (path: string) => {
    const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`);
    return { statusCode, text: await body.text() };
  };
  await until('the operator is ready', async () => {
    if (child.exitCode !== null) throw new Error(`the operator ended with ${child.exitCode}: ${log.slice(-2000)}`);
    return get('/readyz').then(
      ({ statusCode }) => statusCode === 200,
      () => false,
    );
  });
  async function series(name: string): Promise<string[]> {
    const { text } = await get('/metrics');
    return text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  }
  return {
    series,
    async metric(name, wanted = () => true) {
      const lines = (await series(name)).filter(wanted);
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    log: () => log,
    signal: (name) => {
      child.kill(name);
    },
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
