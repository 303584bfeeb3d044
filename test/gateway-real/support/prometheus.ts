import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/eventually.ts';
import { endOnce } from './cleanup.ts';
import { freePorts } from './nginx.ts';

/** A series of an answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Prometheus {
  /** Asks with PromQL. Labels of the scrape itself (name, instance, job) are left out. */
  query(expression: string): Promise<Sample[]>;
  /** The value of a query that gives one, or NaN. */
  value(expression: string): Promise<number>;
}

/** Starts the real Prometheus, which scrapes a port of loopback each second. */
export async function startPrometheus(target: number): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const { http: port } = await freePorts();
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [{ job_name: 'gateway', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
  };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const log = openSync(join(folder, 'log'), 'w');
  const words = [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=warn',
  ];
  const child = spawn('prometheus', words, { stdio: ['ignore', log, log] });
  closeSync(log);
  await once(child, 'spawn');
  endOnce(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  const query = async (expression: string): Promise<Sample[]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const { data } = (await answer.json()) as { data?: { result: { metric: object; value: [number, string] }[] } };
    if (data === undefined) throw new Error(`Prometheus answers ${answer.status} to ${expression}`);
    return data.result.map(({ metric, value }) => {
      const own = Object.entries(metric).filter(([name]) => !['__name__', 'instance', 'job'].includes(name));
      return { labels: Object.fromEntries(own), value: Number(value[1]) };
    });
  };
  await eventually('Prometheus is ready', 30, async () => {
    if (child.exitCode !== null) throw new Error(`Prometheus ended: ${readFileSync(join(folder, 'log'), 'utf8')}`);
    const ready = await fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ status }) => status,
      (error: Error) => error.message,
    );
    return ready === 200 ? { value: true } : { missing: String(ready) };
  });
  return { query, value: async (expression) => (await query(expression))[0]?.value ?? NaN };
}
