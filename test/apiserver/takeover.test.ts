import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { load } from 'js-yaml';
import type { GoProxyCache } from '../../src/api/types.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resourceOf, resources } from '../../src/kube/paths.ts';
import type { SynthApp } from '../support/synthapp.ts';
import { synthApp } from '../support/synthapp.ts';
import type { Harness } from './support/harness.ts';
import { startHarness, until } from './support/harness.ts';
import type { RunningOperator } from './support/operator.ts';
import { startOperator } from './support/operator.ts';

jest.setTimeout(60_000);

/** The path of docs/gitops.md, "Render mode": a rendered cache, then an operator, then the cache is handed over. */
let user: SynthApp;
let harness: Harness;
let operator: RunningOperator;
beforeAll(async () => {
  user = synthApp({
    'main.ts': `import { synthesize } from 'goproxycache-operator/cdk8s';
      synthesize({ base: { operator: false, caches: { goproxy: { environments: { ci: { default: true }, release: {} } } } }, stages: { prod: {} } });`,
  });
  expect(user.run('--output', 'rendered', '--render')).toMatchObject({ status: 0 });
  expect(user.run()).toMatchObject({ status: 0 });
  harness = await startHarness({ controllers: true });
  operator = await startOperator(harness.kubeconfigPath);
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await harness.stop();
  user[Symbol.dispose]();
});

const rendered = (): KubeObject[] => Object.values(user.files('rendered/prod')).map((text) => load(text) as KubeObject);
const children = () => rendered().filter(({ kind }) => kind !== 'Namespace');
const live = async () => {
  const found = await Promise.all(children().map((object) => harness.client.find(resourceOf(object), object.metadata)));
  return found.map((object) => ({
    key: `${object?.kind} ${object?.metadata.name}`,
    uid: object?.metadata.uid,
    owner: object?.metadata.ownerReferences?.[0]?.kind,
  }));
};
const isClaim = ({ key }: { key: string }) => key.startsWith('PersistentVolumeClaim');
const stalled = async () => {
  const where = { namespace: 'goproxy', name: 'goproxy' };
  const cache = await harness.client.find<GoProxyCache & KubeObject>(resources.GoProxyCache, where);
  return cache?.status?.conditions?.find(({ type }) => type === 'Stalled');
};

/** The command of the docs, so that it is the one that works. */
function documented(): string[] {
  const docs = readFileSync(join(import.meta.dirname, '../../docs/gitops.md'), 'utf8');
  const [, command = ''] = /^kubectl (-n goproxy delete .*\\\n.*)$/m.exec(docs) ?? [];
  return command.split(/[\s\\]+/);
}

test('a rendered cache is left alone by an operator that comes later, until it is handed over; volumes stay', async () => {
  await harness.kubectl(['apply', '--server-side', '-R', '-f', join(user.folder, 'rendered')]);
  const before = await live();
  expect(before.map(({ uid }) => typeof uid)).toEqual(before.map(() => 'string'));
  expect(before.filter(isClaim)).toHaveLength(2);

  await harness.kubectl(['apply', '--server-side', '-f', join(user.folder, 'dist/prod/2-GoProxyCache.goproxy.yaml')]);
  await until('the clash is told', async () => (await stalled())?.reason === 'NameClash');
  expect((await stalled())?.message).toContain('goproxy');
  expect(await live()).toEqual(before);

  await harness.kubectl(documented());
  await until('the operator has made its own', async () =>
    (await live()).every((child) => isClaim(child) || child.owner === 'GoProxyCache'),
  );
  await until('the clash is over', async () => (await stalled())?.status !== 'True');
  const after = await live();
  expect(after.filter(isClaim)).toEqual(before.filter(isClaim));
  expect(after.map(({ key }) => key)).toEqual(before.map(({ key }) => key));
});
