/** A pool of namespaces: one is emptied in a fraction of the time in which the API server deletes and makes one. */
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf, resources } from '../../../src/kube/paths.ts';
import type { Resource } from '../../../src/kube/paths.ts';
import type { Mirror } from './mirror.ts';
import { others } from './resources.ts';

export interface Namespaces {
  readonly take: () => Promise<string>;
  /** Empties it and puts it back, in the background. */
  readonly free: (namespace: string) => void;
}

const CLEAN_MS = 30_000;
/** A controller may be about to make one more: a namespace that stays empty so long is empty. */
const QUIET_MS = 200;

export function createNamespaces(
  client: Client,
  mirror: Mirror,
  hooks: { forget: (namespace: string) => void; onError: (error: unknown) => void },
): Namespaces {
  const idle: string[] = [];
  let count = 0;

  async function make(): Promise<string> {
    const name = `plan-${String(++count)}`;
    await client.create(resources.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  const left = (namespace: string) => [...mirror.state(namespace).values()].filter(({ kind }) => kind !== 'Event');

  async function remove(object: KubeObject): Promise<void> {
    const resource = resourceFor(object);
    const { finalizers = [], deletionTimestamp, uid = '' } = object.metadata;
    // A plan may have added one that nobody takes away.
    const foreign = finalizers.filter((finalizer) => !finalizer.startsWith('kubernetes.io/'));
    if (foreign.length > 0)
      await client.mergePatch(resource, object.metadata, {
        metadata: { finalizers: finalizers.filter((f) => !foreign.includes(f)) },
      });
    if (deletionTimestamp === undefined) await client.remove(resource, object.metadata, { uid });
  }

  async function sweep(namespace: string): Promise<void> {
    const deadline = performance.now() + CLEAN_MS;
    for (;;) {
      // Owners first: what they made goes with them.
      const [caches, rest] = split(left(namespace), ({ kind }) => kind === 'GoProxyCache');
      const todo = caches.length > 0 ? caches : rest;
      await Promise.all(todo.map((object) => remove(object).catch(() => undefined)));
      const isEmpty = await mirror
        .until(namespace, () => left(namespace).length === 0 || 'objects are left', 1_000)
        .then(
          () => true,
          () => false,
        );
      if (isEmpty && (await staysEmpty(namespace))) return;
      if (performance.now() > deadline)
        throw new Error(
          `${namespace} is not empty: ${left(namespace)
            .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
            .join(', ')}`,
        );
    }
  }

  const staysEmpty = (namespace: string) =>
    mirror
      .until(namespace, () => left(namespace).length > 0 || 'it is empty', QUIET_MS)
      .then(
        () => false,
        () => true,
      );

  return {
    take: async () => idle.shift() ?? (await make()),
    free: (namespace) => {
      sweep(namespace)
        .then(() => client.transport.json('DELETE', `/api/v1/namespaces/${namespace}/events`))
        .then(() => {
          hooks.forget(namespace);
          idle.push(namespace);
        })
        // Then it is not used again.
        .catch(hooks.onError);
    },
  };
}

const split = <T>(items: T[], holds: (item: T) => boolean): [T[], T[]] => [
  items.filter(holds),
  items.filter((item) => !holds(item)),
];

function resourceFor(object: KubeObject): Resource {
  const other = Object.values<Resource>(others).find(({ kind }) => kind === object.kind);
  return other ?? resourceOf(object);
}
