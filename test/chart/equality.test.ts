import { describe, expect, jest, test } from '@jest/globals';
import type { Schema } from '../../src/install/chart/print.ts';
import { valuesSchema } from '../../src/install/chart/print.ts';
import { installation } from '../../src/install/install.ts';
import { DEFAULTS } from '../../src/install/options.ts';
import type { InstallOptions } from '../../src/install/options.ts';
import type { Rendered } from './support/chart.ts';
import { names, template } from './support/chart.ts';

// Each test starts a program, on a machine that may have other work.
jest.setTimeout(60_000);

/** What the chart adds by Helm's own conventions. Everything else is the builder's. */
const HELM_LABELS = ['helm.sh/chart', 'app.kubernetes.io/version', 'app.kubernetes.io/managed-by'];
const HELM_ANNOTATIONS = ['helm.sh/resource-policy'];
/** What helm does itself: --create-namespace. */
const HELM_KINDS = ['Namespace'];

const SPREAD = [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' }];
const AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }],
    },
  },
};
const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

/** Values of the chart, and the options of the builder that mean the same. */
const SAME: [name: string, values: object, options: InstallOptions][] = [
  ['nothing', {}, {}],
  ['the defaults, written out', { replicas: 2, watchNamespaces: [], crds: { enabled: true } }, DEFAULTS],
  ['one namespace', { watchNamespaces: ['build'] }, { watchNamespaces: ['build'] }],
  [
    'some namespaces, its own among them',
    { watchNamespaces: ['b', 'goproxycache-system', '1'], networkPolicy: { enabled: true } },
    { watchNamespaces: ['b', 'goproxycache-system', '1'], networkPolicy: { enabled: true } },
  ],
  ['one pod', { replicas: 1 }, { replicas: 1 }],
  ['much to read', { logLevel: 'debug' }, { logLevel: 'debug' }],
  ['no CRD', { crds: { enabled: false } }, { crds: { enabled: false } }],
  ['a CRD that goes with the release', { crds: { keep: false } }, {}],
  ['an image', { image: { repository: 'r.example:5000/op', tag: '1' } }, { image: 'r.example:5000/op:1' }],
  [
    'a pinned image',
    { image: { repository: 'r.example/op', digest, pullPolicy: 'Always' } },
    { image: `r.example/op@${digest}`, imagePullPolicy: 'Always' },
  ],
  [
    'an image with tag and digest, behind a login',
    { image: { repository: 'r.example/op', tag: '1', digest }, imagePullSecrets: [{ name: 'a' }, { name: 'b' }] },
    { image: `r.example/op:1@${digest}`, imagePullSecrets: [{ name: 'a' }, { name: 'b' }] },
  ],
  [
    'images from a mirror',
    { images: { athens: 'm.example/athens:1', nginx: `m.example/nginx@${digest}`, envoy: 'm.example/envoy:1' } },
    { images: { athens: 'm.example/athens:1', nginx: `m.example/nginx@${digest}`, envoy: 'm.example/envoy:1' } },
  ],
  [
    'resources',
    { resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } } },
    { resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '2', memory: '1Gi' } } },
  ],
  ['no budget', { podDisruptionBudget: { enabled: false } }, { podDisruptionBudget: { enabled: false } }],
  [
    'a NetworkPolicy for an API server of an odd port',
    { networkPolicy: { enabled: true, apiServerPorts: [16443] } },
    { networkPolicy: { enabled: true, apiServerPorts: [16443] } },
  ],
  ['a ServiceMonitor', { serviceMonitor: { enabled: true } }, { serviceMonitor: { enabled: true } }],
  [
    'a ServiceMonitor with labels, which replace none of ours',
    { serviceMonitor: { enabled: true, interval: '1m30s', labels: { release: 'a', 'app.kubernetes.io/name': 'b' } } },
    { serviceMonitor: { enabled: true, interval: '1m30s', labels: { release: 'a', 'app.kubernetes.io/name': 'b' } } },
  ],
  [
    'labels and annotations of pods, which replace none of ours',
    { podLabels: { team: 'a', 'app.kubernetes.io/name': 'b' }, podAnnotations: { note: 'yes', port: '8080' } },
    { podLabels: { team: 'a', 'app.kubernetes.io/name': 'b' }, podAnnotations: { note: 'yes', port: '8080' } },
  ],
  [
    'a place to run',
    {
      priorityClassName: 'high',
      nodeSelector: { 'kubernetes.io/arch': 'arm64', pool: '1' },
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: AFFINITY,
      topologySpreadConstraints: SPREAD,
    },
    {
      priorityClassName: 'high',
      nodeSelector: { 'kubernetes.io/arch': 'arm64', pool: '1' },
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
      affinity: AFFINITY,
      topologySpreadConstraints: SPREAD,
    },
  ],
];

/** Values without an option of the builder: names, and what somebody else may bring (test/chart/render.test.ts). */
const CHART_ONLY = [
  'nameOverride',
  'fullnameOverride',
  'serviceAccount.create',
  'serviceAccount.name',
  'serviceAccount.annotations',
  'rbac.create',
  'enabled',
  'global',
];

const without = (map: Record<string, string> | undefined, keys: string[]) => {
  const rest = Object.entries(map ?? {}).filter(([key]) => !keys.includes(key));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
};

/** Objects as the builder would say them, in an order of its own. */
const plain = (objects: Rendered[]) =>
  objects
    .filter(({ kind, metadata }) => !HELM_KINDS.includes(kind) && metadata.annotations?.['helm.sh/hook'] === undefined)
    .map(({ metadata, ...rest }) => ({
      ...rest,
      metadata: {
        ...metadata,
        labels: without(metadata.labels, HELM_LABELS),
        annotations: without(metadata.annotations, HELM_ANNOTATIONS),
      },
    }))
    .sort((a, b) => (names([a as Rendered]).join() < names([b as Rendered]).join() ? -1 : 1));

describe('the chart makes the objects of `goproxycache install`', () => {
  test.each(SAME)('for %s', async (_, values, options) => {
    const built = JSON.parse(JSON.stringify(installation(options))) as Rendered[];
    const rendered = await template(values);
    expect(names(plain(rendered) as Rendered[])).toEqual(names(plain(built) as Rendered[]));
    expect(plain(rendered)).toEqual(plain(built));
  });

  test('and the table above sets every value but those of the chart alone', () => {
    const leaves = ({ properties = {} }: Schema, path: string): string[] =>
      Object.entries(properties).flatMap(([name, property]) =>
        property.properties && property.default === undefined
          ? leaves(property, `${path}${name}.`)
          : [`${path}${name}`],
      );
    const set = (path: string) =>
      SAME.some(
        ([, values]) =>
          path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], values) !==
          undefined,
      );
    const all = leaves(valuesSchema(), '');
    expect(all.length).toBeGreaterThan(20);
    expect(all.filter((path) => !set(path)).sort()).toEqual([...CHART_ONLY].sort());
  });
});
