import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spec } from '../../../src/api/spec.ts';
import type { Certificate } from '../../gateway-real/support/certificate.ts';
import { makeCertificate } from '../../gateway-real/support/certificate.ts';
import type { ClusterUpstream } from '../../support/clusterupstream.ts';
import { startClusterUpstream } from '../../support/clusterupstream.ts';
import { EXISTING_CLUSTER, NODE_ADDRESS } from '../../support/environment.ts';
import { eventually } from '../../support/eventually.ts';
import { downloadProject } from '../../support/gocommand.ts';
import { apply, emptyNamespace, kubectl, read } from '../../support/kubectl.ts';
import { clusterWithOperator } from '../../support/operatorpod.ts';
import { applyCache, SMALL_PROJECT } from '../../support/smallcache.ts';
import type { Target } from './clients.ts';
import type { ColdModules } from './coldmodules.ts';
import { serveColdModules } from './coldmodules.ts';
import { atRest } from './rest.ts';

/** A place on the testbed's cluster for caches, with upstreams that have what clients ask for. */
export interface Scene {
  namespace: string;
  upstream: ClusterUpstream;
  upstreams: NonNullable<Spec['upstreams']>;
  /** The second of the upstreams. */
  cold: ColdModules;
  /** Applies a cache whose gateway has TLS and plain HTTP, waits until it serves, and fills it. */
  serve: (name: string, spec: Spec) => Promise<Served>;
  close: () => Promise<void>;
}

export interface Served extends Target {
  /** Two certificates for its address, the first one in use. Clients trust both. */
  certificates: [Certificate, Certificate];
}

/** The Secret with the certificate of a cache. */
export const tlsSecret = (name: string): string => `${name}-tls`;

/**
 * Starts what is not running, the cluster included, and makes the scene. Refuses a cluster of the user's own: clients come
 * there through a port-forward, which ends with its pod.
 */
export async function openScene(prefix: string): Promise<Scene> {
  if (EXISTING_CLUSTER) throw new Error('this campaign needs the testbed: unset GPC_USE_EXISTING_CLUSTER');
  await clusterWithOperator();
  const namespace = `${prefix}-${Date.now().toString(36)}`;
  await emptyNamespace(namespace);
  const upstream = await startClusterUpstream(namespace);
  const cold = await serveColdModules(NODE_ADDRESS);
  const folder = mkdtempSync(join(tmpdir(), 'goproxycache-scene-'));
  return {
    namespace,
    upstream,
    cold,
    upstreams: [
      { type: 'URL', url: upstream.url },
      { type: 'URL', url: cold.url },
    ],
    serve: (name, spec) => serve(namespace, name, spec, upstream, folder),
    close: async () => {
      await emptyNamespace(namespace);
      await kubectl(['delete', 'namespace', namespace, '--wait=false']);
      await upstream.close();
      await cold.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function serve(
  namespace: string,
  name: string,
  spec: Spec,
  upstream: ClusterUpstream,
  folder: string,
): Promise<Served> {
  await applyCache(namespace, name, spec);
  const address = await eventually(`the Service ${name}`, 30, async () => {
    const service = await read<{ spec: { clusterIP: string } }>('service', name, namespace);
    return service === undefined ? { missing: 'it' } : { value: service.spec.clusterIP };
  });
  const certificate = async (which: string): Promise<Certificate> => {
    mkdirSync(join(folder, name, which), { recursive: true });
    return makeCertificate(join(folder, name, which), address);
  };
  // The kubelet waits longer each time that the Secret is missing.
  const first = await certificate('first');
  await placeCertificate(namespace, name, first);
  const second = await certificate('second');
  const authority = join(folder, name, 'authority.crt');
  writeFileSync(authority, first.cert + second.cert);
  await atRest(namespace, name);

  const target = { http: `http://${address}`, https: `https://${address}`, authority };
  await upstream.forget();
  await downloadProject(upstream.clientUrl, SMALL_PROJECT);
  const asked = await upstream.requests();
  // What never changes, and one list, which may be old while nobody can renew it.
  const paths = [...new Set(asked.map(({ path }) => path)), '/github.com/goccy/go-json/@v/list'];
  await fill({ ...target, paths });
  return { ...target, paths, certificates: [first, second] };
}

export const placeCertificate = (namespace: string, name: string, { cert, key }: Certificate): Promise<void> =>
  apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: tlsSecret(name) },
      type: 'kubernetes.io/tls',
      stringData: { 'tls.crt': cert, 'tls.key': key },
    },
    namespace,
  );

/** Asks for all of it, so that the gateway pod of this client has it. */
export async function fill({ http, paths }: Pick<Target, 'http' | 'paths'>): Promise<void> {
  await downloadProject(http, SMALL_PROJECT);
  for (const path of paths) {
    const response = await fetch(http + path);
    if (!response.ok) throw new Error(`${http}${path}: ${response.status} ${await response.text()}`);
    await response.arrayBuffer();
  }
}
