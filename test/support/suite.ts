import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { Spec } from '../../src/api/spec.ts';
import { becomesReady, cacheOf } from './cache.ts';
import type { ClusterUpstream } from './clusterupstream.ts';
import { startClusterUpstream } from './clusterupstream.ts';
import { CHECKOUT, EXISTING_CLUSTER } from './environment.ts';
import { downloadProject } from './gocommand.ts';
import { apply, kubectl, restrictedNamespace } from './kubectl.ts';
import { installOperator } from './operatorpod.ts';
import { reachService } from './reach.ts';
import { run } from './run.ts';

/** A project of five modules: a cold download takes seconds. */
export const SMALL_PROJECT = join(CHECKOUT, 'test/cluster/project');

/** A real `go mod download` of it through the Service of a cache. */
export async function downloadThrough(namespace: string, cache: string): Promise<void> {
  const gateway = await reachService(namespace, cache);
  try {
    await downloadProject(gateway.url, SMALL_PROJECT);
  } finally {
    await gateway.close();
  }
}

/** What the tests of one file share: a namespace of their own, and an upstream. */
export interface Suite {
  /** Labelled so that only pods of Pod Security `restricted` are admitted. */
  namespace: string;
  upstream: () => ClusterUpstream;
}

/**
 * Gives a test file a cluster with the operator as a pod, a new namespace and an upstream; takes namespace and upstream away
 * after the last test. The cluster stays: starting and stopping it is the business of `npm test`.
 */
export function clusterSuite(prefix: string): Suite {
  const namespace = `${prefix}-${Date.now().toString(36)}`;
  let upstream: ClusterUpstream | undefined;
  beforeAll(async () => {
    await clusterReady();
    await apply(restrictedNamespace(namespace));
    upstream = await startClusterUpstream(namespace);
  }, 1_800_000);
  afterAll(async () => {
    await upstream?.close();
    await kubectl(['delete', 'goproxycaches', '--all', '-n', namespace]);
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
  }, 120_000);
  return {
    namespace,
    upstream: () => {
      if (upstream === undefined) throw new Error('the upstream starts in beforeAll');
      return upstream;
    },
  };
}

/** Starts what is not running. Test files of one jest process do it once: a file named after the process tells them. */
async function clusterReady(): Promise<void> {
  const done = join(tmpdir(), `goproxycache-cluster-ready-${process.pid}`);
  if (existsSync(done)) return;
  if (!EXISTING_CLUSTER) {
    await run(join(CHECKOUT, 'test/testbed/up.sh'), [], { timeoutSeconds: 1800 });
    await run(join(CHECKOUT, 'test/testbed/load-operator.sh'), []);
  }
  await installOperator();
  await writeFile(done, '');
}

/** A spec that asks for little, so that many caches fit on a small machine. */
export const smallSpec = (upstreamUrl: string, more: Spec = {}): Spec => ({
  upstreams: [{ type: 'URL', url: upstreamUrl }],
  checksumDatabase: { mode: 'Disabled' },
  storage: { size: '1Gi' },
  ...more,
  engine: { resources: { requests: { cpu: '20m', memory: '64Mi' } }, ...more.engine },
  gateway: {
    replicas: 2,
    resources: { requests: { cpu: '20m', memory: '32Mi' } },
    cache: { size: '1Gi' },
    ...more.gateway,
  },
});

/** Applies a cache as it should be now: fields that are left out go. */
export const applyCache = (namespace: string, name: string, spec: Spec): Promise<void> =>
  apply(cacheOf(name, spec), namespace);

/** Applies a cache and waits until all of it serves. */
export async function readyCache(namespace: string, name: string, spec: Spec): Promise<void> {
  await applyCache(namespace, name, spec);
  await becomesReady(namespace, name);
}
