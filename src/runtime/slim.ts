import type { KubeObject } from '../kube/objects.ts';

/** An object as caches hold it: without managedFields (often half of its bytes), and slimmed by `transform`. */
export function slim<T extends KubeObject>(object: T, transform?: (object: T) => T): T {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  const copy = { ...object, metadata };
  return transform ? transform(copy) : copy;
}
