import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { load } from 'js-yaml';
import type { GoProxyCache } from '../../src/api/types.ts';
import { writesOf } from '../support/audit.ts';
import { becomesReady, conditionOf, readCache } from '../support/cache.ts';
import { CHECKOUT } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { apply, kubectl, list, read } from '../support/kubectl.ts';
import { OPERATOR_NAME, OPERATOR_NAMESPACE, OPERATOR_USER } from '../support/operatorpod.ts';
import type { Application } from './support/argocd.ts';
import { ARGOCD_NAMESPACE, argocd, becomes, describeApplication, readApplication, refresh } from './support/argocd.ts';
import { recordHealth, recordState } from './support/record.ts';
import type { Repository } from './support/repository.ts';
import { createRepository } from './support/repository.ts';
import type { CacheValues } from './support/synth.ts';
import { synth, testbedOperator } from './support/synth.ts';
import type { Watch } from './support/watch.ts';
import { watchObjects } from './support/watch.ts';

jest.setTimeout(300_000);

const NAME = 'goproxycache-prod';
const NAMESPACE = 'goproxy';
const CACHE = 'goproxy';
/** What is recorded of a state: these lines. */
const STATE = ['Sync Status', 'Health Status', 'GoProxyCache'];

let repository: Repository;
let applications: Watch<Application>;
let caches: Watch<GoProxyCache & KubeObject>;

/** What git holds of the cache; tests change it by a commit. */
const committed = {
  labels: { team: 'platform' },
  checksumDatabase: { mode: 'Disabled' },
  storage: { size: '1Gi' },
  environments: { prod: { default: true } } as Record<string, { default?: boolean }>,
  engine: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
  gateway: {
    replicas: 1,
    resources: { requests: { cpu: '20m', memory: '32Mi' } },
    cache: { size: '1Gi', mutableTTLSeconds: 30 },
  },
} satisfies CacheValues;
const file = (name: string) => join(repository.folder, 'dist/prod', name);

const write = (caches: Record<string, CacheValues>) =>
  synth(repository.folder, { base: { operator: testbedOperator(), caches }, stages: { prod: {} } });

/** Commits what synth makes of a cache, and lets Argo CD see it. Gives the revision. */
async function commit(message: string, cache: CacheValues): Promise<string> {
  await write({ [CACHE]: cache });
  const revision = await repository.commit(message);
  await refresh(NAME);
  return revision;
}

/** What is told of the Application from now on. */
function since(): () => Application[] {
  const before = applications.versions(NAME).length;
  return () => applications.versions(NAME).slice(before);
}
const states = (versions: Application[]) => [
  ...new Set(versions.map(({ status }) => `${status?.sync?.status} ${status?.health?.status}`)),
];
const outOfSync = (versions: Application[]) =>
  versions.filter(({ status }) => status?.sync?.status !== 'Synced').map(describeApplication);
const operations = (versions: Application[]) =>
  new Set(versions.flatMap(({ status }) => status?.operationState?.startedAt ?? [])).size;
const healthOfCache = ({ status }: Application) =>
  status?.resources?.find(({ kind }) => kind === 'GoProxyCache')?.health;

beforeAll(async () => {
  repository = await createRepository('gitops');
  await write({ [CACHE]: committed });
  applications = watchObjects('/apis/argoproj.io/v1alpha1/namespaces/argocd/applications');
});
afterAll(async () => {
  applications.close();
  caches?.close();
  await kubectl(['delete', 'applications.argoproj.io', NAME, '-n', ARGOCD_NAMESPACE, '--ignore-not-found']);
  await repository.close();
});

test('an Application brings the CRD, the operator and the cache, in this order, and is Healthy', async () => {
  const revision = await repository.commit('A cache for prod');
  const application = load(
    await readFile(join(CHECKOUT, 'examples/gitops/argocd/application.yaml'), 'utf8'),
  ) as KubeObject & { spec: { source: { repoURL: string } } };
  application.spec.source.repoURL = repository.url;
  await apply(application);
  await eventually('the CRD is there', 60, async () =>
    (await read('crd', 'goproxycaches.goproxycache.io')) === undefined ? { missing: 'it' } : { value: undefined },
  );
  await kubectl(['wait', '--for=condition=Established', 'crd/goproxycaches.goproxycache.io', '--timeout=30s']);
  caches = watchObjects('/apis/goproxycache.io/v1alpha1/goproxycaches');

  await becomes(NAME, { revision, health: 'Healthy' }, 240);
  await recordState('healthy', NAME, [
    ...STATE,
    'CustomResource',
    'Deployment',
    '[├└]─(Deployment|Service|ConfigMap|Network)',
  ]);

  expect(states(applications.versions(NAME)).filter((state) => state.includes('Degraded'))).toEqual([]);
  interface Conditioned {
    metadata: { creationTimestamp: string };
    status: { conditions: { type: string; lastTransitionTime: string }[] };
  }
  const crd = await read<Conditioned>('crd', 'goproxycaches.goproxycache.io');
  const operator = await read<Conditioned>('deployment', OPERATOR_NAME, OPERATOR_NAMESPACE);
  const cache = await read<Conditioned>('goproxycache', CACHE, NAMESPACE);
  const became = (object: Conditioned | undefined, type: string) =>
    object?.status.conditions.find((condition) => condition.type === type)?.lastTransitionTime ?? '';
  const order = [
    crd?.metadata.creationTimestamp ?? '',
    became(crd, 'Established'),
    operator?.metadata.creationTimestamp ?? '',
    became(operator, 'Available'),
    cache?.metadata.creationTimestamp ?? '',
    became(cache, 'Ready'),
  ];
  expect(order).toEqual(order.toSorted());
});

test('and stays Synced: hard refreshes find no difference, begin no operation, and the operator writes nothing', async () => {
  const seen = since();
  const before = await readApplication(NAME);
  const begin = new Date();
  for (let turn = 0; turn < 5; turn += 1) await refresh(NAME);
  expect(states(seen())).toEqual(['Synced Healthy']);
  const after = await readApplication(NAME);
  expect(after?.status?.operationState).toEqual(before?.status?.operationState);
  expect(after?.status?.history).toEqual(before?.status?.history);
  const writes = (await writesOf(OPERATOR_USER, begin)).filter(({ objectRef }) => objectRef?.resource !== 'leases');
  expect(writes).toEqual([]);
});

test('children carry no tracking of Argo CD and no label of the cache, so they are not its own', async () => {
  const children = (
    await list('deployments,services,configmaps,pvc,networkpolicies,pdb,serviceaccounts', NAMESPACE)
  ).filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/managed-by'] === OPERATOR_NAME);
  expect(children.length).toBeGreaterThan(8);
  expect((await read('goproxycache', CACHE, NAMESPACE))?.metadata).toMatchObject({
    labels: { team: 'platform' },
    annotations: { 'argocd.argoproj.io/tracking-id': expect.stringContaining(NAME) },
  });
  const foreign = children.flatMap(({ metadata }) => [
    ...Object.keys(metadata.annotations ?? {}).filter((key) => key.includes('argoproj')),
    ...Object.keys(metadata.labels ?? {}).filter((key) => key === 'team'),
  ]);
  expect(foreign).toEqual([]);
  const own = (await readApplication(NAME))?.status?.resources ?? [];
  expect(own.filter(({ namespace }) => namespace === NAMESPACE).map(({ kind }) => kind)).toEqual(['GoProxyCache']);
});

describe('a commit is followed, and judged', () => {
  test('a larger cache: Progressing, then Healthy', async () => {
    const seen = since();
    committed.gateway.cache.size = '2Gi';
    const revision = await commit('A larger cache for prod', committed);
    await becomes(NAME, { revision, health: 'Progressing' });
    await recordState('progressing', NAME, STATE);
    await becomes(NAME, { revision, health: 'Healthy' });
    expect(states(seen()).filter((state) => state.includes('Degraded'))).toEqual([]);
    expect((await readCache(NAMESPACE, CACHE))?.spec?.gateway?.cache?.size).toBe('2Gi');
    await becomesReady(NAMESPACE, CACHE, 1);
  });

  test('another environment, whose name is taken: Degraded, until the name is free, then Healthy', async () => {
    const taken = `${CACHE}--dev`;
    await apply(
      { apiVersion: 'v1', kind: 'Service', metadata: { name: taken }, spec: { ports: [{ port: 80 }] } },
      NAMESPACE,
    );
    committed.environments['dev'] = {};
    const revision = await commit('An environment dev', committed);
    const application = await becomes(NAME, { revision, health: 'Degraded' });
    expect(healthOfCache(application)?.message).toMatch(`Service ${taken} exists and belongs to somebody else`);
    await kubectl(['delete', 'service', taken, '-n', NAMESPACE]);
    await becomes(NAME, { revision, health: 'Healthy' });
    expect(await read('deployment', taken, NAMESPACE)).toBeDefined();
  });

  test('an image that does not exist: Degraded, with the message of the cache', async () => {
    const revision = await commit('A newer engine', {
      ...committed,
      engine: { ...committed.engine, image: 'registry.invalid/athens:v9' },
    });
    const application = await becomes(NAME, { revision, health: 'Degraded' });
    expect(healthOfCache(application)?.message).toMatch(/registry\.invalid.*check the name of the image/);
    const told = caches.versions(CACHE).map((cache) => conditionOf(cache, 'Ready')?.message);
    expect(told).toContain(healthOfCache(application)?.message);
    await recordState('degraded', NAME, STATE);
  });

  test('the image of before: Healthy again', async () => {
    const revision = await commit('The engine of before', committed);
    await becomes(NAME, { revision, health: 'Healthy' });
  });

  test('paused: Suspended, and not paused any more: Healthy', async () => {
    const paused = await commit('Pause', { ...committed, paused: true });
    const application = await becomes(NAME, { revision: paused, health: 'Suspended' });
    expect(healthOfCache(application)?.message).toMatch(/^spec\.paused is true/);
    await recordState('suspended', NAME, STATE);
    const resumed = await commit('Go on', committed);
    await becomes(NAME, { revision: resumed, health: 'Healthy' });
  });

  test('a spec that the cluster refuses: the sync fails with the sentence of the rule, and the next commit mends it', async () => {
    const name = file(`2-GoProxyCache.${CACHE}.yaml`);
    const text = await readFile(name, 'utf8');
    await writeFile(name, text.replace('- name: dev', '- name: dev\n      replicas: 2'));
    const revision = await repository.commit('Two engines for dev');
    await refresh(NAME);
    await eventually('the Application tells the sentence', 60, async () => {
      const { status } = (await readApplication(NAME)) ?? {};
      const told = JSON.stringify([status?.operationState?.message, status?.conditions]);
      return status?.sync?.revision === revision && told.includes('replicas can be 0 or 1')
        ? { value: undefined }
        : { missing: told };
    });
    await recordState('refused', NAME, [...STATE, 'ComparisonError']);
    expect((await readCache(NAMESPACE, CACHE))?.spec?.environments?.[1]?.replicas).toBeUndefined();
    await becomesReady(NAMESPACE, CACHE, 1);
    await becomes(NAME, { revision: await commit('One engine for dev', committed), health: 'Healthy' });
  });
});

describe('what is changed by hand', () => {
  test('in the cache: Argo CD puts it back', async () => {
    const ttl = async () => (await readCache(NAMESPACE, CACHE))?.spec?.gateway?.cache?.mutableTTLSeconds;
    const patch = { spec: { gateway: { cache: { mutableTTLSeconds: 60 } } } };
    await kubectl(['patch', 'gpc', CACHE, '-n', NAMESPACE, '--type=merge', '-p', JSON.stringify(patch)]);
    await eventually('the value is as in git', 60, async () => {
      const value = await ttl();
      return value === 30 ? { value: undefined } : { missing: String(value) };
    });
    await becomes(NAME, { health: 'Healthy' });
  });

  test('in a child: the operator puts it back, and Argo CD sees no difference', async () => {
    await refresh(NAME);
    const seen = since();
    const before = await read('deployment', `${CACHE}--gateway`, NAMESPACE);
    await kubectl(['delete', 'deployment', `${CACHE}--gateway`, '-n', NAMESPACE]);
    await eventually('the Deployment is back', 30, async () => {
      const uid = (await read('deployment', `${CACHE}--gateway`, NAMESPACE))?.metadata.uid;
      return uid !== undefined && uid !== before?.metadata.uid ? { value: undefined } : { missing: String(uid) };
    });
    await becomesReady(NAMESPACE, CACHE);
    await refresh(NAME);
    await becomes(NAME, { health: 'Healthy' });
    expect(outOfSync(seen())).toEqual([]);
    expect(operations(seen())).toBeLessThanOrEqual(1);
  });

  test('by an autoscaler: its number of replicas stays, since git names none', async () => {
    const { resources, cache } = committed.gateway;
    const revision = await commit('An autoscaler says how many', {
      ...committed,
      gateway: { resources, cache },
    });
    await becomes(NAME, { revision, health: 'Healthy' });
    const replicas = async () => (await readCache(NAMESPACE, CACHE))?.spec?.gateway?.replicas;
    expect(await replicas()).toBe(2);
    const scale = ['patch', 'gpc', CACHE, '-n', NAMESPACE, '--subresource=scale', '--type=merge'];
    await kubectl([...scale, '--field-manager=kube-controller-manager', '-p', '{"spec":{"replicas":1}}']);
    await becomesReady(NAMESPACE, CACHE);
    const seen = since();
    await refresh(NAME);
    expect(outOfSync(seen())).toEqual([]);
    expect(await replicas()).toBe(1);
  });

  test('by the actions pause and resume: Suspended and Healthy, and git is not asked', async () => {
    const run = (action: string) => argocd('app', 'actions', 'run', NAME, action, '--kind', 'GoProxyCache');
    await run('pause');
    await becomes(NAME, { health: 'Suspended' });
    await refresh(NAME);
    await becomes(NAME, { health: 'Suspended' });
    await run('resume');
    await becomes(NAME, { health: 'Healthy' });
  });
});

test('a cache that leaves git is pruned with its children, and its volumes stay', async () => {
  const claims = (await list('pvc', NAMESPACE)).map(({ metadata }) => metadata.uid);
  expect(claims.length).toBe(2);
  await write({});
  const revision = await repository.commit('No cache any more');
  await refresh(NAME);
  await becomes(NAME, { revision, health: 'Healthy' });
  await eventually('the children are gone', 60, async () => {
    const left = await list('deployments,services', NAMESPACE);
    return left.length === 0 ? { value: undefined } : { missing: left.map(({ metadata }) => metadata.name).join() };
  });
  expect((await list('pvc', NAMESPACE)).map(({ metadata }) => metadata.uid)).toEqual(claims);
});

test('the cache was seen in every state that health.lua is tested with', async () => {
  const versions = caches.versions(CACHE);
  const ready = ({ status }: GoProxyCache) => status?.conditions?.find(({ type }) => type === 'Ready');
  const judged = (cache: GoProxyCache) => cache.status?.observedGeneration === cache.metadata.generation;
  const first = (what: string, fits: (cache: GoProxyCache) => boolean) => {
    const found = versions.find(fits);
    if (found === undefined) throw new Error(`no version of the cache was seen that is ${what}`);
    return found;
  };
  await recordHealth({
    new: first('new', ({ status }) => status === undefined),
    changed: first('changed', (cache) => cache.status !== undefined && !judged(cache)),
    starting: first('starting', (cache) => judged(cache) && ready(cache)?.reason === 'Progressing'),
    serving: first('serving', (cache) => judged(cache) && ready(cache)?.status === 'True'),
    clash: first('stalled', (cache) => judged(cache) && ready(cache)?.reason === 'NameClash'),
    image: first('degraded', (cache) => judged(cache) && ready(cache)?.reason === 'Degraded'),
    paused: first('paused', (cache) => judged(cache) && cache.spec?.paused === true),
  });
});
