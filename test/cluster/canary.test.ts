import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { ask } from '../support/ask.ts';
import { conditionBecomes, readCache } from '../support/cache.ts';
import { TESTBED_IMAGES } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { downloadProject } from '../support/gocommand.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { list } from '../support/kubectl.ts';
import type { Reached } from '../support/reach.ts';
import { reachService } from '../support/reach.ts';
import { startSteadyClient } from '../support/steadyclient.ts';
import { applyCache, clusterSuite, readyCache, SMALL_PROJECT, smallSpec } from '../support/suite.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('canary');
const NAME = 'acme';
const HEADER = { 'X-Canary': '1' };

type Canary = NonNullable<NonNullable<Spec['environments']>[number]['canary']>;

const spec = (canary: Partial<Canary> | undefined): Spec =>
  smallSpec(upstream().url, {
    environments: [
      {
        name: 'prod',
        mirror: { to: 'staging', percent: 100 },
        ...(canary && {
          canary: {
            engine: { type: 'Athens', ...(TESTBED_IMAGES && { image: TESTBED_IMAGES.engine }) },
            match: { header: { name: 'X-Canary', value: '1' } },
            ...canary,
          },
        }),
      },
      { name: 'staging', storage: { type: 'EmptyDir', size: '1Gi' } },
    ],
  });

let gateway: Reached;
let paths: string[];
const pods = async (): Promise<string[]> => {
  const all = await list<KubeObject>('pods', namespace, `app.kubernetes.io/instance=${NAME}`);
  return all.map(({ metadata }) => metadata.name).sort();
};

/** Waits until every gateway pod serves what the latest spec asks for. */
const isServed = (): Promise<void> =>
  eventually('every gateway pod serves the wanted configuration', 60, async () => {
    const { metadata, status } = (await readCache(namespace, NAME)) ?? {};
    const { servedConfig, wantedConfig } = status?.gateway ?? {};
    const current = status?.observedGeneration === metadata?.generation && servedConfig === wantedConfig;
    return current ? { value: undefined } : { missing: `served ${servedConfig}, wanted ${wantedConfig}` };
  });

beforeAll(async () => {
  await readyCache(namespace, NAME, spec({ weight: 0 }));
  gateway = await reachService(namespace, NAME);
  await downloadProject(gateway.url, SMALL_PROJECT);
  // Of what staging is asked, too, each is there twice.
  paths = [...new Set((await upstream().requests()).map(({ path }) => path))];
});
afterAll(() => gateway.close());

const variant = async (headers: Record<string, string> = {}): Promise<string | undefined> =>
  (await ask(gateway.url, paths[0] ?? '', headers)).variant;

test('a canary of weight 0 serves who sends its header, and nobody else', async () => {
  expect(await variant()).toBe('stable');
  expect(await variant(HEADER)).toBe('canary');
});

test('a weight goes live in place, and no client loses a request', async () => {
  const before = await pods();
  const client = await startSteadyClient(gateway.url, paths);
  await client.more(100);
  await applyCache(namespace, NAME, spec({ weight: 100 }));
  await isServed();
  expect(await variant()).toBe('canary');
  await client.more(100);
  expect(await client.stop()).toMatchObject({ failed: 0 });
  expect(await pods()).toEqual(before);
});

test('a canary that cannot run is named, and costs its clients nothing', async () => {
  await applyCache(
    namespace,
    NAME,
    spec({ weight: 100, engine: { type: 'Athens', image: 'registry.invalid/athens:v0' } }),
  );
  const { message } = await conditionBecomes(
    namespace,
    NAME,
    'EnginesReady',
    { status: 'False', reason: 'ImagePullFailed' },
    60,
  );
  expect(message).toContain(`${NAME}--prod--canary`);
  await downloadProject(gateway.url, SMALL_PROJECT);
  // What no cache has, the stable engine answers.
  expect((await ask(gateway.url, '/gopkg.in/yaml.v3/@v/list')).status).toBe(200);
});

test('without its canary the environment is as before, and nothing of the canary is left', async () => {
  await readyCache(namespace, NAME, spec(undefined));
  expect(await variant(HEADER)).toBeUndefined();
  await eventually('the canary is gone', 60, async () => {
    const left = (
      await list('pods,deployments,services,networkpolicies', namespace, `app.kubernetes.io/instance=${NAME}`)
    )
      .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
      .filter((name) => name.includes('--canary'));
    return left.length === 0 ? { value: undefined } : { missing: left.join(', ') };
  });
});

test('what prod is asked, staging has', async () => {
  await upstream().forget();
  await downloadProject(`${gateway.url}/staging`, SMALL_PROJECT);
  expect(await upstream().requests()).toEqual([]);
});
