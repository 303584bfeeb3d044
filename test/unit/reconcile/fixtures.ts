import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import type { Spec } from '../../../src/api/spec.ts';
import type { GoProxyCache } from '../../../src/api/types.ts';
import { validate } from '../../../src/api/validate.ts';
import { desired } from '../../../src/desired/desired.ts';
import type { Manifest } from '../../../src/desired/manifest.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { kept } from '../../../src/reconcile/kept.ts';
import { owned } from '../../../src/reconcile/ownership.ts';
import type { Observed } from '../../../src/reconcile/plan.ts';

export function cacheOf(spec: Spec = {}, uid = 'uid-1'): GoProxyCache {
  return {
    apiVersion: 'goproxycache.io/v1alpha1',
    kind: 'GoProxyCache',
    metadata: { name: 'acme', namespace: 'team', uid, generation: 1 },
    spec,
  };
}

export function desiredOf(cache: GoProxyCache): Manifest[] {
  const { spec, problems } = validate(cache);
  if (!spec) throw new Error(JSON.stringify(problems));
  return desired(cache.metadata.name, cache.metadata.namespace, effective(spec, DEFAULT_IMAGES));
}

/** A live object as the API server would hold it once nothing is left to do: with identity, and with fields of its own. */
export function live(manifest: Manifest, cache: GoProxyCache): KubeObject {
  const isClaim = manifest.kind === 'PersistentVolumeClaim';
  const object = structuredClone(owned(manifest, cache)) as KubeObject<Record<string, unknown>>;
  object.metadata.uid = `uid-of-${manifest.kind}-${manifest.metadata.name}`;
  object.metadata.resourceVersion = '1';
  if (object.spec) object.spec['defaultedByServer'] = true;
  if (isClaim) object.status = { phase: 'Bound' };
  // A claim that names no class gets the default one of the cluster when it is made.
  if (isClaim && object.spec) object.spec['storageClassName'] ??= 'standard';
  return object;
}

/** A world of these live objects. */
export function world(
  cache: GoProxyCache,
  objects: KubeObject[],
  expandable = true,
  classes = ['fast', 'standard'],
): Observed {
  const same = (a: KubeObject | Manifest, b: KubeObject | Manifest) =>
    a.kind === b.kind && a.metadata.name === b.metadata.name;
  const held = objects.map(kept);
  return {
    cache,
    live: (manifest) => held.find((object) => same(object, manifest)),
    children: held.filter((object) =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === cache.metadata.uid),
    ),
    isServed: () => true,
    storageClass: (name) =>
      name === undefined || !classes.includes(name)
        ? undefined
        : {
            apiVersion: 'storage.k8s.io/v1',
            kind: 'StorageClass',
            metadata: { name },
            allowVolumeExpansion: expandable,
          },
  };
}
