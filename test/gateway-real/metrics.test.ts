import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { tryRun } from '../support/run.ts';
import { ask } from './support/client.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { containerOfEnvoy } from './support/envoycontainer.ts';
import { makeGateway } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { gatewayType, modelOf } from './support/model.ts';
import { startPrometheus } from './support/prometheus.ts';
import type { Prometheus } from './support/prometheus.ts';

jest.setTimeout(60_000);

const prefix = 'goproxycache_gateway_';
const path = '/x.org/a/@v/v1.0.0.mod';
const slow = '/x.org/slow/@v/v1.0.0.zip';
const slowSeconds = 0.3;

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine();
  engine.answer(path, { body: 'module x.org/a\n' });
  engine.answer(slow, async () => {
    await sleep(slowSeconds * 1000);
    return { body: 'zip' };
  });
});

const model = () =>
  modelOf(
    { prod: engine.port, staging: engine.port },
    { probedUpstreams: [`http://127.0.0.1:${engine.port}`, 'http://127.0.0.1:1'] },
  );

async function startGateway(served = model()): Promise<Gateway> {
  const gateway = await makeGateway();
  const files = gateway.files(served);
  gateway.mount(files);
  if (gatewayType === 'Envoy') containerOfEnvoy(gateway)();
  gateway.start({ GATEWAY_TYPE: gatewayType });
  await gateway.serves(files);
  return gateway;
}

/** Asks one after the other. */
async function askAll(gateway: Gateway, paths: string[], headers: Record<string, string> = {}): Promise<void> {
  for (const each of paths) await gateway.ask(each, { headers });
}

const metricsOf = async ({ ports }: Gateway): Promise<string> => (await ask(ports.status, '/metrics')).body;

/** The series of /metrics and their values, as text. */
const seriesOf = async (gateway: Gateway, metric: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    (await metricsOf(gateway))
      .split('\n')
      .filter((line) => line.startsWith(prefix + metric))
      .map((line) => [line.slice(prefix.length, line.lastIndexOf(' ')), line.slice(line.lastIndexOf(' ') + 1)]),
  );

/** Waits until so many requests are in /metrics; throws when there are more. */
async function counted(gateway: Gateway, wanted: number): Promise<void> {
  const total = await eventually(`${wanted} requests are counted`, 30, async () => {
    const values = Object.values(await seriesOf(gateway, 'requests_total')).map(Number);
    const sum = values.reduce((total, value) => total + value, 0);
    return sum >= wanted ? { value: sum } : { missing: String(sum) };
  });
  expect(total).toBe(wanted);
}

describe('a real Prometheus', () => {
  let gateway: Gateway;
  let prometheus: Prometheus;
  const asked = 1 + 9 + 1 + 4 + 2 + 2 + 1 + 1;

  beforeAll(async () => {
    gateway = await startGateway();
    prometheus = await startPrometheus(gateway.ports.status);
    await askAll(gateway, Array<string>(10).fill(path));
    await askAll(gateway, Array<string>(5).fill(`/staging${path}`));
    await askAll(gateway, [path, path], { 'X-Env': 'nowhere' });
    await askAll(gateway, ['/catalog', '/x.org/absent/@v/v1.0.0.mod', '/staging/x.org/absent/@v/v1.0.0.mod', slow]);
    await eventually('Prometheus has all requests', 30, async () => {
      const total = await prometheus.value(`sum(${prefix}requests_total)`);
      return total >= asked ? { value: true } : { missing: String(total) };
    });
  });

  test('knows exactly how many requests each environment answered, and how', async () => {
    const series = await prometheus.query(`${prefix}requests_total`);
    const rows = series.map(({ labels: { environment = '', cache = '', status = '' }, value }) =>
      [environment, cache, status, value].join(' '),
    );
    expect(rows.sort()).toEqual(
      [
        'prod MISS 200 2',
        'prod HIT 200 9',
        'prod MISS 404 1',
        'prod  403 1',
        'staging MISS 200 1',
        'staging HIT 200 4',
        'staging MISS 404 1',
        '  400 2',
      ].sort(),
    );
    expect(await prometheus.value(`${prefix}uncounted_requests_total`)).toBe(0);
  });

  test('computes the share of hits of an environment', async () => {
    const hits = `sum by (environment) (${prefix}requests_total{cache="HIT"})`;
    const ratio = `${hits} / sum by (environment) (${prefix}requests_total{cache!=""})`;
    const found = await prometheus.query(ratio);
    expect(Object.fromEntries(found.map(({ labels, value }) => [labels['environment'], value]))).toEqual({
      prod: 9 / 12,
      staging: 4 / 6,
    });
  });

  test.each(['request', 'backend'])('has a histogram of %s durations that agrees with itself', async (what) => {
    const name = `${prefix}${what}_duration_seconds`;
    const buckets = await prometheus.query(`${name}_bucket`);
    const groups = new Map<string, { le: number; value: number }[]>();
    for (const { labels, value } of buckets) {
      const { le = '', ...others } = labels;
      const key = JSON.stringify(others);
      groups.set(key, [...(groups.get(key) ?? []), { le: le === '+Inf' ? Infinity : Number(le), value }]);
    }
    expect(groups.size).toBeGreaterThan(1);
    for (const group of groups.values()) {
      const inOrder = group.sort((a, b) => a.le - b.le).map(({ value }) => value);
      expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    }
    expect(await prometheus.value(`sum(${name}_bucket{le="+Inf"} - ignoring(le) ${name}_count)`)).toBe(0);
  });

  test('sees what was slow, in the gateway and behind it', async () => {
    for (const [name, labels] of [
      ['request', 'environment="prod",cache="MISS"'],
      ['backend', 'environment="prod",cache="MISS",backend="engines"'],
    ]) {
      const metric = `${prefix}${name}_duration_seconds`;
      expect(await prometheus.value(`${metric}_count{${labels}}`)).toBe(3);
      expect(await prometheus.value(`${metric}_bucket{${labels},le="0.25"}`)).toBe(2);
      expect(await prometheus.value(`${metric}_sum{${labels}}`)).toBeGreaterThanOrEqual(slowSeconds - 0.002);
    }
    expect(await prometheus.query(`${prefix}backend_duration_seconds_count{cache="HIT"}`)).toEqual([]);
  });

  test('counts bytes, connections and reloads, and has what is served and reached', async () => {
    expect(await prometheus.value(`sum(${prefix}response_bytes_total{cache="HIT"})`)).toBeGreaterThan(13 * 100);
    expect(await prometheus.value(`${prefix}connections_accepted_total`)).toBeGreaterThan(0);
    expect(await prometheus.value(`${prefix}reloads_total`)).toBe(0);
    expect(await prometheus.value(`${prefix}config_rejected`)).toBe(0);
    const { generation, nginxVersion, envoyVersion } = await gateway.status();
    await eventually('the programs', 20, async () => {
      const info = `${prefix}info{generation="${generation}",nginx="${nginxVersion}",envoy="${envoyVersion ?? ''}"}`;
      const found = await prometheus.value(info);
      return found === 1 ? { value: true } : { missing: JSON.stringify(await prometheus.query(`${prefix}info`)) };
    });
    await eventually('both probes', 20, async () => {
      const found = await prometheus.query(`${prefix}upstream_reachable`);
      const values = found.map(({ labels, value }) => `${labels['url'] ?? ''} ${value}`).sort();
      const wanted = [`http://127.0.0.1:${engine.port} 1`, 'http://127.0.0.1:1 0'].sort();
      return values.join() === wanted.join() ? { value: true } : { missing: values.join() };
    });
  });

  test('is given what promtool finds nothing wrong with, and nothing that only the log may know', async () => {
    const text = await metricsOf(gateway);
    expect(await tryRun('promtool', ['check', 'metrics'], { input: text })).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
    expect((await ask(gateway.ports.status, '/metrics')).headers['content-type']).toContain('version=0.0.4');
    expect(text.replace(/upstream_reachable.*/g, '')).not.toMatch(/x\.org|127\.0\.0\.1|nowhere/);
  });

  test('finds in the access log which environment answered, whether the cache had it, and what the engine took', () => {
    const lines = gateway
      .log()
      .split('\n')
      .filter((line) => line.startsWith('{"time"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(asked);
    expect(lines.find((line) => line['path'] === slow)).toMatchObject({
      environment: 'prod',
      cache: 'MISS',
      status: 200,
      upstreamSeconds: expect.stringMatching(/^0\.[3-9]|^[1-9]/),
    });
    expect(lines.filter((line) => line['environment'] === 'staging' && line['cache'] === 'HIT')).toHaveLength(4);
    expect(lines.filter((line) => line['environment'] === '')).toHaveLength(2);
  });
});

describe('what was counted', () => {
  let gateway: Gateway;

  beforeEach(async () => {
    gateway = await startGateway();
  });

  test('is complete when nginx reloads in the middle', async () => {
    for (const hostname of ['a.example', 'b.example', 'c.example']) {
      const { environments, ...others } = model();
      const [prod, staging] = environments;
      if (prod === undefined || staging === undefined) throw new Error('the model has two environments');
      const files = gateway.files({ ...others, environments: [{ ...prod, hostnames: [hostname] }, staging] });
      gateway.mount(files);
      const serves = gateway.serves(files);
      await askAll(gateway, Array<string>(40).fill(path));
      await serves;
    }
    await counted(gateway, 120);
    await eventually('the reloads', 20, async () => {
      const { reloads_total: reloads = '' } = await seriesOf(gateway, 'reloads_total');
      return reloads === '3' ? { value: true } : { missing: reloads };
    });
  });

  test('goes on where it was when the container starts again', async () => {
    await askAll(gateway, [path, path, path]);
    await counted(gateway, 3);
    // What is in a buffer of nginx is lost with it: these have been written.
    for (const pid of [gateway.nginxPid(), ...gateway.workers()]) process.kill(pid, 'SIGKILL');
    await gateway.ended();
    gateway.start({ GATEWAY_TYPE: gatewayType });
    await gateway.serves(gateway.files(model()));
    await askAll(gateway, [path, path]);
    await counted(gateway, 5);
  });

  test('leaves out what would fill the volume, and says how much', async () => {
    const line = 'environment="prod",cache="HIT"|status="200"|engines|0.001|500|-\n';
    const lines = Math.ceil((17 * 1024 * 1024) / line.length);
    const large = join(gateway.folder.root, 'large');
    writeFileSync(large, line.repeat(lines));
    // In one step, as a burst would be found.
    renameSync(large, join(gateway.folder.run, 'requests.log'));
    await eventually('the requests that were not read', 30, async () => {
      const { uncounted_requests_total: dropped = '' } = await seriesOf(gateway, 'uncounted_requests_total');
      return dropped === String(lines) ? { value: true } : { missing: dropped };
    });
    await askAll(gateway, [path]);
    await counted(gateway, 1);
  });
});

test('a gateway with a canary counts its requests apart', async () => {
  const { environments, ...others } = model();
  const canary = {
    engine: { host: '127.0.0.1', port: engine.port },
    weight: 0,
    match: { header: 'X-Canary', value: '1' },
  };
  const gateway = await startGateway({
    ...others,
    environments: environments.map((environment) =>
      environment.name === 'prod' ? { ...environment, canary } : environment,
    ),
  });
  await askAll(gateway, [path, path, path]);
  await askAll(gateway, [path, path], { 'X-Canary': '1' });
  await askAll(gateway, [`/staging${path}`]);
  await counted(gateway, 6);
  expect(await seriesOf(gateway, 'requests_total')).toEqual({
    'requests_total{environment="prod",cache="MISS",variant="stable",status="200"}': '1',
    'requests_total{environment="prod",cache="HIT",variant="stable",status="200"}': '2',
    'requests_total{environment="prod",cache="MISS",variant="canary",status="200"}': '1',
    'requests_total{environment="prod",cache="HIT",variant="canary",status="200"}': '1',
    'requests_total{environment="staging",cache="MISS",variant="",status="200"}': '1',
  });
});
