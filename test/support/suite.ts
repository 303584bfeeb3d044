import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import type { ClusterUpstream } from './clusterupstream.ts';
import { startClusterUpstream } from './clusterupstream.ts';
import { downloadProject } from './gocommand.ts';
import { apply, kubectl, restrictedNamespace } from './kubectl.ts';
import { clusterWithOperator } from './operatorpod.ts';
import { reachService } from './reach.ts';
import { SMALL_PROJECT } from './smallcache.ts';

export { applyCache, readyCache, SMALL_PROJECT, smallSpec } from './smallcache.ts';

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

/** Test files of one jest process start the cluster once: a file named after the process tells them. */
async function clusterReady(): Promise<void> {
  const done = join(tmpdir(), `goproxycache-cluster-ready-${process.pid}`);
  if (existsSync(done)) return;
  await clusterWithOperator();
  await writeFile(done, '');
}
