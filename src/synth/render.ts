import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import { effective } from '../api/effective.ts';
import type { DefaultImages } from '../api/images.ts';
import { desired } from '../desired/desired.ts';
import type { CacheProps } from './cache.ts';
import { parsedSpec } from './cache.ts';

/**
 * What the operator writes on the children of a cache and a rendered cache does not have. All of it refers to the custom resource,
 * which is not there.
 */
export const OPERATOR_ONLY = {
  metadata: ['ownerReferences'],
  annotations: ['goproxycache.io/applied', 'goproxycache.io/cache-uid'],
} as const;

/**
 * The objects of a cache, as the operator would apply them but for {@link OPERATOR_ONLY}. What depends on the cluster is decided as for
 * one that has everything: an HTTPRoute and a ServiceMonitor are there when the cache asks for them, whether or not their kind is served.
 */
export function renderCache(
  scope: Construct,
  name: string,
  namespace: string,
  cache: CacheProps,
  images: DefaultImages,
): ApiObject[] {
  return desired(name, namespace, effective(parsedSpec(name, cache), images)).map(
    (manifest) => new ApiObject(scope, `${manifest.kind}-${namespace}-${manifest.metadata.name}`, manifest),
  );
}
