import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Gauge } from 'prom-client';
import type { DefaultImages } from '../api/images.ts';
import { createClient } from '../kube/client.ts';
import { loadKubeConfig } from '../kube/kubeconfig.ts';
import { connect } from '../kube/transport.ts';
import { createController } from '../runtime/controller.ts';
import { createElector } from '../runtime/elector.ts';
import { createRecorder } from '../runtime/events.ts';
import { writesOnlyOfLeader } from '../runtime/guard.ts';
import { createLogger } from '../runtime/log.ts';
import { runManager } from '../runtime/manager.ts';
import { createMetrics } from '../runtime/metrics.ts';
import { MANAGER } from '../desired/labels.ts';
import { createFreshness } from './fresh.ts';
import { createPoller } from './poller.ts';
import { reconcile } from './reconcile.ts';
import { createStrays } from './strays.ts';
import { createWishes } from './wishes.ts';
import { createWorld, watchesOf } from './world.ts';

export interface OperatorOptions {
  version: string;
  images: DefaultImages;
  /** All namespaces when empty; then the operator needs rights on the cluster, else in these only. */
  namespaces: readonly string[];
  /** Where the Lease is by which several operators agree on one that works. Absent: there is one operator only. */
  leaseNamespace?: string | undefined;
  workers: number;
  /** Port of /healthz, /readyz and /metrics. */
  healthPort: number;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  kubeconfig?: string | undefined;
  signal?: AbortSignal;
}

/** Name of the Lease. */
export const LEASE = MANAGER;
/** Connections beside those of the watches. */
const SPARE_CONNECTIONS = 50;

/**
 * Runs the operator until SIGTERM, SIGINT, the signal, or the loss of the leadership. Resolves true when it was told to stop
 * and all work ended in time.
 */
export async function runOperator(options: OperatorOptions): Promise<boolean> {
  const log = createLogger({ level: options.logLevel });
  const metrics = createMetrics({ process: true });
  const transport = connect(
    () => loadKubeConfig(options.kubeconfig === undefined ? {} : { file: options.kubeconfig }),
    {
      userAgent: `${MANAGER}/${options.version}`,
      connections: SPARE_CONNECTIONS + watchesOf(options.namespaces),
      observe: metrics.observeRequest,
    },
  );
  const elector =
    options.leaseNamespace === undefined
      ? undefined
      : createElector({
          client: createClient(transport, { fieldManager: MANAGER }),
          ref: { namespace: options.leaseNamespace, name: LEASE },
          identity: `${hostname()}_${randomUUID()}`,
          log,
          onChange: metrics.leadership(LEASE),
        });
  const guarded = elector && writesOnlyOfLeader(transport, elector);
  const client = createClient(guarded ?? transport, { fieldManager: MANAGER });
  const recorder = createRecorder({ client, controller: 'goproxycache.io/operator', instance: hostname(), log });
  const enqueue = (key: string) => controller.enqueue(key);
  const world = createWorld({
    client,
    namespaces: options.namespaces,
    onChange: enqueue,
    onGone: (key, child) => strays.note(key, child),
    onError: (resource, error) => log.warn({ kind: resource.kind, err: error }, 'list or watch failed, trying again'),
  });
  const strays = createStrays(client, world.children);
  const poller = createPoller(enqueue);
  const deps = {
    client,
    world,
    poller,
    recorder,
    wishes: createWishes(options.images),
    strays,
    fresh: createFreshness(client, world.caches),
    random: Math.random,
    now: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
  };
  const controller = createController({
    name: 'goproxycache',
    workers: options.workers,
    log,
    metrics,
    reconcile: (key, signal, reconcileLog) => reconcile(deps, key, signal, reconcileLog),
  });
  new Gauge({
    name: 'goproxycache_ready',
    help: 'Whether a cache is Ready (1) or not (0), told by the operator that works.',
    labelNames: ['namespace', 'name'],
    registers: [metrics.registry],
    collect() {
      this.reset();
      // One pod says it, so that a sum over pods counts each cache once.
      if (elector && !elector.leads()) return;
      for (const cache of world.caches.store.list()) {
        const { namespace, name } = cache.metadata;
        const ready = cache.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
        this.set({ namespace, name }, ready ? 1 : 0);
      }
    },
  });
  const namespaces = options.namespaces.length === 0 ? 'all' : options.namespaces;
  log.info({ version: options.version, namespaces, images: options.images }, 'starting');
  return runManager({
    log,
    metrics,
    reflectors: world.reflectors,
    controllers: [controller],
    election: elector,
    health: { port: options.healthPort },
    ...(options.signal && { signal: options.signal }),
    closers: [
      () => Promise.resolve(poller.stop()),
      () => recorder.flush(),
      // The last write of all.
      () => elector?.release(guarded?.unsettled()) ?? Promise.resolve(),
      () => transport.close(),
    ],
  });
}
