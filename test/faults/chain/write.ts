import { isConflict } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { cache } from '../../apiserver/support/harness.ts';
import type { Lane } from '../bed/lane.ts';
import { cacheOf } from '../oracle/observe.ts';
import type { Json } from './json.ts';

/**
 * Gives the cache of a namespace this spec, and resolves when the lane has seen it. It is put, not applied: a server-side apply that
 * leaves out the last field of an object and keeps the object (`serviceMonitor: {}`) becomes null in the API server, which then refuses it.
 */
export async function writeSpec(lane: Lane, namespace: string, spec: Json): Promise<void> {
  const generation = await put(lane, namespace, spec);
  await lane.until(
    namespace,
    (state) => (cacheOf(state)?.metadata.generation ?? 0) >= generation || 'the spec is not seen yet',
    30_000,
  );
}

async function put(lane: Lane, namespace: string, spec: Json): Promise<number> {
  const wanted: KubeObject = cache('cache', spec, namespace);
  for (let tries = 1; ; tries += 1) {
    const live = await lane.client.find(resources.GoProxyCache, wanted.metadata);
    try {
      const { metadata } = live
        ? await lane.client.replace(resources.GoProxyCache, { ...live, spec })
        : await lane.client.create(resources.GoProxyCache, wanted);
      return metadata.generation ?? 0;
    } catch (error) {
      // The operator writes the status meanwhile.
      if (!isConflict(error) || tries > 20) throw error;
    }
  }
}
