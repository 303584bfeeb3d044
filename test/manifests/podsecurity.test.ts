import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import type { Harness } from '../apiserver/support/harness.ts';
import { startHarness } from '../apiserver/support/harness.ts';
import { OUTPUTS } from './support/outputs.ts';

/** The part of an object that decides what its pods may do. */
interface Workload {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: { serviceAccountName?: string; template?: { metadata?: object; spec: { serviceAccountName?: string } } };
}

const NAMESPACE = 'restricted';
const LEVELS = Object.fromEntries(
  ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
);
const WORKLOADS = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod'];

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels: LEVELS } };
  await harness.kubectl(['apply', '-f', '-'], namespace);
}, 90_000);
afterAll(() => harness.stop());

/** A workload, and a pod as its controller would make it: admission warns about the one and refuses the other. */
function withPod(workload: Workload): Workload[] {
  const { template } = workload.spec;
  if (template === undefined) return [workload];
  const metadata = { ...template.metadata, name: workload.metadata.name };
  return [workload, { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec }];
}

/** What admission in a namespace of Pod Security restricted says to these objects; nothing is stored. */
async function objections(objects: Workload[]): Promise<string[]> {
  const items = objects
    .filter(({ kind }) => WORKLOADS.includes(kind))
    .flatMap(withPod)
    .map((object) => ({ ...object, metadata: { ...object.metadata, namespace: NAMESPACE } }));
  expect(items).not.toEqual([]);
  const accounts = new Set(['default', ...items.flatMap(({ spec }) => spec.serviceAccountName ?? [])]);
  for (const name of accounts)
    await harness.kubectl(['apply', '-f', '-'], {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace: NAMESPACE },
    });
  const offered = items.map((item) =>
    harness.kubectl(['create', '--dry-run=server', '--warnings-as-errors', '-f', '-'], item).then(
      () => [],
      (error: Error & { stderr?: string }) => [`${item.kind} ${item.metadata.name}: ${error.stderr ?? error.message}`],
    ),
  );
  return (await Promise.all(offered)).flat();
}

describe('a namespace of Pod Security restricted admits, without a warning, every workload', () => {
  test.each(OUTPUTS)(
    'in the output of $what',
    async ({ print }) => {
      const objects = loadAll(await print()).filter((object): object is Workload => object !== null);
      expect(await objections(objects)).toEqual([]);
    },
    60_000,
  );
});

test('it warns about a Deployment that asks for more, and refuses its pod', async () => {
  const spec = { containers: [{ name: 'a', image: 'a', securityContext: { privileged: true } }] };
  const labels = { app: 'a' };
  const deployment: Workload & { spec: { selector: object } } = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: spec as object } },
  };
  expect(await objections([deployment])).toEqual([
    expect.stringMatching(/^Deployment a: Warning: would violate PodSecurity "restricted:latest": privileged/),
    expect.stringMatching(/^Pod a: .*forbidden: violates PodSecurity "restricted:latest": privileged/s),
  ]);
});
