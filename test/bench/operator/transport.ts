/**
 * How many server-side applies a second go through our transport, and through client-node as it comes, to the same API
 * server: KUBECONFIG=... node test/bench/operator/transport.ts [-n 2000] [-c 16] [--rounds 3] [-o json]
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { CoreV1Api, KubernetesObjectApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import { createClient } from '../../../src/kube/client.ts';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import { quantile } from './fleet.ts';

/** Options of {@link benchTransport}. */
export interface BenchOptions {
  /** A kubeconfig file; otherwise the usual places. */
  kubeconfig?: string | undefined;
  /** ConfigMaps applied in each round. Default 2000. */
  count?: number;
  /** Applies under way at once. Default 16. */
  concurrency?: number;
  /** Each contender runs once in a round, in an order that turns, so that none gets the quiet moments. Default 3. */
  rounds?: number;
}

/** What one contender did, over all rounds. Applies/s are of its median round. */
export interface BenchResult {
  name: string;
  appliesPerSecond: number;
  /** Of each round, in order. */
  rounds: number[];
  p50Ms: number;
  p99Ms: number;
  /** CPU time of this process for 1000 applies. */
  cpuSecondsPer1000: number;
}

interface ConfigMap extends KubeObject {
  data: Record<string, string>;
}

interface Contender {
  name: string;
  apply: (object: ConfigMap) => Promise<unknown>;
  close: () => Promise<void>;
}

const fieldManager = 'goproxycache-bench';

/** Runs all contenders against one API server, in a namespace of its own that it deletes. */
export async function benchTransport(options: BenchOptions = {}): Promise<BenchResult[]> {
  const { count = 2000, concurrency = 16, rounds = 3 } = options;
  const load = (): KubeConfig => loadKubeConfig({ file: options.kubeconfig });
  const transport = connect(load, { userAgent: fieldManager });
  const client = createClient(transport, { fieldManager });
  const namespace = `bench-${randomUUID().slice(0, 8)}`;
  const made = await client.create<KubeObject>(resources.Namespace, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const contenders = [ours(load), stockCore(load), stockObject(load)];
  const measured = contenders.map(() => ({ rates: [] as number[], latencies: [] as number[], cpuSeconds: 0 }));
  try {
    // A round for nothing: connections, compiled code, warm caches of the server.
    for (const contender of contenders) await round(contender, { namespace, count: 100, concurrency, salt: 'warm' });
    for (let turn = 0; turn < rounds; turn++) {
      for (let place = 0; place < contenders.length; place++) {
        const index = (place + turn) % contenders.length;
        const contender = contenders[index];
        const sums = measured[index];
        if (!contender || !sums) continue;
        const cpu = process.cpuUsage();
        const { seconds, latencies } = await round(contender, { namespace, count, concurrency, salt: String(turn) });
        const { user, system } = process.cpuUsage(cpu);
        sums.rates.push(count / seconds);
        sums.latencies.push(...latencies);
        sums.cpuSeconds += (user + system) / 1e6;
      }
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
    await client.remove(resources.Namespace, { name: namespace }, { uid: made.metadata.uid ?? '' });
    await transport.close();
  }
  return contenders.map(({ name }, index) => {
    const { rates = [], latencies = [], cpuSeconds = 0 } = measured[index] ?? {};
    return {
      name,
      appliesPerSecond: quantile(rates, 0.5),
      rounds: rates,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      cpuSecondsPer1000: (1000 * cpuSeconds) / (count * rounds),
    };
  });
}

/** The results as a table for people, with each rate as a multiple of the slowest. */
export function formatResults(results: readonly BenchResult[]): string {
  const slowest = Math.min(...results.map((result) => result.appliesPerSecond));
  const head = ['contender', 'applies/s', 'times', 'p50 ms', 'p99 ms', 'CPU s/1000'];
  const rows = results.map((result) => [
    result.name,
    result.appliesPerSecond.toFixed(0),
    (result.appliesPerSecond / slowest).toFixed(1),
    result.p50Ms.toFixed(1),
    result.p99Ms.toFixed(1),
    result.cpuSecondsPer1000.toFixed(2),
  ]);
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0), title.length),
  );
  return [head, ...rows]
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}

interface Round {
  namespace: string;
  count: number;
  concurrency: number;
  /** Makes the data differ from round to round, so that each apply is a write. */
  salt: string;
}

async function round(contender: Contender, plan: Round): Promise<{ seconds: number; latencies: number[] }> {
  const latencies: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < plan.count) {
      const object = configMap(contender.name, plan, next++);
      const startedAt = performance.now();
      await contender.apply(object);
      latencies.push(performance.now() - startedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: plan.concurrency }, worker));
  return { seconds: (performance.now() - startedAt) / 1000, latencies };
}

function configMap(contender: string, { namespace, salt }: Round, index: number): ConfigMap {
  const labels = { 'app.kubernetes.io/managed-by': fieldManager };
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace,
      name: `${contender.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}-${String(index)}`,
      labels,
    },
    data: { round: salt, text: 'a line of configuration\n'.repeat(40) },
  };
}

function ours(load: () => KubeConfig): Contender {
  const transport = connect(load, { userAgent: fieldManager });
  const client = createClient(transport, { fieldManager });
  return {
    name: 'src/kube',
    apply: (object) => client.apply(resources.ConfigMap, object),
    close: transport.close,
  };
}

function stockCore(load: () => KubeConfig): Contender {
  const api = load().makeApiClient(CoreV1Api);
  const apply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);
  return {
    name: 'client-node CoreV1Api',
    apply: (object) => {
      const { name, namespace = '' } = object.metadata;
      return api.patchNamespacedConfigMap({ name, namespace, body: object, fieldManager, force: true }, apply);
    },
    close: () => Promise.resolve(),
  };
}

function stockObject(load: () => KubeConfig): Contender {
  const api = KubernetesObjectApi.makeApiClient(load());
  return {
    name: 'client-node KubernetesObjectApi',
    apply: ({ apiVersion, kind, metadata, data }) => {
      const { name, namespace = '', labels = {} } = metadata;
      const object = { apiVersion, kind, metadata: { name, namespace, labels }, data };
      return api.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
    },
    close: () => Promise.resolve(),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      number: { type: 'string', short: 'n', default: '2000' },
      concurrency: { type: 'string', short: 'c', default: '16' },
      rounds: { type: 'string', default: '3' },
      output: { type: 'string', short: 'o', default: 'table' },
    },
  });
  const results = await benchTransport({
    count: Number(values.number),
    concurrency: Number(values.concurrency),
    rounds: Number(values.rounds),
  });
  console.log(values.output === 'json' ? JSON.stringify(results, undefined, 2) : formatResults(results));
}
