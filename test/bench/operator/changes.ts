import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { collectionPath, resourceOf, resources } from '../../../src/kube/paths.ts';
import { CHANGED_SPEC, changedChildren, eventually, NAMESPACE } from './fleet.ts';

/** Remembers, by kind and name, when the bench was told of the latest change of an object. */
async function listen(
  client: Client,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const heard = new Map<string, number>();
  for (const resource of new Set(objects.map(resourceOf))) {
    const { resourceVersion } = await client.list(resource, { namespace: NAMESPACE, limit: 1 });
    void (async () => {
      const query = { watch: true, resourceVersion };
      const path = collectionPath(resource, NAMESPACE);
      for await (const line of client.transport.lines(path, { query, idleMs: 600_000, signal })) {
        const { object } = line as { object: KubeObject };
        heard.set(`${object.kind}/${object.metadata.name}`, performance.now());
      }
    })().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
  return heard;
}

/**
 * Milliseconds from the answer to a change of a spec until the bench, by a watch, knows of the last child that it changes, for each
 * of the caches, one after the other.
 */
export async function changeSpecs(client: Client, names: readonly string[]): Promise<number[]> {
  const end = new AbortController();
  const kinds = changedChildren('any', 'any');
  const heard = await listen(client, kinds, end.signal);
  const times: number[] = [];
  for (const name of names) {
    const keys = changedChildren(name, 'any').map((child) => `${child.kind}/${child.metadata.name}`);
    heard.clear();
    await client.mergePatch(resources.GoProxyCache, { namespace: NAMESPACE, name }, { spec: CHANGED_SPEC });
    const start = performance.now();
    await eventually(`the children of ${name}`, () => Promise.resolve(keys.every((key) => heard.has(key))), 30_000, 1);
    times.push(Math.max(0, ...keys.map((key) => heard.get(key) ?? NaN)) - start);
  }
  end.abort();
  return times;
}
