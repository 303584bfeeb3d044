import type { EffectiveSpec } from '../api/effective.ts';
import { effective } from '../api/effective.ts';
import type { DefaultImages } from '../api/images.ts';
import type { GoProxyCache } from '../api/types.ts';
import type { Problem } from '../api/validate.ts';
import { validate } from '../api/validate.ts';
import { desired } from '../desired/desired.ts';
import { gatewayModel, wantedConfigOf } from '../desired/gateway.ts';
import type { Manifest } from '../desired/manifest.ts';
import { GatewayModelError } from '../gateway/check.ts';
import type { GatewayModel } from '../gateway/model.ts';
import { keyOfObject } from '../kube/objects.ts';

/** What follows from a valid spec. */
export interface Wish {
  spec: EffectiveSpec;
  manifests: Manifest[];
  model: GatewayModel;
  /** The configuration that every gateway pod should serve. */
  wantedConfig: string;
}

/**
 * Remembers what follows from the specs of the caches that were asked for last: in a rollout one is asked for many times in a row. All
 * of them would be more than anything else in memory, and it is made anew in a millisecond.
 */
export interface Wishes {
  of(cache: GoProxyCache): Wish | { problems: [Problem, ...Problem[]] };
  forget(key: string): void;
}

/** How many are remembered. */
const LATEST = 50;

export function createWishes(images: DefaultImages): Wishes {
  /** The latest is the last one. */
  const known = new Map<string, { version: string; wish: ReturnType<Wishes['of']> }>();
  return {
    of(cache) {
      const key = keyOfObject(cache);
      const version = `${cache.metadata.uid}/${cache.metadata.generation}`;
      const remembered = known.get(key);
      const wish = remembered?.version === version ? remembered.wish : wishOf(cache, images);
      known.delete(key);
      known.set(key, { version, wish });
      const [oldest = key] = known.keys();
      if (known.size > LATEST) known.delete(oldest);
      return wish;
    },
    forget: (key) => known.delete(key),
  };
}

function wishOf(cache: GoProxyCache, images: DefaultImages): ReturnType<Wishes['of']> {
  const { spec: parsed, problems } = validate(cache);
  if (!parsed) return { problems };
  const spec = effective(parsed, images);
  const { name, namespace } = cache.metadata;
  try {
    const manifests = desired(name, namespace, spec);
    return { spec, manifests, model: gatewayModel(name, spec), wantedConfig: wantedConfigOf(manifests) };
  } catch (error) {
    // The rules keep out what a gateway's configuration cannot hold; this keeps the operator alive should one slip through.
    if (!(error instanceof GatewayModelError)) throw error;
    return { problems: [{ field: `gateway model: ${error.path}`, value: undefined, message: error.message }] };
  }
}
