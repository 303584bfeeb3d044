const READ = ['get', 'list', 'watch'];
/** Server-side apply is a patch, and a create when the object is not there yet. */
const OWN = [...READ, 'create', 'patch', 'delete'];

/**
 * What the operator may do, and no more. It reads no Secret: pods mount them by name. On pods it only sets an annotation
 * (reconcile/nudge.ts); on its own resource it writes status alone.
 */
export const RULES = [
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
  { apiGroups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['list', 'watch'] },
  { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
];
