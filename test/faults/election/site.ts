import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { load } from 'js-yaml';
import type { GoProxyCache } from '../../../src/api/types.ts';
import { NAME } from '../../../src/install/names.ts';
import { installation } from '../../../src/install/install.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf, resources } from '../../../src/kube/paths.ts';
import type { Lease } from '../../../src/runtime/lease.ts';
import { cache, startHarness, until } from '../../apiserver/support/harness.ts';
import type { Harness } from '../../apiserver/support/harness.ts';
import { operatorBundle } from '../bundle.ts';
import type { Audit } from './audit.ts';
import { followAudit } from './audit.ts';
import { startLink } from './link.ts';
import { startReplica } from './replica.ts';
import type { Replica } from './replica.ts';
import type { Write } from './terms.ts';

/** A namespace with a Lease and two caches of its own, and the processes that keep them. */
export interface Site {
  /** All processes so far, also those that have ended. */
  readonly replicas: readonly Replica[];
  /** Resolves when the caches of the process have synced, and another leads or it does. */
  start(wallClock?: string): Promise<Replica>;
  readonly leader: () => Replica | undefined;
  editLease(spec: object): Promise<void>;
  deleteLease(): Promise<void>;
  /** All writes of the processes, by the audit log. */
  writes(): Promise<Write[]>;
  /** Changes the spec of a cache all the time, and starts a process anew 1 s after it ended, until `rest`. */
  work(): void;
  /** Ends that, and resolves with what has not followed the last change within 20 s. */
  rest(): Promise<string[]>;
  close(): Promise<void>;
}

interface Bed {
  harness: Harness;
  audit: Audit;
}

let bed: Promise<Bed> | undefined;
let count = 0;
const CACHES = ['a', 'b'];
const CHANGE_MS = 250;
const RIGHTS = new Set(['Namespace', 'ServiceAccount', 'Role', 'RoleBinding']);

/** Ends the API server that all sites share, if there is one. */
export async function endBed(): Promise<void> {
  const last = bed;
  bed = undefined;
  await (await last?.catch(() => undefined))?.harness.stop();
}

async function makeBed(): Promise<Bed> {
  const harness = await startHarness();
  return { harness, audit: followAudit(harness.server.auditLogPath) };
}

/** Makes a site on the one API server, which is started for the first. */
export async function makeSite(mutant?: string): Promise<Site> {
  bed ??= makeBed();
  const { harness, audit } = await bed;
  const { client } = harness;
  const namespace = `election-${++count}`;
  const program = await operatorBundle(mutant);
  const rights = (installation({ namespace, watchNamespaces: [namespace] }) as KubeObject[]).filter(({ kind }) =>
    RIGHTS.has(kind),
  );
  for (const object of rights) await client.apply(resourceOf(object), object);
  const lease = { namespace, name: NAME };
  // One that was given back: nobody has to wait for a holder that might be there.
  await client.create<Lease>(resources.Lease, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: lease,
    spec: { holderIdentity: '', leaseTransitions: 0 },
  });
  for (const name of CACHES) await client.create(resources.GoProxyCache, cache(name, {}, namespace));
  const replicas: Replica[] = [];
  const working = new AbortController();
  const jobs: Promise<void>[] = [];

  async function kubeconfig(url: string): Promise<{ path: string; token: string }> {
    const account = `/api/v1/namespaces/${namespace}/serviceaccounts/${NAME}/token`;
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
    const { status } = await client.transport.json<{ status: { token: string } }>('POST', account, { body });
    const admin = load(await readFile(harness.kubeconfigPath, 'utf8')) as {
      clusters: { name: string; cluster: object }[];
      users: { name: string }[];
    };
    const { jti } = JSON.parse(Buffer.from(status.token.split('.')[1] ?? '', 'base64url').toString()) as {
      jti: string;
    };
    const path = join(dirname(harness.kubeconfigPath), `${jti}.kubeconfig`);
    const clusters = admin.clusters.map(({ name, cluster: one }) => ({ name, cluster: { ...one, server: url } }));
    const users = [{ name: admin.users[0]?.name, user: { token: status.token } }];
    await writeFile(path, JSON.stringify({ ...admin, clusters, users }), { mode: 0o600 });
    return { path, token: jti };
  }

  async function start(wallClock?: string): Promise<Replica> {
    const link = await startLink(harness.server);
    const { path, token } = await kubeconfig(link.url);
    const replica = startReplica({ program, kubeconfigPath: path, namespace, token, link, wallClock });
    replicas.push(replica);
    void replica.ended
      .then(async () => {
        if (working.signal.aborted || jobs.length === 0) return;
        await delay(1000);
        if (!working.signal.aborted) await start();
      })
      .catch(() => undefined);
    const standsBy = () => replica.said('another process leads: standing by');
    await until(
      'a process leads or stands by',
      () => Promise.resolve(replica.leads() || standsBy() || replica.exitCode() !== undefined),
      60_000,
    );
    return replica;
  }

  async function change(): Promise<void> {
    for (let turn = 0; !working.signal.aborted; turn++) {
      const name = CACHES[turn % CACHES.length] ?? '';
      const patch = { spec: { gateway: { replicas: 2 + (turn % 5) } } };
      await client.mergePatch(resources.GoProxyCache, { namespace, name }, patch);
      await delay(CHANGE_MS);
    }
  }

  async function hasFollowed(name: string): Promise<boolean> {
    const own = await client.get<GoProxyCache & KubeObject>(resources.GoProxyCache, { namespace, name });
    const ref = { namespace, name: `${name}--gateway` };
    const gateway = await client.find<KubeObject<{ replicas: number }>>(resources.Deployment, ref);
    const isWanted = gateway?.spec?.replicas === own.spec?.gateway?.replicas;
    return isWanted && own.status?.observedGeneration === own.metadata.generation;
  }

  return {
    replicas,
    start,
    leader: () => replicas.findLast((replica) => replica.leads()),
    editLease: async (spec) => {
      await client.mergePatch(resources.Lease, lease, { spec });
    },
    deleteLease: async () => {
      const { metadata } = await client.get<Lease>(resources.Lease, lease);
      await client.remove(resources.Lease, lease, { uid: metadata.uid ?? '' });
    },
    writes: () => audit.writesOf(replicas.map(({ token }) => token)),
    work: () => {
      jobs.push(change());
    },
    rest: async () => {
      working.abort();
      await Promise.all(jobs);
      const late = await Promise.all(
        CACHES.map((name) =>
          until(`the last change of cache ${name} is followed`, () => hasFollowed(name), 20_000).then(
            () => [],
            (error: Error) => [error.message],
          ),
        ),
      );
      return late.flat();
    },
    close: async () => {
      working.abort();
      await Promise.allSettled(jobs);
      for (const replica of replicas) replica.signal('SIGKILL');
      await Promise.all(replicas.map(({ ended }) => ended));
      await Promise.all(replicas.map(({ link }) => link.close()));
    },
  };
}
