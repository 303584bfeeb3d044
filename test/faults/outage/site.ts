/** An API server with many caches, and an operator as it is installed, which reaches it without a proxy. */
import { setTimeout as delay } from 'node:timers/promises';
import type { GoProxyCache } from '../../../src/api/types.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf, resources } from '../../../src/kube/paths.ts';
import { APPLIED } from '../../../src/reconcile/ownership.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { access } from '../../apiserver/support/access.ts';
import { startHarness } from '../../apiserver/support/harness.ts';
import type { Harness } from '../../apiserver/support/harness.ts';
import { settled } from '../../bench/operator/converge.ts';
import {
  cacheNames,
  CHANGED_SPEC,
  childrenOf,
  createCaches,
  each,
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
  /** Resolves when the operator has followed the spec of every cache; rejects after this time. */
  followed(timeoutMs: number): Promise<void>;
  /** Children that are not what their cache asks for, one sentence each. */
  wrong(): Promise<string[]>;
  readonly stop: () => Promise<void>;
}

type Cache = GoProxyCache & KubeObject;

const AGAIN_MS = 200;
/** Takes a minute on a quiet machine. */
const CONVERGED_MS = 900_000;

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

  async function followed(timeoutMs: number): Promise<void> {
    const late = delay(timeoutMs, 'late', { ref: false });
    for (;;) {
      const all = settled(client, count).catch(async (error: unknown) => {
        // Ready or not, an API server may still refuse to list a kind for some seconds.
        if (!(error instanceof ApiError) || error.status !== 429) throw error;
        await delay(AGAIN_MS);
        return 'again';
      });
      const end = await Promise.race([all, late]);
      if (end === 'late') throw new Error(`not all caches were followed within ${String(timeoutMs / 1000)} s`);
      if (end !== 'again') return;
    }
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
    await followed(CONVERGED_MS);
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
    followed,
    wrong,
    stop,
  };
}
