import type { ObjectRef } from './objects.ts';

/** A kind as its URL needs it. The runtime takes kinds as values of this type and knows none by name. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

function namespaced(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: true };
}

function clusterWide(group: string, version: string, plural: string, kind: string): Resource {
  return { group, version, plural, kind, namespaced: false };
}

const rbac = 'rbac.authorization.k8s.io';

/** Every kind that this program reads or writes. `CoreEvent` is the old v1 Event; `Event` is the one to write. */
export const resources = {
  ConfigMap: namespaced('', 'v1', 'configmaps', 'ConfigMap'),
  CoreEvent: namespaced('', 'v1', 'events', 'Event'),
  Namespace: clusterWide('', 'v1', 'namespaces', 'Namespace'),
  PersistentVolumeClaim: namespaced('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim'),
  Pod: namespaced('', 'v1', 'pods', 'Pod'),
  Service: namespaced('', 'v1', 'services', 'Service'),
  ServiceAccount: namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  Deployment: namespaced('apps', 'v1', 'deployments', 'Deployment'),
  CustomResourceDefinition: clusterWide(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
  ),
  Lease: namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  Event: namespaced('events.k8s.io', 'v1', 'events', 'Event'),
  HTTPRoute: namespaced('gateway.networking.k8s.io', 'v1', 'httproutes', 'HTTPRoute'),
  GoProxyCache: namespaced('goproxycache.io', 'v1alpha1', 'goproxycaches', 'GoProxyCache'),
  Ingress: namespaced('networking.k8s.io', 'v1', 'ingresses', 'Ingress'),
  ServiceMonitor: namespaced('monitoring.coreos.com', 'v1', 'servicemonitors', 'ServiceMonitor'),
  NetworkPolicy: namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  PodDisruptionBudget: namespaced('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  ClusterRole: clusterWide(rbac, 'v1', 'clusterroles', 'ClusterRole'),
  ClusterRoleBinding: clusterWide(rbac, 'v1', 'clusterrolebindings', 'ClusterRoleBinding'),
  Role: namespaced(rbac, 'v1', 'roles', 'Role'),
  RoleBinding: namespaced(rbac, 'v1', 'rolebindings', 'RoleBinding'),
  StorageClass: clusterWide('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass'),
} as const;

/** `apiVersion` of the objects of this kind: `v1`, `apps/v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group ? `${resource.group}/${resource.version}` : resource.version;
}

const byTypeMeta = new Map<string, Resource>(
  Object.values(resources).map((resource) => [typeMetaKey(resource), resource]),
);

function typeMetaKey(resource: Resource): string {
  return `${apiVersionOf(resource)} ${resource.kind}`;
}

/** The resource of an object by its `apiVersion` and `kind`. Throws when the table has no such kind. */
export function resourceOf(object: { apiVersion: string; kind: string }): Resource {
  const found = byTypeMeta.get(`${object.apiVersion} ${object.kind}`);
  if (!found) throw new Error(`no path is known for ${object.apiVersion} ${object.kind}`);
  return found;
}

/** Path of the collection; of all namespaces when a namespaced kind is given none. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`;
  if (namespace === undefined) return `${root}/${resource.plural}`;
  if (!resource.namespaced) throw new Error(`${resource.kind} is cluster-scoped but namespace ${namespace} was given`);
  return `${root}/namespaces/${segment(namespace)}/${resource.plural}`;
}

/** Path of one object or of its subresource (`status`, `scale`). A namespaced kind needs its namespace. */
export function objectPath(resource: Resource, ref: ObjectRef, subresource?: string): string {
  if (resource.namespaced && ref.namespace === undefined) {
    throw new Error(`${resource.kind} ${ref.name} is namespaced but no namespace was given`);
  }
  const path = `${collectionPath(resource, ref.namespace)}/${segment(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** One safe path segment. Empty, `.` and `..` would name another object, or the whole collection. */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new Error(`'${text}' cannot name a Kubernetes object`);
  return encodeURIComponent(text);
}
