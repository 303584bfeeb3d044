import { beforeAll, expect, jest, test } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { eventually } from '../support/eventually.ts';
import { downloadProject } from '../support/gocommand.ts';
import { kubectl, list } from '../support/kubectl.ts';
import { reachService } from '../support/reach.ts';
import { clusterSuite, readyCache, SMALL_PROJECT, smallSpec } from '../support/suite.ts';

jest.setTimeout(300_000);

const { namespace, upstream } = clusterSuite('deletion');
const NAME = 'acme';
const KINDS =
  'pods,deployments,replicasets,services,configmaps,persistentvolumeclaims,serviceaccounts,networkpolicies,poddisruptionbudgets,ingresses';

const spec = (): Spec =>
  smallSpec(upstream().url, {
    exposure: { ingress: {} },
    environments: [{ name: 'prod' }, { name: 'dev', storage: { size: '1Gi', retentionPolicy: 'Delete' } }],
  });

/** Everything with the labels of the cache, as `Kind/name`. */
async function objects(): Promise<string[]> {
  const all = await list(KINDS, namespace, `app.kubernetes.io/instance=${NAME}`);
  return all.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort();
}

async function deleteCache(): Promise<void> {
  await kubectl(['delete', 'goproxycache', NAME, '-n', namespace]);
}

const remain = (wanted: string[]): Promise<string[]> =>
  eventually(`only ${wanted.join(', ') || 'nothing'} remains`, 120, async () => {
    const left = await objects();
    return left.join() === wanted.join() ? { value: left } : { missing: left.join(', ') };
  });

beforeAll(() => readyCache(namespace, NAME, spec()), 240_000);

test('deleting a cache leaves nothing but the volumes that are retained', async () => {
  const gateway = await reachService(namespace, NAME);
  await downloadProject(gateway.url, SMALL_PROJECT);
  await gateway.close();
  expect((await objects()).length).toBeGreaterThan(15);

  await deleteCache();
  expect(await remain([`PersistentVolumeClaim/${NAME}--prod`])).toHaveLength(1);
});

test('made again, it serves the old versions without asking the upstream', async () => {
  await upstream().fail({ kind: 'status', status: 503 });
  await upstream().forget();
  await readyCache(namespace, NAME, spec());
  const gateway = await reachService(namespace, NAME);
  try {
    await downloadProject(gateway.url, SMALL_PROJECT);
    expect(await upstream().requests()).toEqual([]);
  } finally {
    await gateway.close();
    await upstream().fail();
  }
});

test('an environment that is taken out of the spec goes, and its retained volume stays', async () => {
  await readyCache(namespace, NAME, { ...spec(), environments: [{ name: 'team' }] });
  await eventually('the objects of the other environments are gone', 120, async () => {
    const left = (await objects()).filter((object) => /--(?:prod|dev)/.test(object));
    return left.join() === `PersistentVolumeClaim/${NAME}--prod` ? { value: undefined } : { missing: left.join(', ') };
  });
});

test('volumes go with the cache once their retention is Delete', async () => {
  const storage = { size: '1Gi', retentionPolicy: 'Delete' } as const;
  await readyCache(namespace, NAME, { ...spec(), storage, environments: [{ name: 'prod' }, { name: 'team' }] });
  await deleteCache();
  expect(await remain([])).toEqual([]);
});
