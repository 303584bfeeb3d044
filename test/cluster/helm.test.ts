import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { TESTBED_IMAGES } from '../support/environment.ts';
import { helmRelease } from '../support/helm.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { kubectl, list, read } from '../support/kubectl.ts';
import { installOperator, OPERATOR_NAME, OPERATOR_NAMESPACE, operatorImage } from '../support/operatorpod.ts';
import { applyCache, clusterSuite, readyCache, downloadThrough, smallSpec } from '../support/suite.ts';
import { becomesReady } from '../support/cache.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('helm');
const NAME = 'acme';
/** Called like what `goproxycache install` makes, so there is one operator in the cluster at any time, in its usual place. */
const release = helmRelease(OPERATOR_NAME, OPERATOR_NAMESPACE);

function values(more: object = {}): object {
  const [, repository, tag] = /^(.*):([^:/]+)$/.exec(operatorImage() ?? '') ?? [];
  const { engine = '', gateway = '', envoy = '' } = TESTBED_IMAGES ?? {};
  return {
    ...(repository && { image: { repository, tag } }),
    images: { athens: engine, nginx: gateway, envoy },
    ...more,
  };
}
const spec = (more: Spec = {}): Spec => smallSpec(upstream().url, more);

interface Pod extends KubeObject {
  status: { containerStatuses?: { restartCount: number }[] };
}
/** The pods of the cache, and how often their containers were started anew: a rollout or a restart changes it. */
async function pods(): Promise<string[]> {
  const all = await list<Pod>('pods', namespace, `app.kubernetes.io/instance=${NAME}`);
  return all
    .map(({ metadata, status }) => {
      const restarts = (status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
      return `${metadata.name} ${metadata.uid} restarts ${restarts.join(' ')}`;
    })
    .sort();
}
const claim = async (): Promise<string | undefined> => (await read('pvc', `${NAME}--prod`, namespace))?.metadata.uid;

async function operatorArgs(): Promise<string[]> {
  const path = 'jsonpath={.spec.template.spec.containers[0].args}';
  return JSON.parse(
    await kubectl(['get', 'deployment', OPERATOR_NAME, '-n', OPERATOR_NAMESPACE, '-o', path]),
  ) as string[];
}

const download = () => downloadThrough(namespace, NAME);

let before: string[];
let volume: string | undefined;
beforeAll(async () => {
  await readyCache(namespace, NAME, spec());
  before = await pods();
  volume = await claim();
}, 240_000);
afterAll(async () => {
  await release.uninstall('--ignore-not-found');
  await installOperator();
}, 240_000);

test('helm install refuses what goproxycache install has made, and takes it over when it is told to', async () => {
  await expect(release.install(values())).rejects.toThrow(/exists and cannot be imported/);
  await release.install(values(), '--take-ownership');
  expect(await pods()).toEqual(before);
});

test('helm test finds the operator ready', async () => {
  expect(await release.test()).toMatch(/Phase:\s+Succeeded/);
});

test('a cache becomes ready under it', async () => {
  await readyCache(namespace, 'second', spec({ gateway: { replicas: 1 } }));
  await kubectl(['delete', 'goproxycache', 'second', '-n', namespace]);
});

test('helm upgrade changes the operator, and restarts no pod of a cache', async () => {
  await release.upgrade(values({ logLevel: 'debug' }));
  expect(await operatorArgs()).toContain('--log-level=debug');
  await readyCache(namespace, NAME, spec({ gateway: { cache: { size: '1Gi', mutableTTLSeconds: 31 } } }));
  expect(await pods()).toEqual(before);
});

test('helm rollback brings the operator back as it was, and restarts no pod of a cache', async () => {
  await release.rollback(1);
  expect(await operatorArgs()).toContain('--log-level=info');
  await readyCache(namespace, NAME, spec());
  expect(await pods()).toEqual(before);
});

test('helm uninstall takes the operator, and leaves the CRD, the caches, their volumes and pods, which serve on', async () => {
  await release.uninstall();
  for (const kind of ['deployment', 'serviceaccount', 'service', 'poddisruptionbudget'])
    expect(await list(kind, OPERATOR_NAMESPACE, `app.kubernetes.io/name=${OPERATOR_NAME}`)).toEqual([]);
  for (const kind of ['clusterrole', 'clusterrolebinding']) expect(await read(kind, OPERATOR_NAME)).toBeUndefined();
  expect(await read('goproxycache', NAME, namespace)).toBeDefined();
  expect(await claim()).toBe(volume);
  expect(await pods()).toEqual(before);
  await download();
});

test('installed again, for the namespace alone, it takes up the caches where they are', async () => {
  await applyCache(namespace, NAME, spec({ gateway: { cache: { size: '1Gi', mutableTTLSeconds: 32 } } }));
  await release.install(values({ watchNamespaces: [namespace] }));
  expect(await read('clusterrole', OPERATOR_NAME)).toBeUndefined();
  await becomesReady(namespace, NAME);
  expect(await pods()).toEqual(before);
  expect(await claim()).toBe(volume);
});

test('and their data is there: without an upstream a new client gets all of it', async () => {
  await upstream().fail({ kind: 'status', status: 503 });
  await kubectl(['delete', 'pods', '-n', namespace, '-l', 'app.kubernetes.io/component=gateway']);
  await kubectl(['rollout', 'status', `deployment/${NAME}--gateway`, '-n', namespace, '--timeout=120s']);
  // The gateway's cache went with its pods: the engine answers, from its volume.
  await download();
  await upstream().fail();
});
