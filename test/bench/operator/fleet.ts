import { customResourceDefinition } from '../../../src/api/crd.ts';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import type { GoProxyCache } from '../../../src/api/types.ts';
import { validate } from '../../../src/api/validate.ts';
import { desired } from '../../../src/desired/desired.ts';
import type { Manifest } from '../../../src/desired/manifest.ts';
import type { Client } from '../../../src/kube/client.ts';
import { createClient } from '../../../src/kube/client.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import { owned } from '../../../src/reconcile/ownership.ts';

/** All caches of the bench are here. */
export const NAMESPACE = 'bench';
/** What changes in a cache when the bench changes it: one ConfigMap and one Deployment. */
export const CHANGED_SPEC = { gateway: { cache: { size: '2Gi' } } };

/** Names of so many caches. */
export const cacheNames = (count: number): string[] => Array.from({ length: count }, (_, index) => `cache-${index}`);

const cacheOf = (name: string, spec: object = {}, uid = crypto.randomUUID() as string) =>
  ({
    apiVersion: 'goproxycache.io/v1alpha1',
    kind: 'GoProxyCache',
    metadata: { name, namespace: NAMESPACE, uid, generation: 1 },
    spec,
  }) as GoProxyCache & KubeObject;

/** The objects of a cache as the operator applies them, for a cache that need not exist. */
export function childrenOf(name: string, spec: object = {}, uid?: string): (Manifest & KubeObject)[] {
  const { spec: valid } = validate({ metadata: { name }, spec });
  if (!valid) throw new Error(`${JSON.stringify(spec)} is not valid`);
  const cache = cacheOf(name, spec, uid);
  return desired(name, NAMESPACE, effective(valid, DEFAULT_IMAGES)).map((manifest) => owned(manifest, cache));
}

/** Those of {@link childrenOf} that the bench's change of a spec changes, as they are then. */
export function changedChildren(name: string, uid: string): (Manifest & KubeObject)[] {
  const before = new Set(childrenOf(name, {}, uid).map((child) => JSON.stringify(child)));
  return childrenOf(name, CHANGED_SPEC, uid).filter((child) => !before.has(JSON.stringify(child)));
}

/** Calls `work` for each item, so many at a time. Rejects with the first error. */
export async function each<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<unknown>) {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

/** A client of the bench's own, to be closed. */
export function benchClient(kubeconfig: string): Client {
  const transport = connect(() => loadKubeConfig({ file: kubeconfig }), { userAgent: 'goproxycache-bench' });
  return createClient(transport, { fieldManager: 'goproxycache-bench' });
}

/** The CRD and the namespace. */
export async function prepare(client: Client): Promise<void> {
  await client.apply(resources.CustomResourceDefinition, customResourceDefinition());
  await client.apply(resources.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  // As clusters have one; without it the operator warns of each claim.
  await client.apply(resources.StorageClass, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'example.com/none',
  } as KubeObject);
  await eventually(
    'the CRD to be served',
    async () => (await client.list(resources.GoProxyCache).catch(() => undefined)) !== undefined,
  );
}

/** Makes caches of `spec: {}`. */
export const createCaches = (client: Client, names: readonly string[]): Promise<void> =>
  each(names, 16, (name) => {
    const { apiVersion, kind, spec } = cacheOf(name);
    return client.create(resources.GoProxyCache, { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec });
  });

/** Number of objects that carry the operator's label. */
export async function countChildren(client: Client): Promise<number> {
  const labelSelector = 'app.kubernetes.io/managed-by=goproxycache-operator';
  const kinds = new Set(childrenOf('any').map(({ kind }) => kind));
  let count = 0;
  for (const resource of Object.values(resources)) {
    if (!kinds.has(resource.kind)) continue;
    let next: string | undefined;
    do {
      const page = await client.list(resource, { namespace: NAMESPACE, labelSelector, limit: 500, continue: next });
      count += page.items.length;
      next = page.continue;
    } while (next !== undefined);
  }
  return count;
}

/** Resolves when `done` is true. Rejects after `timeoutMs`. */
export async function eventually(
  what: string,
  done: () => Promise<boolean>,
  timeoutMs = 300_000,
  everyMs = 50,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** The value below which this share of the values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}
