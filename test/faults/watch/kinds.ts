import type { Client } from '../../../src/kube/client.ts';
import { createWorld } from '../../../src/reconcile/world.ts';

/** Every kind that the operator watches in all namespaces, from its own list. */
export const watchedKinds: readonly string[] = createWorld({
  client: {} as Client,
  namespaces: [],
  onChange: () => undefined,
  onGone: () => undefined,
  onError: () => undefined,
}).reflectors.map(({ resource }) => resource.kind);
