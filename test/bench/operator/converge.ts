import { setTimeout as delay } from 'node:timers/promises';
import type { GoProxyCache } from '../../../src/api/types.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { collectionPath, resources } from '../../../src/kube/paths.ts';
import type { ApiServer } from '../../testbed/apiserver.ts';
import { startApiServer } from '../../testbed/apiserver.ts';
import { say } from '../gateway/say.ts';
import { changeSpecs } from './changes.ts';
import { benchClient, cacheNames, childrenOf, countChildren, createCaches, prepare } from './fleet.ts';
import type { BenchOperator } from './process.ts';
import { startOperator, writesOf } from './process.ts';
import { applyAll, applyChanges, ownApply, stockApply } from './raw.ts';

/** Reconciles, and raw applies, under way at once. */
export const CONCURRENCY = 16;
const CHANGES = 100;
/** The stock client is slow: it is shown by fewer caches. */
const STOCK_CACHES = 100;
const FLAGS = [`--workers=${CONCURRENCY}`];
const IDLE_MS = 20_000;

export interface Converged {
  caches: number;
  children: number;
  /** Applies per second of the children, by our transport alone and by stock client-node. */
  raw: number;
  stock: number;
  /** Seconds from the start of the process until every cache has its children and its status. */
  seconds: number;
  /** What was written by then, and per second. */
  writes: number;
  writesPerSecond: number;
  cpuSeconds: number;
  memory: { settled: number; peak: number; restarted: number };
  /** Writes, and processor seconds, of so many seconds in which nothing happens. */
  idle: { seconds: number; writes: number; cpuSeconds: number };
  /** Milliseconds from the change of a spec to its children; raw: to apply the same. */
  changes: number[];
  rawChanges: number[];
  /** A start with all in place: seconds until it is ready, and what it wrote in the seconds after. */
  restart: { seconds: number; writes: number };
}

/** Runs `work` with an API server of its own, so that no run profits from another one, or suffers. */
async function withServer<T>(work: (server: ApiServer, client: Client) => Promise<T>): Promise<T> {
  const server = await startApiServer();
  const client = benchClient(server.kubeconfigPath);
  try {
    await prepare(client);
    return await work(server, client);
  } finally {
    await client.transport.close();
    await server.stop();
  }
}

/** Resolves when the operator has said of every cache that it has done what the spec says. */
export async function settled(client: Client, count: number): Promise<void> {
  const end = new AbortController();
  const done = new Set<string>();
  const note = ({ metadata, status }: GoProxyCache & KubeObject) => {
    if (status?.observedGeneration === metadata.generation) done.add(metadata.name);
    return done.size >= count;
  };
  const { items, resourceVersion } = await client.list<GoProxyCache & KubeObject>(resources.GoProxyCache);
  if (items.map(note).some(Boolean)) return;
  const options = { query: { watch: true, resourceVersion }, idleMs: 120_000, signal: end.signal };
  for await (const line of client.transport.lines(collectionPath(resources.GoProxyCache), options))
    if (note((line as { object: GoProxyCache & KubeObject }).object)) return;
  throw new Error(`only ${done.size} of ${count} caches were settled`);
}

async function idle(operator: BenchOperator): Promise<Converged['idle']> {
  const [writes, cpu] = [writesOf(await operator.requests()), operator.cpu()];
  await delay(IDLE_MS);
  return {
    seconds: IDLE_MS / 1000,
    writes: writesOf(await operator.requests()) - writes,
    cpuSeconds: operator.cpu() - cpu,
  };
}

async function restart(server: ApiServer): Promise<Converged['restart'] & { memory: number }> {
  const start = performance.now();
  const operator = await startOperator(server.kubeconfigPath, FLAGS);
  try {
    await operator.ready();
    const seconds = (performance.now() - start) / 1000;
    await delay(5_000);
    return { seconds, writes: writesOf(await operator.requests()), memory: operator.memory().now };
  } finally {
    await operator.stop();
  }
}

/** The operator with so many caches of `spec: {}`, and beside it their children by the transport alone, each on an API server of its own. */
export async function converge(caches: number): Promise<Converged> {
  const names = cacheNames(caches);
  const children = caches * childrenOf('any').length;
  const some = names.slice(0, STOCK_CACHES);

  say(`${caches} caches: their ${children} children by the transport alone`);
  const raw = await withServer(async (_, client) => ({
    seconds: await applyAll(ownApply(client), names, CONCURRENCY),
    changes: await applyChanges(ownApply(client), names.slice(0, CHANGES)),
  }));
  say(`${some.length} caches: the same by stock client-node`);
  const stockSeconds = await withServer((server) => applyAll(stockApply(server.kubeconfigPath), some, CONCURRENCY));

  return withServer(async (server, client) => {
    await createCaches(client, names);
    say(`${caches} caches: the operator`);
    const start = performance.now();
    const operator = await startOperator(server.kubeconfigPath, FLAGS);
    try {
      await operator.ready();
      await settled(client, caches);
      const seconds = (performance.now() - start) / 1000;
      const writes = writesOf(await operator.requests());
      const cpuSeconds = operator.cpu();
      const there = await countChildren(client);
      if (there !== children) throw new Error(`there are ${there} children, not ${children}`);
      const quiet = await idle(operator);
      const memory = operator.memory();
      say(`${caches} caches: changes of a spec`);
      const changes = await changeSpecs(client, names.slice(0, CHANGES));
      await operator.stop();
      const again = await restart(server);
      return {
        caches,
        children,
        raw: children / raw.seconds,
        stock: (some.length * childrenOf('any').length) / stockSeconds,
        seconds,
        writes,
        writesPerSecond: writes / seconds,
        cpuSeconds,
        memory: { settled: memory.now, peak: memory.peak, restarted: again.memory },
        idle: quiet,
        changes,
        rawChanges: raw.changes,
        restart: { seconds: again.seconds, writes: again.writes },
      };
    } finally {
      await operator.stop();
    }
  });
}
