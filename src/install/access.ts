import { LABELS, LEASE_ROLE, NAME } from './names.ts';
import type { Installation } from './options.ts';
import type { Rule } from './rbac.ts';
import { CLUSTER_RULES, LEASE_RULES, PEOPLE_RULES, RULES } from './rbac.ts';

const GROUP = 'rbac.authorization.k8s.io';

/**
 * The operator's account and its rights: on the whole cluster, or in each watched namespace and nowhere else. With the whole cluster come
 * the rights of people, which are of it too.
 */
export function access({ namespace, watchNamespaces }: Installation): object[] {
  const subject = { kind: 'ServiceAccount', name: NAME, namespace };
  const role = (name: string, where: string, rules: Rule[]) => [
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'Role',
      metadata: { name, namespace: where, labels: LABELS },
      rules,
    },
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace: where, labels: LABELS },
      roleRef: { apiGroup: GROUP, kind: 'Role', name },
      subjects: [subject],
    },
  ];
  const clusterRole = [
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRole',
      metadata: { name: NAME, labels: LABELS },
      rules: [...RULES, ...CLUSTER_RULES],
    },
    {
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME, labels: LABELS },
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: NAME },
      subjects: [subject],
    },
    ...(['view', 'edit'] as const).map((role) => ({
      apiVersion: `${GROUP}/v1`,
      kind: 'ClusterRole',
      metadata: {
        name: `${NAME}-${role}`,
        labels: { ...LABELS, [`${GROUP}/aggregate-to-${role}`]: 'true' },
      },
      rules: PEOPLE_RULES[role],
    })),
  ];
  return [
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: NAME, namespace, labels: LABELS },
      automountServiceAccountToken: false,
    },
    ...role(LEASE_ROLE, namespace, LEASE_RULES),
    ...(watchNamespaces.length === 0 ? clusterRole : watchNamespaces.flatMap((where) => role(NAME, where, RULES))),
  ];
}
