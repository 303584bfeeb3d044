import { describe, expect, test } from '@jest/globals';
import { installation } from '../../../src/install/install.ts';
import type { InstallOptions } from '../../../src/install/options.ts';
import type { Rule } from '../../../src/install/rbac.ts';

interface Granted {
  kind: string;
  metadata: { name: string; namespace?: string };
  rules?: Rule[];
  roleRef?: { kind: string; name: string };
  subjects?: object[];
}

/** Every right that an installation binds to the operator, as `where: group/resource verb`, `*` for the whole cluster; `name` when it is bound to one. */
function rights(options: InstallOptions): string[] {
  const objects = installation(options) as Granted[];
  const isBound = ({ kind, metadata: { name, namespace } }: Granted) =>
    objects.some(
      ({ roleRef, metadata }) => roleRef?.kind === kind && roleRef.name === name && metadata.namespace === namespace,
    );
  return objects
    .filter(isBound)
    .flatMap(({ metadata: { namespace = '*' }, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = [''], verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            resourceNames.flatMap((name) =>
              verbs.map((verb) => `${namespace}: ${[group, resource, name].filter(Boolean).join('/')} ${verb}`),
            ),
          ),
        ),
      ),
    );
}

const each = (where: string, resources: string[], verbs: string) =>
  resources.flatMap((resource) => verbs.split(' ').map((verb) => `${where}: ${resource} ${verb}`));

/** What keeping caches takes, in one place. */
const caches = (where: string) => [
  ...each(where, ['goproxycache.io/goproxycaches'], 'get list watch'),
  ...each(where, ['goproxycache.io/goproxycaches/status'], 'patch'),
  ...each(where, ['goproxycache.io/goproxycaches/finalizers'], 'update'),
  ...each(
    where,
    [
      'configmaps',
      'persistentvolumeclaims',
      'serviceaccounts',
      'services',
      'apps/deployments',
      'gateway.networking.k8s.io/httproutes',
      'monitoring.coreos.com/servicemonitors',
      'networking.k8s.io/ingresses',
      'networking.k8s.io/networkpolicies',
      'policy/poddisruptionbudgets',
    ],
    'get list watch create patch delete',
  ),
  ...each(where, ['pods'], 'list watch patch'),
  ...each(where, ['events.k8s.io/events'], 'create patch'),
];
const lease = [
  ...each('ops', ['coordination.k8s.io/leases'], 'create'),
  ...each('ops', ['coordination.k8s.io/leases/goproxycache-operator'], 'get update'),
];

describe('the rights', () => {
  test.each<[string, string[], string[]]>([
    ['of the whole cluster', [], [...caches('*'), ...each('*', ['storage.k8s.io/storageclasses'], 'list watch')]],
    ['of two namespaces', ['build', 'ops'], [...caches('build'), ...caches('ops')]],
  ])('of an operator %s are these and no more', (_, watchNamespaces, wanted) => {
    expect(rights({ namespace: 'ops', watchNamespaces }).sort()).toEqual([...wanted, ...lease].sort());
  });

  test.each<[string, string[]]>([
    ['cluster-wide', []],
    ['namespaced', ['build']],
  ])('are bound to the operator alone, each Role by a binding of its name (%s)', (_, watchNamespaces) => {
    const objects = installation({ namespace: 'ops', watchNamespaces }) as Granted[];
    const roles = objects.filter(({ rules, metadata }) => rules !== undefined && !/-(view|edit)$/.test(metadata.name));
    const bindings = objects.filter(({ roleRef }) => roleRef !== undefined);
    expect(bindings.map(({ roleRef, metadata }) => [roleRef?.kind, metadata.namespace, roleRef?.name])).toEqual(
      roles.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
    );
    for (const { subjects } of bindings)
      expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'goproxycache-operator', namespace: 'ops' }]);
  });

  test('of people over caches go to the roles of a namespace that they have: view reads, edit writes too', () => {
    const people = (installation() as Granted[]).filter(({ metadata }) => /-(view|edit)$/.test(metadata.name));
    expect(people).toMatchObject([
      {
        kind: 'ClusterRole',
        metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } },
        rules: [{ resources: ['goproxycaches'], verbs: ['get', 'list', 'watch'] }],
      },
      {
        kind: 'ClusterRole',
        metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } },
        rules: [{ resources: ['goproxycaches'] }, { resources: ['goproxycaches/scale'] }],
      },
    ]);
  });
});
