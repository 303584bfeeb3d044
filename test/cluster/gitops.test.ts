import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { becomesReady } from '../support/cache.ts';
import { TESTBED_IMAGES } from '../support/environment.ts';
import { kubectl, read } from '../support/kubectl.ts';
import {
  crdEstablished,
  installOperator,
  OPERATOR_NAME,
  OPERATOR_NAMESPACE,
  operatorImage,
} from '../support/operatorpod.ts';
import { clusterSuite, downloadThrough } from '../support/suite.ts';
import type { UserRepository } from '../support/userrepository.ts';
import { userRepository } from '../support/userrepository.ts';

jest.setTimeout(300_000);

const { upstream } = clusterSuite('gitops');
/** Where the example has its caches. */
const NAMESPACE = 'goproxy';

let repository: UserRepository;
/** The example with what is there on the cluster under test: other images, and an upstream without a checksum database. */
beforeAll(async () => {
  repository = await userRepository();
  const edit = (from: string, to: string) => repository.edit('stages.ts', from, to);
  edit('https://goproxy.cn', upstream().url);
  edit('engine: engine(athens.dev),', "engine: engine(athens.dev), checksumDatabase: { mode: 'Disabled' },");
  if (TESTBED_IMAGES === undefined) return;
  const { engine, gateway: nginx, envoy } = TESTBED_IMAGES;
  edit('operator: { replicas: 1 },', `operator: { replicas: 1, images: ${JSON.stringify({ nginx, envoy })} },`);
  edit('registry.example.com/goproxycache-operator:0.1.0', operatorImage() ?? '');
  edit('docker.io/gomods/athens:${version}', engine);
}, 300_000);
afterAll(async () => {
  repository.remove();
  await kubectl(['delete', 'goproxycaches', '--all', '-n', NAMESPACE]);
  await kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
  await installOperator();
}, 240_000);

test('a copy of the example, with the packed package: npx cdk8s synth, kubectl apply, and the cache of dev serves', async () => {
  expect(repository.run('npx', 'cdk8s', 'synth', '--check-upgrade=false')).toMatchObject({ status: 0, stderr: '' });
  const dev = join(repository.folder, 'dist/dev');
  // As the README of the example has it: kubectl does not wait for a kind that it has just made.
  await kubectl(['apply', '--server-side', '-f', join(dev, '0-*')]);
  await crdEstablished();
  await kubectl(['apply', '--server-side', '-R', '-f', dev]);
  await kubectl(['rollout', 'status', `deployment/${OPERATOR_NAME}`, '-n', OPERATOR_NAMESPACE, '--timeout=90s']);
  await becomesReady(NAMESPACE, 'goproxy');
  expect(await read('deployment', OPERATOR_NAME, OPERATOR_NAMESPACE)).toMatchObject({ spec: { replicas: 1 } });

  await downloadThrough(NAMESPACE, 'goproxy');
});
