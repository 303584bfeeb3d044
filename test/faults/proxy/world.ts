import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { Resource } from '../../../src/kube/paths.ts';
import { createReflector } from '../../../src/runtime/reflector.ts';
import type { Told } from './watch.ts';

type Secret = KubeObject & { data?: Record<string, string> };

/** What the invariants know of a namespace, without a request for each write. */
export interface World {
  /** Caches that are there, as far as is known; `fresh` asks the API server. */
  live(namespace: string): readonly KubeObject[];
  fresh(namespace: string): Promise<readonly KubeObject[]>;
  /** Those, and such as were there a moment ago, or of which this operator was told last. */
  known(namespace: string, instance: string): readonly KubeObject[];
  secrets(namespace: string): readonly string[];
  /** An operator was told of a cache, by an event or by a whole LIST. */
  told(event: Pick<Told, 'instance' | 'type' | 'object'>): void;
  listed(instance: string, caches: readonly KubeObject[]): void;
  stop(): Promise<void>;
}

/** A write of an operator that was on its way when a cache was deleted arrives within this time. */
const MOMENT_MS = 5_000;
/** Shorter texts are in other places by chance. */
const SHORTEST_SECRET = 16;

const SECRET: Resource = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };

/** Follows caches and Secrets past the proxy. Resolves when all are known. */
export async function watchWorld(client: Client): Promise<World> {
  const gone: { object: KubeObject; at: number }[] = [];
  const told = new Map<string, Map<string, KubeObject>>();
  const texts = new Map<string, readonly string[]>();
  const byNamespace = { namespace: ({ metadata }: KubeObject) => [metadata.namespace ?? ''] };
  const caches = createReflector({
    client,
    resource: resources.GoProxyCache,
    indexes: byNamespace,
    onChange: ({ type, object }) => {
      if (type === 'deleted') gone.push({ object, at: performance.now() });
    },
  });
  const secrets = createReflector<Secret>({
    client,
    resource: SECRET,
    indexes: byNamespace,
    onChange: ({ object }) => texts.delete(object.metadata.namespace ?? ''),
  });
  const stopped = new AbortController();
  const running = Promise.all([caches.run(stopped.signal), secrets.run(stopped.signal)]);
  await Promise.all([caches.synced(), secrets.synced()]);

  const live = (namespace: string) => caches.store.byIndex('namespace', namespace);
  const toldKey = (instance: string, namespace = '') => `${namespace} ${instance}`;

  function tell(instance: string, type: string, object: KubeObject): void {
    const { namespace, name } = object.metadata;
    const own = told.get(toldKey(instance, namespace)) ?? new Map<string, KubeObject>();
    told.set(toldKey(instance, namespace), own);
    if (type === 'DELETED') own.delete(name);
    else own.set(name, object);
  }

  return {
    live,
    fresh: async (namespace) => (await client.list(resources.GoProxyCache, { namespace })).items,
    known: (namespace, instance) => {
      const since = performance.now() - MOMENT_MS;
      while (gone[0] && gone[0].at < since) gone.shift();
      return [
        ...live(namespace),
        ...gone.map(({ object }) => object).filter(({ metadata }) => metadata.namespace === namespace),
        ...(told.get(toldKey(instance, namespace))?.values() ?? []),
      ];
    },
    secrets: (namespace) => {
      const kept = texts.get(namespace) ?? secrets.store.byIndex('namespace', namespace).flatMap(textsOf);
      texts.set(namespace, kept);
      return kept;
    },
    told: ({ instance, type, object }) => tell(instance, type, object),
    listed: (instance, all) => {
      for (const key of told.keys()) if (key.endsWith(` ${instance}`)) told.delete(key);
      for (const object of all) tell(instance, 'ADDED', object);
    },
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}

/** What of a Secret would be seen in something written: as base64, and line by line, since JSON writes line ends in another way. */
export const textsOf = ({ data = {} }: Secret): string[] =>
  Object.values(data)
    .flatMap((value) => [
      value,
      ...Buffer.from(value, 'base64')
        .toString()
        .split(/[\r\n]+/),
    ])
    .filter((text) => text.length >= SHORTEST_SECRET);
