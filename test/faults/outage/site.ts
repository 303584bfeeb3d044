/** An API server with many caches, and an operator as it is installed, which reaches it without a proxy. */
import type { GoProxyCache } from '../../../src/api/types.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf, resources } from '../../../src/kube/paths.ts';
import { APPLIED } from '../../../src/reconcile/ownership.ts';
import { access } from '../../apiserver/support/access.ts';
import { startHarness } from '../../apiserver/support/harness.ts';
import type { Harness } from '../../apiserver/support/harness.ts';
import {
  cacheNames,
  CHANGED_SPEC,
  childrenOf,
  createCaches,
  each,
  eventually,
  NAMESPACE,
  prepare,
} from '../../bench/operator/fleet.ts';
import { customResources } from '../../manifests/support/published.ts';
import type { LaneOperator } from '../bed/lane.ts';
import { createOperator } from '../bed/operator.ts';
import { operatorBundle } from '../bundle.ts';

export interface Site {
  readonly server: Harness['server'];
  readonly operator: LaneOperator;
  readonly names: readonly string[];
  /** Gives these caches another spec. */
  change(names: readonly string[]): Promise<void>;
  /** Caches whose latest spec the operator has not followed yet. */
  behind(): Promise<string[]>;
  /** Children that are not what their cache asks for, one sentence each. */
  wrong(): Promise<string[]>;
  readonly stop: () => Promise<void>;
}

type Cache = GoProxyCache & KubeObject;

/** Makes one with so many caches of `spec: {}`, and resolves when all are followed. */
export async function makeSite(count: number, mutant?: string): Promise<Site> {
  const harness = await startHarness({ auditReads: true });
  const { client, server } = harness;
  const operator = createOperator(async (planted) => ({
    program: await operatorBundle(planted ?? mutant),
    kubeconfig: (await access(harness)).kubeconfigPath,
    flags: ['--workers=16', '--log-level=warn'],
  }));
  const stop = async (): Promise<void> => {
    await operator.kill();
    await harness.stop();
  };
  const names = cacheNames(count);
  const changed = new Set<string>();

  const caches = async (): Promise<Cache[]> =>
    (await client.list<Cache>(resources.GoProxyCache, { namespace: NAMESPACE })).items;

  async function behind(): Promise<string[]> {
    const isBehind = ({ metadata, status }: Cache) => status?.observedGeneration !== metadata.generation;
    return (await caches()).filter(isBehind).map(({ metadata }) => metadata.name);
  }

  async function wrong(): Promise<string[]> {
    const wanted = new Map<string, string>();
    const kinds = new Set<ReturnType<typeof resourceOf>>();
    const keyOf = ({ kind, metadata }: KubeObject) => `${kind} ${metadata.name}`;
    const hashOf = ({ metadata }: KubeObject) => metadata.annotations?.[APPLIED] ?? 'nothing';
    for (const { metadata } of await caches()) {
      const { name, uid } = metadata;
      for (const child of childrenOf(name, changed.has(name) ? CHANGED_SPEC : {}, uid)) {
        wanted.set(keyOf(child), hashOf(child));
        kinds.add(resourceOf(child));
      }
    }
    for (const resource of kinds) {
      const { items } = await client.list(resource, { namespace: NAMESPACE });
      for (const child of items) {
        const key = keyOf({ ...child, kind: resource.kind });
        if (wanted.get(key) === hashOf(child)) wanted.delete(key);
      }
    }
    return [...wanted.keys()].map((key) => `${key} is not what its cache asks for`);
  }

  try {
    for (const definition of await customResources())
      await client.apply(resources.CustomResourceDefinition, definition as unknown as KubeObject);
    await prepare(client);
    await createCaches(client, names);
    await operator.start();
    await eventually('all caches are followed', async () => (await behind()).length === 0, 600_000, 1_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    server,
    operator,
    names,
    change: async (some) => {
      for (const name of some) changed.add(name);
      await each(some, 16, (name) =>
        client.mergePatch(resources.GoProxyCache, { namespace: NAMESPACE, name }, { spec: CHANGED_SPEC }),
      );
    },
    behind,
    wrong,
    stop,
  };
}
