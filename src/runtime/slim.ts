import type { KubeObject } from '../kube/objects.ts';

/**
 * An object as caches hold it: without managedFields (often half of its bytes), slimmed by `transform`, and deep-frozen
 * so that no reader can change what another reads.
 */
export function slim<T extends KubeObject>(object: T, transform?: (object: T) => T): T {
  const metadata = { ...object.metadata };
  delete metadata.managedFields;
  const copy = { ...object, metadata };
  return deepFreeze(transform ? transform(copy) : copy);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
