import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Pool } from 'undici';
import { bundle, bundleFile } from '../../image/bundle.ts';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { validate } from '../../src/api/validate.ts';
import { DEFAULT_IMAGES } from '../../src/api/images.ts';
import { effective } from '../../src/api/effective.ts';
import { desired } from '../../src/desired/desired.ts';
import { createClient } from '../../src/kube/client.ts';
import type { Client } from '../../src/kube/client.ts';
import { loadKubeConfig } from '../../src/kube/kubeconfig.ts';
import { resources } from '../../src/kube/paths.ts';
import { connect } from '../../src/kube/transport.ts';

const HEALTH_PORT = 18_099;
const NAMESPACE = 'bench';

export interface ChildrenResult {
  caches: number;
  childrenEach: number;
  /** Milliseconds from the first create until the last child was there. */
  milliseconds: number;
  /** Resident memory of the operator then, in MiB. */
  rssMiB: number;
}

/** What one cache of `spec: {}` consists of. */
function childrenOf(name: string) {
  const { spec } = validate({ metadata: { name }, spec: {} });
  if (!spec) throw new Error('spec: {} is not valid');
  return desired(name, NAMESPACE, effective(spec, DEFAULT_IMAGES));
}

async function waitFor(what: string, done: () => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Number of children there are, over all kinds. */
async function countChildren(client: Client, kinds: string[]): Promise<number> {
  const labelSelector = 'app.kubernetes.io/managed-by=goproxycache-operator';
  const lists = await Promise.all(
    Object.values(resources)
      .filter((resource) => kinds.includes(resource.kind))
      .map((resource) => client.list(resource, { namespace: NAMESPACE, labelSelector })),
  );
  return lists.reduce((sum, { items }) => sum + items.length, 0);
}

/** Starts the operator, bundled as it ships, as a process against this API server and times `sizes` caches, each in an empty namespace. */
export async function benchChildren(kubeconfig: string, sizes: number[]): Promise<ChildrenResult[]> {
  const transport = connect(() => loadKubeConfig({ file: kubeconfig }), { userAgent: 'goproxycache-bench' });
  const client = createClient(transport, { fieldManager: 'goproxycache-bench' });
  const crd = customResourceDefinition();
  await client.apply(resources.CustomResourceDefinition, crd);
  await client.apply(resources.Namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await waitFor(
    'the CRD to be served',
    async () => (await client.list(resources.GoProxyCache).catch(() => undefined)) !== undefined,
  );

  await bundle();
  const words = [
    bundleFile,
    'operator',
    `--kubeconfig=${kubeconfig}`,
    `--health-port=${HEALTH_PORT}`,
    '--log-level=error',
  ];
  const operator = spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit'] });
  const health = new Pool(`http://127.0.0.1:${HEALTH_PORT}`);
  const get = async (path: string) => {
    const { statusCode, body } = await health.request({ path, method: 'GET' });
    return { statusCode, text: await body.text() };
  };
  try {
    await waitFor('the operator to be ready', () =>
      get('/readyz').then(
        ({ statusCode }) => statusCode === 200,
        () => false,
      ),
    );
    const results: ChildrenResult[] = [];
    for (const caches of sizes) {
      const names = Array.from({ length: caches }, (_, i) => `c${caches}-${i}`);
      const each = childrenOf('any');
      const kinds = [...new Set(each.map(({ kind }) => kind))];
      const before = await countChildren(client, kinds);
      const start = performance.now();
      await Promise.all(
        names.map((name) =>
          client.create(resources.GoProxyCache, {
            apiVersion: 'goproxycache.io/v1alpha1',
            kind: 'GoProxyCache',
            metadata: { name, namespace: NAMESPACE },
            spec: {},
          }),
        ),
      );
      await waitFor(
        `${caches} caches`,
        async () => (await countChildren(client, kinds)) - before >= caches * each.length,
      );
      const milliseconds = performance.now() - start;
      const { text } = await get('/metrics');
      const rss = /^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? 'NaN';
      results.push({ caches, childrenEach: each.length, milliseconds, rssMiB: Number(rss) / 1024 / 1024 });
    }
    return results;
  } finally {
    operator.kill('SIGTERM');
    await once(operator, 'exit');
    await Promise.all([health.close(), transport.close()]);
  }
}
