/**
 * C8, the second half of what Anvil (OSDI 2024) calls eventually stable reconciliation: what has converged stays so. Whatever makes the
 * operator look again, it writes nothing, and nothing gets another version.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULTS } from '../../../src/install/options.ts';
import { resources } from '../../../src/kube/paths.ts';
import { LEASE } from '../../../src/reconcile/operator.ts';
import { RESYNC_MS } from '../../../src/reconcile/resync.ts';
import { eventually } from '../../bench/operator/fleet.ts';
import type { Lane } from '../bed/lane.ts';
import { CLASSES } from '../bed/volumes.ts';
import type { Campaign, Result } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import { keyText } from '../proxy/key.ts';
import type { Operation, WatchFault } from '../proxy/proxy.ts';
import type { Population } from '../stillness/population.ts';
import { populationOf, versionsOf } from '../stillness/population.ts';
import { watchedKinds } from '../watch/kinds.ts';
import { isSteady } from '../workloads/workload.ts';

const RESYNCS = 3;
const RECONCILED_MS = 30_000;
const STEADY_MS = 60_000;
/** A gateway pod answers a new operator within 2 s, or is taken not to answer. */
const QUIET_MS = 3_000;
const POLL_MS = 100;

type Disturb = (lane: Lane, population: Population) => Promise<void>;

const DISTURBANCES = new Map<string, Disturb>([
  [
    'three resyncs',
    async (lane, population) => {
      for (let count = 0; count < RESYNCS; count++) await resync(lane, population);
    },
  ],
  [
    'killed and started',
    async (lane, population) => {
      await lane.operator.kill();
      await started(lane, population);
    },
  ],
  [
    'stopped and started',
    async (lane, population) => {
      await lane.operator.stop();
      await started(lane, population);
    },
  ],
  [
    'started with an election',
    async (lane, population) => {
      await lane.operator.stop();
      await started(lane, population, ['--leader-election', `--leader-election-namespace=${DEFAULTS.namespace}`]);
      await resync(lane, population);
      await lane.operator.stop();
      await started(lane, population);
    },
  ],
  ...watchedKinds.map((kind): [string, Disturb] => [
    `watch of ${kind} closed`,
    (lane, population) => broken(lane, population, kind, { do: 'close' }, 'WATCH'),
  ]),
  ...watchedKinds.map((kind): [string, Disturb] => [
    `${kind} listed again`,
    (lane, population) => broken(lane, population, kind, { do: 'gone', as: 'event' }, 'LIST'),
  ]),
  [
    'ten minutes',
    async (lane, { caches }) => {
      const before = await lane.operator.reconciles();
      await untilReconciled(lane, before + caches, RESYNC_MS.latest + RECONCILED_MS);
    },
  ],
]);
const SAMPLE = ['three resyncs', 'killed and started'];

export const stillness: Campaign = {
  name: 'stillness',
  title:
    'nothing is written for caches that have converged, however often and after whatever the operator looks at them again',
  place: 'lane',
  together: 1,
  beside: true,
  longestMs: RESYNC_MS.latest + 600_000,

  plans: ({ sample }) =>
    Promise.resolve(
      [...DISTURBANCES.keys()]
        .filter((name) => !sample || SAMPLE.includes(name))
        .map((name) => ({ id: `stillness/${name}` })),
    ),

  run: async (plan, scope, lane): Promise<Result> => {
    const disturb = DISTURBANCES.get(plan.id.slice('stillness/'.length));
    if (!lane || !disturb) throw new Error(`stillness has no plan ${plan.id}`);
    const population = await populationOf(lane, scope);
    const begin = performance.now();
    const found = await whatChanges(lane, population, disturb);
    const { caches } = population;
    return resultOf(plan, { struck: true, ...found, ms: performance.now() - begin, figures: { caches } });
  },
};

async function whatChanges(lane: Lane, population: Population, disturb: Disturb) {
  const { residents } = population;
  for (const { namespace } of residents) await lane.until(namespace, isSteady, STEADY_MS);
  await delay(QUIET_MS);
  const before = residents.map(({ namespace }) => versionsOf(lane, namespace));
  for (const { namespace } of residents) lane.proxy.forget(namespace);
  const elsewhere = ['', DEFAULTS.namespace].map((namespace) => ({
    namespace,
    count: lane.proxy.seen(namespace).length,
  }));
  const crashes = lane.operator.crashes;
  await disturb(lane, population);
  await delay(QUIET_MS);
  const writes = residents.flatMap(({ name, namespace }) =>
    lane.proxy.seen(namespace).map(({ key }) => `${name}: ${keyText(key)}`),
  );
  const outside = elsewhere.flatMap(({ namespace, count }) =>
    lane.proxy
      .seen(namespace)
      .slice(count)
      .filter(({ key }) => key.kind !== resources.Lease.kind || key.name !== LEASE)
      .map(({ key }) => `${namespace}: ${keyText(key)}`),
  );
  const changed = residents.flatMap(({ name, namespace }, index) =>
    [...versionsOf(lane, namespace)]
      .filter(([key, version]) => before[index]?.get(key) !== version)
      .map(([key]) => `${name}: ${key} has another version than before`),
  );
  const gone = residents.flatMap(({ name, namespace }, index) => {
    const now = versionsOf(lane, namespace);
    return [...(before[index]?.keys() ?? [])].filter((key) => !now.has(key)).map((key) => `${name}: ${key} is gone`);
  });
  return {
    problems: [
      ...writes,
      ...outside,
      ...changed,
      ...gone,
      ...(lane.operator.crashes > crashes ? ['the operator ended by itself'] : []),
    ],
    violations: residents.flatMap(({ namespace }) => lane.proxy.violations(namespace)),
  };
}

let touches = 0;

/** Has every cache reconciled, as the resync does: a StorageClass that changes wakes them all. */
async function resync(lane: Lane, { caches }: Population): Promise<void> {
  const before = await lane.operator.reconciles();
  const annotations = { 'stillness.example.com/touched': String(++touches) };
  await lane.client.mergePatch(resources.StorageClass, { name: CLASSES.fixed }, { metadata: { annotations } });
  await untilReconciled(lane, before + caches);
}

async function started(lane: Lane, { caches }: Population, flags: readonly string[] = []): Promise<void> {
  await lane.operator.start({ flags });
  await untilReconciled(lane, caches);
}

/** Breaks the watch of a kind, and waits until the operator has begun anew. Then all caches are reconciled. */
async function broken(
  lane: Lane,
  population: Population,
  kind: string,
  fault: WatchFault,
  operation: Operation,
): Promise<void> {
  const count = () =>
    lane.proxy.seen('', { reads: true }).filter(({ key }) => key.kind === kind && key.operation === operation).length;
  const before = count();
  const armed = lane.proxy.armWatch({ kind }, fault);
  await armed.struck;
  await eventually(`a ${operation} of ${kind}`, () => Promise.resolve(count() > before), RECONCILED_MS, POLL_MS);
  await resync(lane, population);
}

const untilReconciled = (lane: Lane, count: number, withinMs = RECONCILED_MS): Promise<void> =>
  eventually(`${String(count)} reconciles`, async () => (await lane.operator.reconciles()) >= count, withinMs, POLL_MS);
