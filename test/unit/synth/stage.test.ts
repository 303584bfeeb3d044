import { describe, expect, test } from '@jest/globals';
import { App, ApiObject } from 'cdk8s';
import * as k8s from 'cdk8s-plus-27/lib/imports/k8s.js';
import { load } from 'js-yaml';
import { stageFiles } from '../../../src/synth/files.ts';
import type { StageProps } from '../../../src/synth/settings.ts';
import { override } from '../../../src/synth/settings.ts';
import { StageChart } from '../../../src/synth/stage.ts';

interface Manifest {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec?: { template?: { spec: { containers: { image: string }[] } } };
}
const stage = (props: StageProps) => new StageChart(new App(), 'prod', props);
const names = (props: StageProps) => [...stageFiles(stage(props)).keys()].toSorted();
const objects = (props: StageProps) => [...stageFiles(stage(props)).values()].map((text) => load(text) as Manifest);

const WATCHING = { operator: { watchNamespaces: ['goproxy', 'team-b'], podDisruptionBudget: { enabled: false } } };

describe('a stage', () => {
  test('has one file an object, whose names in order are the order of application', () => {
    const all = names({ ...WATCHING, caches: { goproxy: {}, tools: { namespace: 'team-b' } } });
    expect(all).toEqual([
      '0-CustomResourceDefinition.goproxycaches.goproxycache.io.yaml',
      '0-Namespace.goproxy.yaml',
      '0-Namespace.goproxycache-system.yaml',
      '0-Namespace.team-b.yaml',
      '1-Deployment.goproxycache-operator.yaml',
      '1-Role.goproxy.goproxycache-operator.yaml',
      '1-Role.goproxycache-operator-leader-election.yaml',
      '1-Role.team-b.goproxycache-operator.yaml',
      '1-RoleBinding.goproxy.goproxycache-operator.yaml',
      '1-RoleBinding.goproxycache-operator-leader-election.yaml',
      '1-RoleBinding.team-b.goproxycache-operator.yaml',
      '1-Service.goproxycache-operator.yaml',
      '1-ServiceAccount.goproxycache-operator.yaml',
      '2-GoProxyCache.goproxy.yaml',
      '2-GoProxyCache.team-b.tools.yaml',
    ]);
  });

  test('renames nothing when something comes along', () => {
    const before = names({ caches: { goproxy: {} } });
    const after = names({ caches: { another: {}, goproxy: {}, third: { namespace: 'elsewhere' } } });
    expect(after).toEqual(expect.arrayContaining(before));
  });

  test('says to Argo CD when each is applied, and what must not be deleted', () => {
    const marks = objects({ caches: { goproxy: {} } }).map(({ kind, metadata }) => [
      kind,
      metadata.annotations?.['argocd.argoproj.io/sync-wave'],
      metadata.annotations?.['argocd.argoproj.io/sync-options'],
      metadata.annotations?.['argocd.argoproj.io/compare-options'],
    ]);
    const operator = ['-1', undefined, undefined];
    const kept = ['-2', 'Prune=false,Delete=false', 'IgnoreExtraneous'];
    expect(Object.fromEntries(marks.map(([kind, ...rest]) => [kind, rest]))).toEqual({
      CustomResourceDefinition: kept,
      Namespace: kept,
      ServiceAccount: operator,
      Role: operator,
      RoleBinding: operator,
      ClusterRole: operator,
      ClusterRoleBinding: operator,
      Service: operator,
      PodDisruptionBudget: operator,
      Deployment: operator,
      GoProxyCache: ['0', 'SkipDryRunOnMissingResource=true', undefined],
    });
  });

  test.each([
    {
      what: 'the default namespace once',
      props: { caches: { a: {}, b: {} } },
      namespaces: ['goproxy', 'goproxycache-system'],
    },
    {
      what: 'those of caches and those that the operator watches',
      props: { operator: { watchNamespaces: ['w'] }, caches: { a: { namespace: 'n' } } },
      namespaces: ['goproxycache-system', 'n', 'w'],
    },
    {
      what: 'not the one that every cluster has',
      props: { namespace: 'default', caches: { a: {} } },
      namespaces: ['goproxycache-system'],
    },
    {
      what: 'not twice the one of the operator',
      props: { namespace: 'goproxycache-system', caches: { a: {} } },
      namespaces: ['goproxycache-system'],
    },
    {
      what: 'none for caches when told so',
      props: { createNamespaces: false, caches: { a: {} } },
      namespaces: ['goproxycache-system'],
    },
    { what: 'none when there is nothing', props: { operator: false as const }, namespaces: [] },
  ])('makes namespaces: $what', ({ props, namespaces }) => {
    const made = objects(props).filter(({ kind }) => kind === 'Namespace');
    expect(made.map(({ metadata }) => metadata.name).toSorted()).toEqual(namespaces);
    expect(made.every(({ metadata }) => metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'restricted')).toBe(
      true,
    );
  });

  test('without an operator has caches and their namespace only', () => {
    expect(names({ operator: false, caches: { goproxy: {} } })).toEqual([
      '0-Namespace.goproxy.yaml',
      '2-GoProxyCache.goproxy.yaml',
    ]);
  });

  test('rendered has no operator, no kind of ours, and the images that the operator would use', () => {
    const all = objects({
      render: true,
      operator: { images: { athens: 'registry.example.com/athens:1' } },
      caches: { goproxy: {} },
    });
    expect([...new Set(all.map(({ kind }) => kind))].toSorted()).toEqual([
      'ConfigMap',
      'Deployment',
      'Namespace',
      'NetworkPolicy',
      'PersistentVolumeClaim',
      'PodDisruptionBudget',
      'Service',
      'ServiceAccount',
    ]);
    const engine = all.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'goproxy--prod');
    expect(engine?.spec?.template?.spec.containers[0]?.image).toBe('registry.example.com/athens:1');
  });

  test('a cache may say otherwise what Argo CD is to do with it', () => {
    const annotations = { 'argocd.argoproj.io/sync-wave': '3' };
    expect(names({ operator: false, caches: { late: { annotations } } })).toContain('5-GoProxyCache.late.yaml');
  });

  test('takes objects of the user, in the last wave unless they say otherwise', () => {
    const chart = stage({ operator: false, caches: { goproxy: {} } });
    new k8s.KubeResourceQuota(chart, 'quota', { metadata: { name: 'quota', namespace: 'goproxy' } });
    new ApiObject(chart, 'role', { apiVersion: 'v1', kind: 'X', metadata: { name: 'system:x' } });
    expect([...stageFiles(chart).keys()]).toEqual(
      expect.arrayContaining(['2-ResourceQuota.quota.yaml', '2-X.system-x.yaml']),
    );
  });

  test.each(['8', '-3', '1.5', 'late'])('refuses the wave %s, after which files would not sort', (wave) => {
    const annotations = { 'argocd.argoproj.io/sync-wave': wave };
    expect(() => names({ operator: false, caches: { goproxy: { annotations } } })).toThrow(
      `prod: GoProxyCache goproxy: argocd.argoproj.io/sync-wave: "${wave}": must be a whole number from -2 to 7, since files are applied in the order of their names`,
    );
  });

  test('refuses two objects for one file', () => {
    const chart = stage({ operator: false });
    for (const id of ['a', 'b']) new ApiObject(chart, id, { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' } });
    expect(() => stageFiles(chart)).toThrow(
      'prod: "2-X.x.yaml": two objects would be in this file: rename one of them',
    );
  });

  test('of base and override in an app of the user tells all that is wrong', () => {
    const base = { caches: { a: { storage: { size: 'big' } }, b: {} } } satisfies StageProps;
    const props = override(base, { caches: { b: { gateway: { replicas: 0 } } } });
    expect(() => stage(props)).toThrow(
      /^prod: caches\.a: spec\.storage\.size: "big": .*\nprod: caches\.b: spec\.gateway\.replicas: 0: /,
    );
  });
});
