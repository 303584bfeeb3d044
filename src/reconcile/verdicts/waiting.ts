import type { Blocked } from '../plan.ts';
import { describeObject } from '../describe.ts';

/** What has to go before it can be made anew, if anything has. A claim is not among it: StorageReady says what is lost with it. */
export function waitingFor(blocked: readonly Blocked[]): string | undefined {
  const [first] = blocked.filter(
    ({ object, reason }) => (reason === 'Deleting' || reason === 'Leftover') && object.kind !== 'PersistentVolumeClaim',
  );
  if (!first) return undefined;
  const { kind, metadata } = first.object;
  const name = describeObject(first.object);
  const look = `if it lasts, kubectl get ${kind.toLowerCase()} ${metadata.name} -o yaml shows the finalizer that holds it`;
  return first.reason === 'Deleting'
    ? `${name} is being deleted, and is made anew when it is gone: ${look}`
    : `${name} is left from an earlier cache of this name, and is made anew when it is gone: ${look}`;
}
