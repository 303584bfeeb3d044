import { createHash } from 'node:crypto';
import type { GoProxyCache } from '../api/types.ts';
import { INSTANCE, MANAGED_BY, MANAGER, RETENTION } from '../desired/labels.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { KubeObject } from '../kube/objects.ts';
import { controllerOf } from '../kube/objects.ts';

/** Annotation: hash of the object as it was last applied; tells that a field was taken out of what we want. */
export const APPLIED = 'goproxycache.io/applied';
/** Annotation: UID of the cache that applied the object, so that a lost owner reference can be told from a foreign object. */
export const CACHE_UID = 'goproxycache.io/cache-uid';

/** A volume that outlives its cache has no owner: garbage collection asks nobody else. */
const isRetained = (manifest: Manifest) => manifest.metadata.annotations?.[RETENTION] === 'Retain';

const known = new WeakMap<Manifest, Manifest & KubeObject>();

/** The object as it is applied: with its owner, and with what identifies this version of it. Remembered for as long as the manifest lives. */
export function owned(manifest: Manifest, cache: GoProxyCache): Manifest & KubeObject {
  const remembered = known.get(manifest);
  if (remembered?.metadata.annotations?.[CACHE_UID] === cache.metadata.uid) return remembered;
  const object = makeOwned(manifest, cache);
  known.set(manifest, object);
  return object;
}

function makeOwned(manifest: Manifest, cache: GoProxyCache): Manifest & KubeObject {
  const { name, uid } = cache.metadata;
  const owner = {
    apiVersion: cache.apiVersion,
    kind: cache.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  const metadata = {
    ...manifest.metadata,
    annotations: { ...manifest.metadata.annotations, [CACHE_UID]: uid },
    ...(!isRetained(manifest) && { ownerReferences: [owner] }),
  };
  const object = { ...manifest, metadata };
  const hash = createHash('sha256').update(JSON.stringify(object)).digest('hex').slice(0, 16);
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [APPLIED]: hash } } };
}

export type Ownership =
  | 'ours'
  /** A cache of the same name was deleted and garbage collection has not come by yet: wait. */
  | 'leftover'
  | 'foreign';

/** Whose an existing object is. Foreign ones are never touched: no adoption by name. */
export function ownership(live: KubeObject, cache: GoProxyCache): Ownership {
  const controller = controllerOf(live);
  if (controller?.uid === cache.metadata.uid) return 'ours';
  if (controller)
    return controller.kind === cache.kind && controller.name === cache.metadata.name ? 'leftover' : 'foreign';
  if (live.metadata.annotations?.[CACHE_UID] === cache.metadata.uid) return 'ours';
  const labels = live.metadata.labels;
  const ofThisName = labels?.[MANAGED_BY] === MANAGER && labels[INSTANCE] === cache.metadata.name;
  // A volume kept from an earlier cache of this name: the data it was kept for. One that a person made is not ours.
  return live.kind === 'PersistentVolumeClaim' && ofThisName ? 'ours' : 'foreign';
}

/**
 * Whether an object is to be deleted when the cache does not want it any more: one that would go with the cache, and is not going already. A retained
 * volume would not (docs/decisions/0010), nor what somebody took the owner from.
 */
export const goesWith = (live: KubeObject, cache: GoProxyCache): boolean =>
  live.metadata.deletionTimestamp === undefined &&
  ownership(live, cache) === 'ours' &&
  (live.metadata.ownerReferences ?? []).some((owner) => owner.uid === cache.metadata.uid);
