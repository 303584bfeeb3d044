import type { Resource } from '../../../src/kube/paths.ts';
import { resources } from '../../../src/kube/paths.ts';

/** Kinds that the bed needs and the operator does not know. */
export const others = {
  Node: { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false },
  PersistentVolume: {
    group: '',
    version: 'v1',
    plural: 'persistentvolumes',
    kind: 'PersistentVolume',
    namespaced: false,
  },
  ReplicaSet: { group: 'apps', version: 'v1', plural: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  ResourceQuota: { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true },
  Secret: { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true },
} as const satisfies Record<string, Resource>;

/** What a plan may find in its namespace. */
export const watched: readonly Resource[] = [
  resources.GoProxyCache,
  resources.ServiceAccount,
  resources.PersistentVolumeClaim,
  resources.Service,
  resources.ConfigMap,
  resources.NetworkPolicy,
  resources.PodDisruptionBudget,
  resources.Deployment,
  resources.Ingress,
  resources.HTTPRoute,
  resources.ServiceMonitor,
  resources.Pod,
  others.ReplicaSet,
  others.ResourceQuota,
  others.Secret,
  resources.Event,
];
