import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { accessLog, observePass } from '../support/accesslog.ts';
import { ask } from '../support/ask.ts';
import { applyCache, clusterSuite, readyCache, SMALL_PROJECT, smallSpec } from '../support/suite.ts';
import { becomesReady, conditionBecomes, readCache } from '../support/cache.ts';
import { EXISTING_CLUSTER } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { downloadProject } from '../support/gocommand.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { kubectl, list } from '../support/kubectl.ts';
import type { Reached } from '../support/reach.ts';
import { reachService } from '../support/reach.ts';
import type { SteadyClient } from '../support/steadyclient.ts';
import { startSteadyClient } from '../support/steadyclient.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('serving');
const NAME = 'acme';
const HOST = 'staging.goproxy.example.com';
const INFO = '/github.com/goccy/go-json/@v/v0.10.2.info';

const spec = (more: Spec = {}): Spec =>
  smallSpec(upstream().url, {
    environments: [{ name: 'prod', default: true }, { name: 'staging', hostnames: [HOST] }, { name: 'dev' }],
    ...more,
    gateway: { routing: { onUnknown: 'Reject' }, ...more.gateway },
  });

let gateway: Reached;
/** What a download of the project asks for: files that never change. */
let paths: string[];
const running: SteadyClient[] = [];

beforeAll(async () => {
  await readyCache(namespace, NAME, spec());
  gateway = await reachService(namespace, NAME);
  await upstream().forget();
  await downloadProject(upstream().clientUrl, SMALL_PROJECT);
  paths = (await upstream().requests()).map(({ path }) => path);
});
afterAll(async () => {
  for (const client of running) await client.stop();
  await gateway.close();
});

interface Pod extends KubeObject {
  status: { phase: string; conditions?: { type: string; status: string }[] };
}
const pods = (component: string): Promise<Pod[]> =>
  list<Pod>('pods', namespace, `app.kubernetes.io/instance=${NAME},app.kubernetes.io/component=${component}`);
const names = (objects: KubeObject[]): string[] => objects.map(({ metadata }) => metadata.name).sort();

/** Runs something while a Go client asks for cached files all the time, and gives the requests that failed. */
async function underLoad(
  work: () => Promise<unknown>,
): Promise<{ requests: number; failed: number; failures?: string[] }> {
  const client = await startSteadyClient(gateway.url, paths);
  running.push(client);
  await client.more(100);
  await work();
  await client.more(100);
  running.splice(running.indexOf(client), 1);
  return client.stop();
}
const NO_FAILURE = { failed: 0 };

/** Ready says that the new pods serve. Those of before still answer clients that know them, and end with their caches. */
const oldGatewayPodsAreGone = (): Promise<void> =>
  eventually('the old gateway pods are gone', 120, async () => {
    const all = names(await pods('gateway'));
    return all.length === 2 ? { value: undefined } : { missing: all.join(', ') };
  });

test('a namespace that enforces Pod Security restricted admits every pod', async () => {
  expect((await pods('engine')).map(({ status }) => status.phase)).toEqual(['Running', 'Running', 'Running']);
  expect((await pods('gateway')).map(({ status }) => status.phase)).toEqual(['Running', 'Running']);
});

describe('a request reaches the environment', () => {
  test.each([
    { what: 'that is the default one, when it names none', path: INFO, headers: {}, environment: 'prod' },
    { what: 'whose name is the prefix of the path', path: `/staging${INFO}`, headers: {}, environment: 'staging' },
    { what: 'whose host name it asks', path: INFO, headers: { Host: HOST }, environment: 'staging' },
    { what: 'that X-Env names', path: INFO, headers: { 'X-Env': 'dev' }, environment: 'dev' },
    {
      what: 'that prefix, host name and X-Env agree on',
      path: `/staging${INFO}`,
      headers: { Host: HOST, 'X-Env': 'staging' },
      environment: 'staging',
    },
  ])('$what', async ({ path, headers, environment }) => {
    expect(await ask(gateway.url, path, headers)).toMatchObject({ status: 200, environment });
  });

  test.each([
    { what: 'prefix and X-Env', path: `/dev${INFO}`, headers: { 'X-Env': 'staging' } },
    { what: 'host name and X-Env', path: INFO, headers: { Host: HOST, 'X-Env': 'dev' } },
  ])('never, when $what disagree', async ({ path, headers }) => {
    expect(await ask(gateway.url, path, headers)).toMatchObject({ status: 400 });
  });

  test('never, when X-Env names none and onUnknown is Reject', async () => {
    const answer = await ask(gateway.url, INFO, { 'X-Env': 'prdo' });
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.body).toMatch(/X-Env/);
  });
});

test.each([
  { environment: 'default', prefix: '' },
  { environment: 'staging', prefix: '/staging' },
])('a second download in the $environment environment is answered from the cache alone', async ({ prefix }) => {
  await downloadProject(gateway.url + prefix, SMALL_PROJECT);
  await upstream().forget();
  const pass = await observePass(namespace, NAME, () => downloadProject(gateway.url + prefix, SMALL_PROJECT));
  expect(pass).toMatchObject({ hitRatio: 1, immutable: paths.length });
  expect(await upstream().requests()).toEqual([]);
});

test('the metrics of the gateway pods count what their access logs have, before and after nginx has opened its logs anew', async () => {
  const counted = async (): Promise<number> => {
    const texts = await Promise.all(
      (await pods('gateway')).map(({ metadata: { name } }) =>
        kubectl(['exec', '-n', namespace, name, '-c', 'gateway', '--', 'curl', '-s', 'http://127.0.0.1:8081/metrics']),
      ),
    );
    const values = texts.join('').matchAll(/^goproxycache_gateway_requests_total\{.*\} (\d+)$/gm);
    return [...values].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  // A request is counted when its log has been taken away: the second round is logged into the one that was opened then.
  for (let round = 0; round < 2; round += 1) {
    const before = (await accessLog(namespace, NAME)).length;
    for (let request = 0; request < 5; request += 1) await ask(gateway.url, INFO);
    await eventually('all requests are logged and counted', 60, async () => {
      const [lines, requests] = [(await accessLog(namespace, NAME)).length, await counted()];
      const done = lines >= before + 5 && lines === requests;
      return done ? { value: true } : { missing: `${lines} lines, ${requests} counted` };
    });
  }
});

test('killing the engine during a warm download loses no request', async () => {
  await downloadProject(gateway.url, SMALL_PROJECT);
  const [before] = await pods('engine').then((all) =>
    all.filter(({ metadata }) => metadata.name.startsWith(`${NAME}--prod`)),
  );
  const seen = await underLoad(async () => {
    const kill = [
      'delete',
      'pod',
      before?.metadata.name ?? '',
      '-n',
      namespace,
      '--grace-period=0',
      '--force',
      '--wait=false',
    ];
    await Promise.all([kubectl(kill), downloadProject(gateway.url, SMALL_PROJECT)]);
    await conditionBecomes(namespace, NAME, 'EnginesReady', { status: 'False' }, 30);
    await downloadProject(gateway.url, SMALL_PROJECT);
    await becomesReady(namespace, NAME);
  });
  expect(seen).toMatchObject(NO_FAILURE);
});

test('a change of routing is taken up in place, with no failed request and no new pod', async () => {
  const before = names(await pods('gateway'));
  const served = (await readCache(namespace, NAME))?.status?.gateway?.servedConfig;
  const seen = await underLoad(async () => {
    await applyCache(namespace, NAME, spec({ gateway: { cache: { size: '1Gi', mutableTTLSeconds: 31 } } }));
    await eventually('every gateway pod serves the new configuration', 60, async () => {
      const { servedConfig, wantedConfig } = (await readCache(namespace, NAME))?.status?.gateway ?? {};
      const taken = servedConfig !== served && servedConfig === wantedConfig;
      return taken ? { value: undefined } : { missing: `served ${servedConfig}, wanted ${wantedConfig}` };
    });
  });
  expect(seen).toMatchObject(NO_FAILURE);
  expect(names(await pods('gateway'))).toEqual(before);
});

// On a cluster of the user's own the client comes through a port-forward, which ends with its pod.
(EXISTING_CLUSTER ? test.skip : test)('a rolling update of the gateway fails no request', async () => {
  const before = names(await pods('gateway'));
  const seen = await underLoad(async () => {
    await applyCache(namespace, NAME, spec({ gateway: { resources: { requests: { cpu: '21m', memory: '32Mi' } } } }));
    await becomesReady(namespace, NAME);
    await oldGatewayPodsAreGone();
  });
  expect(seen).toMatchObject(NO_FAILURE);
  expect(names(await pods('gateway')).filter((name) => before.includes(name))).toEqual([]);
});

test('an environment with replicas 0 has no engine, serves what is cached, and comes back', async () => {
  await readyCache(namespace, NAME, spec());
  await oldGatewayPodsAreGone();
  await downloadProject(`${gateway.url}/dev`, SMALL_PROJECT);
  const environments: Spec['environments'] = [
    { name: 'prod', default: true },
    { name: 'staging', hostnames: [HOST] },
    { name: 'dev', replicas: 0 },
  ];
  await readyCache(namespace, NAME, { ...spec(), environments });
  await eventually('the engine of dev is gone', 60, async () => {
    const left = names(await pods('engine')).filter((name) => name.startsWith(`${NAME}--dev`));
    return left.length === 0 ? { value: undefined } : { missing: left.join(', ') };
  });
  await downloadProject(`${gateway.url}/dev`, SMALL_PROJECT);
  expect((await ask(gateway.url, '/dev/gopkg.in/check.v1/@v/v0.0.1.info')).status).toBeGreaterThanOrEqual(500);

  await readyCache(namespace, NAME, spec());
  expect(names(await pods('engine')).filter((name) => name.startsWith(`${NAME}--dev`))).toHaveLength(1);
});
