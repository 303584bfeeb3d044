import type { KubeObject } from '../kube/objects.ts';
import { refOfKey } from '../kube/objects.ts';
import type { Reflector } from './reflector.ts';
import type { Store } from './store.ts';

/**
 * Reflectors of one namespaced kind, by the namespace that each watches, as if they were one. At least one. An object of
 * another namespace is not there, and what is given of one is not kept.
 */
export function unite<T extends KubeObject>(byNamespace: ReadonlyMap<string, Reflector<T>>): Reflector<T> {
  const parts = [...byNamespace.values()];
  const [first] = parts;
  if (!first) throw new Error('there is no reflector to unite');
  if (parts.length === 1) return first;
  const partOf = (namespace: string | undefined) => byNamespace.get(namespace ?? '');
  const store: Store<T> = {
    get size() {
      return parts.reduce((sum, part) => sum + part.store.size, 0);
    },
    get: (key) => partOf(refOfKey(key).namespace)?.store.get(key),
    list: () => parts.flatMap((part) => part.store.list()),
    keys: () => parts.flatMap((part) => part.store.keys()),
    byIndex: (index, value) => parts.flatMap((part) => part.store.byIndex(index, value)),
  };
  return {
    resource: first.resource,
    store,
    get served() {
      return parts.some((part) => part.served);
    },
    hasSynced: () => parts.every((part) => part.hasSynced()),
    synced: async () => {
      await Promise.all(parts.map((part) => part.synced()));
    },
    upsert: (object) => partOf(object.metadata.namespace)?.upsert(object),
    drop: (object) => partOf(object.metadata.namespace)?.drop(object),
    run: async (signal) => {
      await Promise.all(parts.map((part) => part.run(signal)));
    },
  };
}
