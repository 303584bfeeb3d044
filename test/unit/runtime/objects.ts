import type { KubeObject } from '../../../src/kube/objects.ts';

/** A small object. Its UID is `uid-` and the number of its incarnation. */
export interface Thing extends KubeObject {
  data?: Record<string, string>;
}

/** Makes a {@link Thing} in the namespace `a`. */
export function thing(
  name: string,
  version: number,
  extra: { uid?: number; owner?: string; labels?: Record<string, string> } = {},
): Thing {
  const { uid = 1, owner, labels } = extra;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace: 'a',
      name,
      uid: `uid-${name}-${String(uid)}`,
      resourceVersion: String(version),
      ...(labels ? { labels } : {}),
      ...(owner
        ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Owner', name: owner, uid: owner, controller: true }] }
        : {}),
    },
  };
}
