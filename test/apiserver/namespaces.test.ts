import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { GoProxyCache } from '../../src/api/types.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/paths.ts';
import { access } from './support/access.ts';
import type { Harness } from './support/harness.ts';
import { cache, startHarness, until } from './support/harness.ts';
import type { RunningOperator } from './support/operator.ts';
import { startOperator } from './support/operator.ts';

const WATCHED = ['team-a', 'team-b'];
const OTHER = 'team-c';

/** With the rights that `goproxycache install --watch-namespace` gives: Roles only. */
let harness: Harness;
let operator: RunningOperator;
beforeAll(async () => {
  harness = await startHarness();
  for (const name of [...WATCHED, OTHER]) {
    await harness.client.create(resources.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await harness.client.create(resources.GoProxyCache, cache('acme', {}, name));
  }
  const { kubeconfigPath } = await access(harness, { watchNamespaces: WATCHED });
  operator = await startOperator(kubeconfigPath, [
    ...WATCHED.map((namespace) => `--watch-namespace=${namespace}`),
    '--leader-election',
    '--leader-election-namespace=goproxycache-system',
  ]);
}, 120_000);
afterAll(async () => {
  await operator.stop();
  await harness.stop();
});

const read = (namespace: string) =>
  harness.client.find<GoProxyCache & KubeObject>(resources.GoProxyCache, { namespace, name: 'acme' });
const deployments = async (namespace: string) =>
  (await harness.client.list(resources.Deployment, { namespace })).items.map(({ metadata }) => metadata.name).sort();

describe('an operator of some namespaces, without a right on the cluster', () => {
  test.each(WATCHED)('keeps the caches of %s', async (namespace) => {
    await until('there is a status', async () => (await read(namespace))?.status?.observedGeneration === 1);
    expect(await deployments(namespace)).toEqual(['acme--gateway', 'acme--prod']);
  });

  test.each(WATCHED)('repairs what somebody changes in %s', async (namespace) => {
    const ref = { namespace, name: 'acme' };
    const uid = (await harness.client.get<KubeObject>(resources.Service, ref)).metadata.uid ?? '';
    await harness.client.remove(resources.Service, ref, { uid });
    await until('it is back', async () => {
      const live = await harness.client.find(resources.Service, ref);
      return live !== undefined && live.metadata.uid !== uid;
    });
  });

  test('says of a volume that waits no more than it knows', async () => {
    const [namespace = ''] = WATCHED;
    const storage = (await read(namespace))?.status?.conditions?.find(({ type }) => type === 'StorageReady');
    expect(storage).toMatchObject({
      reason: 'ClaimPending',
      message: expect.stringContaining('may not read StorageClasses'),
    });
  });

  test('leaves the caches of other namespaces alone', async () => {
    expect([(await read(OTHER))?.status, await deployments(OTHER)]).toEqual([undefined, []]);
  });

  test('was never denied anything, so it asks for nothing beyond its namespaces', async () => {
    expect(await operator.metric('rest_client_requests_total', (labels) => labels.includes('code="403"'))).toBe(0);
    expect(
      await operator.metric('rest_client_requests_total', (labels) => labels.includes('code="200"')),
    ).toBeGreaterThan(0);
  });
});
