import { describe, expect, test } from '@jest/globals';
import { apiVersionOf, collectionPath, objectPath, resourceOf, resources } from '../../../src/kube/paths.ts';
import type { Resource } from '../../../src/kube/paths.ts';

const all: Record<string, Resource> = resources;

describe('paths', () => {
  test.each([
    ['ConfigMap', '/api/v1/namespaces/a/configmaps'],
    ['Service', '/api/v1/namespaces/a/services'],
    ['Deployment', '/apis/apps/v1/namespaces/a/deployments'],
    ['Event', '/apis/events.k8s.io/v1/namespaces/a/events'],
    ['CoreEvent', '/api/v1/namespaces/a/events'],
    ['HTTPRoute', '/apis/gateway.networking.k8s.io/v1/namespaces/a/httproutes'],
    ['ServiceMonitor', '/apis/monitoring.coreos.com/v1/namespaces/a/servicemonitors'],
    ['NetworkPolicy', '/apis/networking.k8s.io/v1/namespaces/a/networkpolicies'],
  ])('a namespaced collection of %s is at %s', (name, path) => {
    expect(collectionPath(all[name]!, 'a')).toBe(path);
  });

  test('a collection without a namespace spans all of them', () => {
    expect(collectionPath(resources.Pod)).toBe('/api/v1/pods');
  });

  test('an object and its subresource', () => {
    const ref = { namespace: 'a', name: 'b' };
    expect(objectPath(resources.Deployment, ref)).toBe('/apis/apps/v1/namespaces/a/deployments/b');
    expect(objectPath(resources.Deployment, ref, 'status')).toBe('/apis/apps/v1/namespaces/a/deployments/b/status');
    expect(objectPath(resources.StorageClass, { name: 'fast' })).toBe('/apis/storage.k8s.io/v1/storageclasses/fast');
  });

  test('a name with a colon, as RBAC has them, is one segment', () => {
    expect(objectPath(resources.ClusterRole, { name: 'system:a/b' })).toMatch(/\/clusterroles\/system%3Aa%2Fb$/);
  });

  test.each(['', '.', '..'])('the name %p, which would be another path, is refused', (name) => {
    expect(() => objectPath(resources.ConfigMap, { namespace: 'a', name })).toThrow('cannot name');
    expect(() => objectPath(resources.ConfigMap, { namespace: name, name: 'b' })).toThrow('cannot name');
  });

  test('a wrong scope is refused before it becomes a 404', () => {
    expect(() => objectPath(resources.ConfigMap, { name: 'b' })).toThrow('no namespace was given');
    expect(() => collectionPath(resources.StorageClass, 'a')).toThrow('cluster-scoped');
  });

  test('every resource is found again by the type of its objects', () => {
    for (const resource of Object.values(all)) {
      expect(resourceOf({ apiVersion: apiVersionOf(resource), kind: resource.kind })).toBe(resource);
    }
    expect(() => resourceOf({ apiVersion: 'v1', kind: 'Nonsense' })).toThrow('v1 Nonsense');
  });
});
