import { describe, expect, test } from '@jest/globals';
import { installation } from '../../../src/install/install.ts';
import { OptionError } from '../../../src/install/check.ts';
import { DEFAULTS } from '../../../src/install/options.ts';
import type { InstallOptions } from '../../../src/install/options.ts';

interface Installed {
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  spec?: {
    replicas?: number;
    selector?: { matchLabels: Record<string, string> };
    template?: { metadata: { labels: Record<string, string> }; spec: Pod };
  };
}
interface Pod {
  securityContext: object;
  containers: { image: string; args: string[]; securityContext: object; resources: object }[];
}
const build = (options?: InstallOptions) => installation(options) as Installed[];
const names = (objects: Installed[]) =>
  objects.map(({ kind, metadata: { name, namespace } }) => [kind, namespace, name].filter(Boolean).join(' '));
const deployment = (options?: InstallOptions) => build(options).find(({ kind }) => kind === 'Deployment');
const container = (options?: InstallOptions) => deployment(options)?.spec?.template?.spec.containers[0];

describe('the objects', () => {
  test('of a cluster-wide operator come in the order of creation: CRD first, Deployment last', () => {
    expect(names(build())).toEqual([
      'CustomResourceDefinition goproxycaches.goproxycache.io',
      'Namespace goproxycache-system',
      'ServiceAccount goproxycache-system goproxycache-operator',
      'Role goproxycache-system goproxycache-operator-leader-election',
      'RoleBinding goproxycache-system goproxycache-operator-leader-election',
      'ClusterRole goproxycache-operator',
      'ClusterRoleBinding goproxycache-operator',
      'ClusterRole goproxycache-operator-view',
      'ClusterRole goproxycache-operator-edit',
      'Service goproxycache-system goproxycache-operator',
      'PodDisruptionBudget goproxycache-system goproxycache-operator',
      'Deployment goproxycache-system goproxycache-operator',
    ]);
  });

  test('of an operator of some namespaces are nowhere else, without a right on the cluster', () => {
    const objects = build({
      namespace: 'ops',
      createNamespace: false,
      crds: { enabled: false },
      watchNamespaces: ['ops', 'build', 'ops'],
    });
    expect(names(objects)).toEqual([
      'ServiceAccount ops goproxycache-operator',
      'Role ops goproxycache-operator-leader-election',
      'RoleBinding ops goproxycache-operator-leader-election',
      'Role ops goproxycache-operator',
      'RoleBinding ops goproxycache-operator',
      'Role build goproxycache-operator',
      'RoleBinding build goproxycache-operator',
      'Service ops goproxycache-operator',
      'PodDisruptionBudget ops goproxycache-operator',
      'Deployment ops goproxycache-operator',
    ]);
  });

  const kinds = (options: InstallOptions) => build(options).map(({ kind }) => kind);
  test.each<[string, InstallOptions, InstallOptions]>([
    ['CustomResourceDefinition', { crds: { enabled: true } }, { crds: { enabled: false } }],
    ['Namespace', { createNamespace: true }, { createNamespace: false }],
    ['PodDisruptionBudget', {}, { podDisruptionBudget: { enabled: false } }],
    ['NetworkPolicy', { networkPolicy: { enabled: true } }, { networkPolicy: { apiServerPorts: [443] } }],
    ['ServiceMonitor', { serviceMonitor: { enabled: true } }, { serviceMonitor: { interval: '30s' } }],
    ['ClusterRole', { watchNamespaces: [] }, { watchNamespaces: ['build'] }],
    ['ClusterRoleBinding', { watchNamespaces: [] }, { watchNamespaces: ['build'] }],
  ])('%s is there when it is wanted, and not otherwise', (kind, wanted, unwanted) => {
    expect(kinds(wanted)).toContain(kind);
    expect(kinds(unwanted)).not.toContain(kind);
  });

  test('are the same for the same options, and for the defaults written out', () => {
    const text = JSON.stringify(build());
    expect(JSON.stringify(build({}))).toBe(text);
    expect(JSON.stringify(build(DEFAULTS))).toBe(text);
  });
});

describe('the Deployment', () => {
  test.each<[string, InstallOptions, string[]]>([
    ['nothing special', {}, []],
    ['images of its own', { images: { nginx: 'mirror.example/nginx:1' } }, ['--nginx-image=mirror.example/nginx:1']],
    ['two namespaces', { watchNamespaces: ['a', 'b'] }, ['--watch-namespace=a', '--watch-namespace=b']],
  ])('tells the operator of %s', (_, options, flags) => {
    expect(container(options)?.args).toEqual([
      'operator',
      '--leader-election',
      '--health-port=8080',
      '--log-level=info',
      ...flags,
    ]);
  });

  test('has two pods unless told, and its resources are replaced as a whole', () => {
    expect(deployment()?.spec?.replicas).toBe(2);
    expect(deployment({ replicas: 1 })?.spec?.replicas).toBe(1);
    expect(container({ resources: { limits: { memory: '1Gi' } } })?.resources).toEqual({ limits: { memory: '1Gi' } });
  });

  test('is selected by labels that nobody can override', () => {
    const { selector, template } =
      deployment({
        podLabels: { team: 'platform', 'app.kubernetes.io/name': 'other' },
      })?.spec ?? {};
    expect(template?.metadata.labels).toEqual({
      team: 'platform',
      'app.kubernetes.io/part-of': 'goproxycache',
      ...selector?.matchLabels,
    });
    expect(selector?.matchLabels['app.kubernetes.io/name']).toBe('goproxycache-operator');
  });

  test('passes Pod Security restricted, with a read-only root', () => {
    const pod = deployment()?.spec?.template?.spec;
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(pod?.containers.map(({ securityContext }) => securityContext)).toEqual([
      { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
    ]);
  });
});

describe('a wrong option is refused with its value', () => {
  test.each<[object, string]>([
    [{ replicas: 0 }, 'replicas: 0: must be at least 1'],
    [{ replicas: 1.5 }, 'replicas: 1.5: must be a whole number'],
    [{ replicas: '2' }, 'replicas: "2": must be a whole number: write it without quotes'],
    [
      { namespace: 'Ops' },
      `namespace: "Ops": must be at most 63 lower-case letters, digits and '-': write for example`,
    ],
    [{ watchNamespaces: ['ops', ''] }, `watchNamespaces[1]: "": must be at most 63 lower-case letters`],
    [{ watchNamespaces: ['a'.repeat(64)] }, 'watchNamespaces[0]: '],
    [{ watchNamespaces: 'ops' }, 'watchNamespaces: "ops": must be a list'],
    [{ image: 5 }, 'image: 5: must be a text: write it in quotes'],
    [{ image: 'a b' }, 'image: "a b": must be the name of an image: write for example registry/name:tag'],
    [{ images: { athen: 'a' } }, 'images.athen: "a": is not an option: correct the spelling'],
    [{ logLevel: 'trace' }, 'logLevel: "trace": must be debug, info, warn or error'],
    [{ crds: { enabled: 'yes' } }, 'crds.enabled: "yes": must be true or false'],
    [{ resources: { limit: {} } }, 'resources.limit: {}: is not an option'],
    [{ networkPolicy: { apiServerPorts: [] } }, 'networkPolicy.apiServerPorts: []: must have at least 1 item'],
    [{ podLabels: { team: 7 } }, 'podLabels.team: 7: must be a text: write it in quotes'],
    [{ replica: 1 }, 'replica: 1: is not an option: correct the spelling'],
    [{ replicas: 0, logLevel: 'x' }, 'must be at least 1\nlogLevel: "x": must be'],
  ])('%j', (options, message) => {
    expect(() => installation(options)).toThrow(OptionError);
    expect(() => installation(options)).toThrow(message);
  });
});
