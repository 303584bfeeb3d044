import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { load } from 'js-yaml';
import { readCache } from '../support/cache.ts';
import { CHECKOUT } from '../support/environment.ts';
import type { KubeObject } from '../support/kubectl.ts';
import { apply, kubectl, list, read } from '../support/kubectl.ts';
import { ARGOCD_NAMESPACE, becomes, readApplication, refresh } from './support/argocd.ts';
import type { Repository } from './support/repository.ts';
import { createRepository } from './support/repository.ts';
import { synth, testbedOperator } from './support/synth.ts';

jest.setTimeout(300_000);

const STAGES = ['dev', 'staging', 'prod'] as const;
type StageName = (typeof STAGES)[number];
const CACHE = 'goproxy';
const application = (stage: StageName) => `goproxycache-${stage}`;
const namespace = (stage: StageName) => `goproxy-${stage}`;

let repository: Repository;

beforeAll(async () => {
  repository = await createRepository('stages');
});
afterAll(() => repository.close());

/** Commits three stages, whose caches differ by one value. They are on one cluster: one stage alone brings the operator. */
async function commit(message: string, ttls: Record<StageName, number>): Promise<string> {
  const of = (stage: StageName) => ({
    namespace: namespace(stage),
    ...(stage !== 'prod' && { operator: false as const }),
    caches: { [CACHE]: { gateway: { cache: { mutableTTLSeconds: ttls[stage] } } } },
  });
  await synth(repository.folder, {
    base: {
      operator: testbedOperator(),
      caches: {
        [CACHE]: {
          checksumDatabase: { mode: 'Disabled' },
          storage: { size: '1Gi' },
          engine: { resources: { requests: { cpu: '20m', memory: '64Mi' } } },
          gateway: { replicas: 1, resources: { requests: { cpu: '20m', memory: '32Mi' } } },
        },
      },
    },
    stages: { dev: of('dev'), staging: of('staging'), prod: of('prod') },
  });
  return repository.commit(message);
}

interface ApplicationSet extends KubeObject {
  spec: {
    generators: { list: { elements: Record<string, string>[] } }[];
    template: { spec: { source: { repoURL: string } } };
  };
}

/** The example's ApplicationSet, with all stages on the one cluster that there is. */
async function exampleOnOneCluster(): Promise<ApplicationSet> {
  const text = await readFile(join(CHECKOUT, 'examples/gitops/argocd/applicationset.yaml'), 'utf8');
  const set = load(text) as ApplicationSet;
  for (const element of set.spec.generators.flatMap(({ list }) => list.elements))
    element['cluster'] = 'https://kubernetes.default.svc';
  set.spec.template.spec.source.repoURL = repository.url;
  return set;
}

test('an ApplicationSet makes one Application a stage, and all become Healthy', async () => {
  const revision = await commit('Three stages', { dev: 30, staging: 30, prod: 30 });
  await apply(await exampleOnOneCluster());
  for (const stage of STAGES) await becomes(application(stage), { revision, health: 'Healthy' }, 240);
});

test('a value that moves in one stage moves there alone', async () => {
  const before = await Promise.all(STAGES.map((stage) => readApplication(application(stage))));
  const revision = await commit('A shorter life of lists in dev', { dev: 10, staging: 30, prod: 30 });
  for (const stage of STAGES) await refresh(application(stage));
  for (const stage of STAGES) await becomes(application(stage), { revision, health: 'Healthy' });
  const ttl = async (stage: StageName) =>
    (await readCache(namespace(stage), CACHE))?.spec?.gateway?.cache?.mutableTTLSeconds;
  expect(await Promise.all(STAGES.map(ttl))).toEqual([10, 30, 30]);
  const after = await Promise.all(STAGES.map((stage) => readApplication(application(stage))));
  const began = STAGES.filter(
    (_, index) => before[index]?.status?.operationState?.startedAt !== after[index]?.status?.operationState?.startedAt,
  );
  expect(began).toEqual(['dev']);
});

test('who deletes the ApplicationSet deletes no cache', async () => {
  const uid = async (stage: StageName) => (await read('goproxycache', CACHE, namespace(stage)))?.metadata.uid;
  const before = await Promise.all(STAGES.map(uid));
  await kubectl(['delete', 'applicationset', 'goproxycache', '-n', ARGOCD_NAMESPACE, '--cascade=foreground']);
  expect(await list('applications.argoproj.io', ARGOCD_NAMESPACE)).toEqual([]);
  expect(await Promise.all(STAGES.map(uid))).toEqual(before);
});
