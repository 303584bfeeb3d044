import { NAME } from './names.ts';

export interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

const READ = ['get', 'list', 'watch'];
/** Server-side apply is a patch, and a create when the object is not there yet. */
const OWN = [...READ, 'create', 'patch', 'delete'];

/**
 * What the operator may do where its caches are, and no more. It reads no Secret: pods mount them by name. On pods it only sets an
 * annotation (reconcile/nudge.ts); on its own resource it writes status alone.
 */
export const RULES: Rule[] = [
  { apiGroups: ['goproxycache.io'], resources: ['goproxycaches'], verbs: READ },
  { apiGroups: ['goproxycache.io'], resources: ['goproxycaches/status'], verbs: ['patch'] },
  // Setting blockOwnerDeletion on a child asks for this where OwnerReferencesPermissionEnforcement is on (OpenShift).
  { apiGroups: ['goproxycache.io'], resources: ['goproxycaches/finalizers'], verbs: ['update'] },
  { apiGroups: [''], resources: ['configmaps', 'persistentvolumeclaims', 'serviceaccounts', 'services'], verbs: OWN },
  { apiGroups: ['apps'], resources: ['deployments'], verbs: OWN },
  { apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'networkpolicies'], verbs: OWN },
  { apiGroups: ['gateway.networking.k8s.io'], resources: ['httproutes'], verbs: OWN },
  { apiGroups: ['monitoring.coreos.com'], resources: ['servicemonitors'], verbs: OWN },
  { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], verbs: OWN },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'patch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];

/** What belongs to no namespace: only an operator of the whole cluster reads it. */
export const CLUSTER_RULES: Rule[] = [
  { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['list', 'watch'] },
];

/** In the operator's own namespace. A create cannot be bound to a name: the API server does not know it when it asks whether it may. */
export const LEASE_RULES: Rule[] = [
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
  { apiGroups: ['coordination.k8s.io'], resources: ['leases'], resourceNames: [NAME], verbs: ['get', 'update'] },
];

/**
 * What people may do with caches, who may do the usual in a namespace: Kubernetes adds these to its own roles of these names, and what
 * `edit` has to `admin` too.
 */
export const PEOPLE_RULES: Record<'view' | 'edit', Rule[]> = {
  view: [{ apiGroups: ['goproxycache.io'], resources: ['goproxycaches'], verbs: READ }],
  edit: [
    {
      apiGroups: ['goproxycache.io'],
      resources: ['goproxycaches'],
      verbs: [...READ, 'create', 'delete', 'deletecollection', 'patch', 'update'],
    },
    { apiGroups: ['goproxycache.io'], resources: ['goproxycaches/scale'], verbs: ['get', 'patch', 'update'] },
  ],
};
