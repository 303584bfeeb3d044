import { describe, expect, jest, test } from '@jest/globals';
import { dump } from 'js-yaml';
import { expectGolden } from '../golden/golden.ts';
import type { Rendered } from './support/chart.ts';
import { CHART, helm, names, notesOf, template } from './support/chart.ts';

// Each test starts a program, on a machine that may have other work.
jest.setTimeout(60_000);

interface Pod {
  metadata: { labels: Record<string, string> };
  spec: { serviceAccountName?: string };
}
const one = (objects: Rendered[], kind: string): Rendered => {
  const found = objects.filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} objects are of kind ${kind}`);
  return found[0] as Rendered;
};
const kinds = (objects: Rendered[]) => new Set(objects.map(({ kind }) => kind));
/** Whether labels have all that a selector asks for. */
const selects = (selector: Record<string, string>, labels: Record<string, string> = {}) =>
  Object.entries(selector).every(([key, value]) => labels[key] === value);

describe('the CRD', () => {
  test.each<[object, Record<string, string> | undefined]>([
    [{}, { 'helm.sh/resource-policy': 'keep' }],
    [{ crds: { keep: false } }, undefined],
  ])('outlives the release unless told otherwise: %j', async (values, annotations) => {
    expect(one(await template(values), 'CustomResourceDefinition').metadata.annotations).toEqual(annotations);
  });

  test('is left out when it is not wanted', async () => {
    expect(kinds(await template({ crds: { enabled: false } }))).not.toContain('CustomResourceDefinition');
  });
});

describe('rights', () => {
  test('of an operator of some namespaces stay in these: nothing of the release is cluster-wide', async () => {
    const objects = await template({ watchNamespaces: ['build', 'ops'], crds: { enabled: false } });
    expect(names(objects.filter(({ metadata }) => metadata.namespace === undefined))).toEqual([]);
    expect(names(objects.filter(({ kind }) => kind.startsWith('Role')))).toEqual([
      'Role build goproxycache-operator',
      'Role goproxycache-system goproxycache-operator-leader-election',
      'Role ops goproxycache-operator',
      'RoleBinding build goproxycache-operator',
      'RoleBinding goproxycache-system goproxycache-operator-leader-election',
      'RoleBinding ops goproxycache-operator',
    ]);
  });

  test('are left out when somebody else makes them', async () => {
    const objects = await template({ rbac: { create: false } });
    expect([...kinds(objects)].filter((kind) => /Role/.test(kind))).toEqual([]);
  });

  test.each<[object, string, boolean]>([
    [{}, 'goproxycache-operator', true],
    [{ serviceAccount: { name: 'ours' } }, 'ours', true],
    [{ serviceAccount: { name: 'theirs', create: false } }, 'theirs', false],
  ])('go to the account of the pods: %j', async (serviceAccount, name, made) => {
    const objects = await template({ ...serviceAccount, watchNamespaces: ['build'] });
    const pod = one(objects, 'Deployment')['spec'] as { template: Pod };
    expect(pod.template.spec.serviceAccountName).toBe(name);
    for (const { subjects } of objects.filter(({ kind }) => kind === 'RoleBinding'))
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name, namespace: 'goproxycache-system' }]);
    expect(names(objects.filter(({ kind }) => kind === 'ServiceAccount'))).toEqual(
      made ? [`ServiceAccount goproxycache-system ${name}`] : [],
    );
  });
});

describe('names', () => {
  const namesOf = async (release: string, values: object) => {
    const objects = await template({ crds: { enabled: false }, ...values }, [], release);
    return [...new Set(objects.map(({ metadata }) => metadata.name))].sort();
  };
  test.each<[string, object, string]>([
    ['goproxycache-operator', {}, 'goproxycache-operator'],
    ['my-goproxycache-operator', {}, 'my-goproxycache-operator'],
    ['cache', {}, 'cache-goproxycache-operator'],
    ['cache', { nameOverride: 'op' }, 'cache-op'],
    ['cache', { fullnameOverride: 'op' }, 'op'],
    ['a'.repeat(53), {}, 'a'.repeat(40)],
  ])('of release %s with %j begin with %s', async (release, values, name) => {
    expect(await namesOf(release, values)).toEqual([
      name,
      ...['edit', 'leader-election', 'test', 'view'].map((end) => `${name}-${end}`),
    ]);
  });

  test.each<[string, object]>([
    ['goproxycache-operator', {}],
    ['cache', { nameOverride: 'op' }],
  ])(
    'and selectors fit: everything that selects finds the operator, and nothing the test pod (%s)',
    async (...each) => {
      const [release, values] = each;
      const switches = { networkPolicy: { enabled: true }, serviceMonitor: { enabled: true } };
      const objects = await template({ ...values, ...switches }, [], release);
      const { template: pod } = one(objects, 'Deployment')['spec'] as { template: Pod };
      const spec = (kind: string) => one(objects, kind)['spec'] as Record<string, Record<string, string>>;
      const selectors = [
        spec('Service')['selector'],
        ...(['Deployment', 'PodDisruptionBudget'].map((kind) => spec(kind)['selector']?.['matchLabels']) as unknown[]),
        spec('NetworkPolicy')['podSelector']?.['matchLabels'] as unknown,
      ] as Record<string, string>[];
      const testPod = one(objects, 'Pod').metadata.labels;
      for (const selector of selectors) {
        expect(Object.keys(selector)).toHaveLength(2);
        expect(selects(selector, pod.metadata.labels)).toBe(true);
        expect(selects(selector, testPod)).toBe(false);
      }
      const monitored = spec('ServiceMonitor')['selector']?.['matchLabels'] as unknown as Record<string, string>;
      expect(selects(monitored, one(objects, 'Service').metadata.labels)).toBe(true);
    },
  );
});

describe('what a person reads', () => {
  test('an older Kubernetes is refused', async () => {
    const { status, stderr } = await helm(['template', 'x', CHART, '--kube-version', '1.29.9']);
    expect(stderr).toContain('chart requires kubeVersion: >=1.30.0-0 which is incompatible with Kubernetes v1.29.9');
    expect(status).toBe(1);
  });

  test('a version as a provider spells it is not', async () => {
    await expect(template({}, ['--kube-version', 'v1.30.4-gke.100'])).resolves.not.toEqual([]);
  });

  test('the test pod, which needs no other image than the operator', async () => {
    const objects = await template({ image: { repository: 'r.example/operator', tag: '1' } });
    const pod = one(objects, 'Pod');
    // The labels have the version, which would make another file of it.
    delete pod.metadata.labels;
    expectGolden(import.meta.dirname, 'test-pod.yaml', dump(pod, { lineWidth: 120 }));
  });

  test.each<[string, object]>([
    ['notes', {}],
    ['notes-namespaced', { watchNamespaces: ['build', 'ops'], crds: { enabled: false } }],
  ])('%s.txt after an installation', async (name, values) => {
    const notes = (await notesOf(values)).replace(/operator \d+\.\d+\.\d+/, 'operator VERSION');
    expectGolden(import.meta.dirname, `${name}.txt`, notes);
  });
});
