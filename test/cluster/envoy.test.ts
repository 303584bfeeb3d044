import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { ask } from '../support/ask.ts';
import { becomesReady } from '../support/cache.ts';
import { EXISTING_CLUSTER } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { downloadProject } from '../support/gocommand.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { list } from '../support/kubectl.ts';
import type { Reached } from '../support/reach.ts';
import { reachService } from '../support/reach.ts';
import { startSteadyClient } from '../support/steadyclient.ts';
import { applyCache, clusterSuite, readyCache, SMALL_PROJECT, smallSpec } from '../support/suite.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('envoy');
const NAME = 'acme';

const spec = (type: 'Nginx' | 'Envoy'): Spec =>
  smallSpec(upstream().url, {
    environments: [{ name: 'prod' }, { name: 'dev' }],
    gateway: {
      type,
      ...(type === 'Envoy' && { envoy: { resources: { requests: { cpu: '20m', memory: '64Mi' } } } }),
    },
  });

interface Pod extends KubeObject {
  spec: { containers: { name: string }[] };
}
/** The containers of each gateway pod that is there, those that are ending included. */
const programs = async (): Promise<string[]> => {
  const pods = await list<Pod>(
    'pods',
    namespace,
    `app.kubernetes.io/instance=${NAME},app.kubernetes.io/component=gateway`,
  );
  return pods.map(({ spec }) => spec.containers.map(({ name }) => name).join('+'));
};

let gateway: Reached;
let paths: string[];

beforeAll(async () => {
  await readyCache(namespace, NAME, spec('Envoy'));
  gateway = await reachService(namespace, NAME);
  await downloadProject(gateway.url, SMALL_PROJECT);
  paths = (await upstream().requests()).map(({ path }) => path);
});
afterAll(() => gateway.close());

test('a gateway of type Envoy serves the go command in a namespace of Pod Security restricted, by environment', async () => {
  await downloadProject(`${gateway.url}/dev`, SMALL_PROJECT);
  expect(await programs()).toEqual(['gateway+envoy', 'gateway+envoy']);
  const [path = ''] = paths;
  expect(await ask(gateway.url, path, { 'X-Env': 'dev' })).toMatchObject({ status: 200, environment: 'dev' });
  expect(await ask(gateway.url, `/dev${path}`, { 'X-Env': 'prod' })).toMatchObject({ status: 400 });
});

// On a cluster of the user's own the client comes through a port-forward, which ends with its pod.
(EXISTING_CLUSTER ? test.skip : test).each(['Nginx', 'Envoy'] as const)(
  'a switch to type %s loses no request of a go client',
  async (type) => {
    const wanted = type === 'Envoy' ? 'gateway+envoy' : 'gateway';
    const client = await startSteadyClient(gateway.url, paths);
    await client.more(100);
    await applyCache(namespace, NAME, spec(type));
    await becomesReady(namespace, NAME);
    // Ready says that the new pods serve; the old ones still have to hand over their connections.
    await eventually('the pods of the type before are gone', 180, async () => {
      const there = await programs();
      return there.every((program) => program === wanted) ? { value: undefined } : { missing: there.join(', ') };
    });
    await client.more(100);
    expect(await client.stop()).toMatchObject({ failed: 0 });
    // The new pods had nothing; the engine has everything.
    await upstream().forget();
    await downloadProject(gateway.url, SMALL_PROJECT);
    expect(await upstream().requests()).toEqual([]);
  },
);
