import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { becomesReady, conditionBecomes } from '../support/cache.ts';
import { TESTBED_IMAGES } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { kubectl, list, read } from '../support/kubectl.ts';
import { applyCache, clusterSuite, downloadThrough, smallSpec } from '../support/suite.ts';
import type { SynthApp } from '../support/synthapp.ts';
import { synthApp } from '../support/synthapp.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('render');
const NAME = 'acme';
const spec = (): Spec => smallSpec(upstream().url);

let app: SynthApp;
const dist = (): string => join(app.folder, 'dist/dev');

beforeAll(() => {
  const { engine = '', gateway = '', envoy = '' } = TESTBED_IMAGES ?? {};
  const images = TESTBED_IMAGES && { athens: engine, nginx: gateway, envoy };
  const base = { namespace, createNamespaces: false, operator: { images }, caches: { [NAME]: spec() } };
  app = synthApp({
    'main.ts': `import { synthesize } from 'goproxycache-operator/cdk8s';
      synthesize({ base: ${JSON.stringify(base)}, stages: { dev: {} } });\n`,
  });
  expect(app.run('--render')).toMatchObject({ status: 0, stderr: '' });
});
afterAll(() => app[Symbol.dispose]());

const download = () => downloadThrough(namespace, NAME);

interface Child extends KubeObject {
  metadata: KubeObject['metadata'] & { ownerReferences?: object[] };
}
const LABEL = `app.kubernetes.io/instance=${NAME}`;
const KINDS = 'deployments,services,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets';
const children = (): Promise<Child[]> => list<Child>(KINDS, namespace, LABEL);
const claim = async (): Promise<string | undefined> => (await read('pvc', `${NAME}--prod`, namespace))?.metadata.uid;
const pods = async (): Promise<string[]> =>
  (await list('pods', namespace, LABEL)).map(({ metadata }) => metadata.name).sort();

let volume: string | undefined;
let before: string[];

test('rendered objects serve a go mod download, without a GoProxyCache', async () => {
  await kubectl(['apply', '-R', '-f', dist()]);
  for (const { metadata } of (await children()).filter(({ kind }) => kind === 'Deployment'))
    await kubectl(['rollout', 'status', `deployment/${metadata.name}`, '-n', namespace, '--timeout=120s']);
  await download();
  expect(await read('goproxycache', NAME, namespace)).toBeUndefined();
  volume = await claim();
  before = await pods();
});

test('a GoProxyCache of the same name adopts none of them and says so, and they go on serving', async () => {
  await applyCache(namespace, NAME, spec());
  const { message } = await conditionBecomes(namespace, NAME, 'Stalled', { status: 'True', reason: 'NameClash' }, 30);
  expect(message).toMatch(/acme.* exists and belongs to somebody else: delete or rename it/);
  await conditionBecomes(namespace, NAME, 'Ready', { status: 'False' }, 5);
  const adopted = [...(await children()), ...(await list<Child>('pvc', namespace, LABEL))].filter(
    ({ metadata: { ownerReferences, annotations } }) =>
      ownerReferences !== undefined || annotations?.['goproxycache.io/cache-uid'] !== undefined,
  );
  expect(adopted.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([]);
  expect(await pods()).toEqual(before);
  await download();
});

test('once they are deleted but for the volume, the cache is ready with the volume, and has its data', async () => {
  // As docs/gitops.md has it.
  const ours = `${LABEL},app.kubernetes.io/managed-by=goproxycache-operator`;
  await kubectl(['delete', `${KINDS},ingresses`, '-n', namespace, '-l', ours]);
  await upstream().fail({ kind: 'status', status: 503 });
  await becomesReady(namespace, NAME);
  expect(await claim()).toBe(volume);
  // The gateway may have started while the old Service of the engine was there; it looks its address up every few seconds.
  await eventually('a download without an upstream', 90, async () => ({ value: await download() }));
  await upstream().fail();
  expect((await children()).every(({ metadata }) => metadata.ownerReferences?.length === 1)).toBe(true);
});
