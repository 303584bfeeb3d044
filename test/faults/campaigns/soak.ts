/** C12: hours of life with caches of all sorts, while a hundredth of all requests fails. Each slice ends in peace, and is judged there. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane, State } from '../bed/lane.ts';
import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import { children } from '../chain/children.ts';
import type { Json } from '../chain/json.ts';
import { unset } from '../chain/json.ts';
import { makeSecrets } from '../chain/secrets.ts';
import { writeSpec } from '../chain/write.ts';
import { RETENTION } from '../../../src/desired/labels.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { cacheOf, observe, settle, settled } from '../oracle/observe.ts';
import { keyText } from '../proxy/key.ts';
import { randomOf } from '../random.ts';
import { percentile } from '../report.ts';
import { drift } from '../soak/drifts.ts';
import { createJudge, sampleMemory } from '../soak/memory.ts';
import type { Step } from '../soak/steps.ts';
import { stepsOf } from '../soak/steps.ts';
import { startTrouble } from '../soak/trouble.ts';

/** A part of the soak. Its operator is the one of the part before, if none was killed. */
interface Slice extends Plan {
  readonly seed: number;
  readonly ms: number;
  readonly caches: number;
  /** From one thing that is done to a cache to the next, in the mean. */
  readonly pauseMs: number;
  /** From one kill to the next, in the mean; absent: none. */
  readonly killMs?: number;
  /** So long nothing may be written in the end. */
  readonly stillMs: number;
}

const SLICES = 12;
const MINUTES = 10;
/** The operator is killed in the first ones only: what it takes for 90 minutes is to be seen. */
const KILLING = 3;
/** From the last fault and the last change. */
const REST_MS = 30_000;
/** No fault is in the way of a fresh cache. */
const FRESH_MS = 60_000;
const FRESH_TOGETHER = 4;

const judgeMemory = createJudge();

export const soak: Campaign = {
  name: 'soak',
  title:
    'Two hours of changes while a hundredth of all requests fails: every ten minutes all comes to rest, and memory stays as it was',
  place: 'lane',
  together: 1,
  beside: true,
  longestMs: (MINUTES + 5) * 60_000,
  plans: (scope) => Promise.resolve(scope.sample ? [sample(scope)] : slices(scope)),
  run: (plan, _, lane) => {
    if (!lane) throw new Error('soak runs on a lane');
    return live(plan as Slice, lane);
  },
};

const slices = ({ seed }: Scope): Slice[] =>
  Array.from({ length: SLICES }, (_, index) => ({
    id: `soak/${String(index * MINUTES).padStart(3, '0')}-${String((index + 1) * MINUTES).padStart(3, '0')}`,
    seed: seed * 1_000 + index,
    ms: MINUTES * 60_000,
    caches: 24,
    pauseMs: 15_000,
    ...(index < KILLING && { killMs: 100_000 }),
    stillMs: 10_000,
  }));

const sample = ({ seed }: Scope): Slice => ({
  id: 'soak/sample',
  seed,
  ms: 15_000,
  caches: 6,
  pauseMs: 2_000,
  killMs: 8_000,
  stillMs: 3_000,
});

async function live(slice: Slice, lane: Lane): Promise<Result> {
  const startedAt = performance.now();
  const crashes = lane.operator.crashes;
  const namespaces = await Promise.all(Array.from({ length: slice.caches }, () => lane.take()));
  const memory = sampleMemory(() => lane.operator.pid);
  try {
    await Promise.all(namespaces.map((namespace) => makeSecrets(lane, namespace)));
    const trouble = startTrouble(lane, slice.seed, slice.killMs);
    const over = new AbortController();
    const people = Promise.all(namespaces.map((namespace, index) => use(slice, index, lane, namespace, over.signal)));
    try {
      await Promise.race([delay(slice.ms), people]);
    } finally {
      await trouble.end();
      over.abort();
    }
    const all = await people;
    const taken = memory();
    const problems = await rest(
      slice,
      lane,
      namespaces,
      all.map(({ spec }) => spec),
    );
    if (lane.operator.crashes > crashes) problems.push('the operator ended by itself');
    problems.push(...judgeMemory(taken));
    const { requests, faults, watchFaults, kills } = trouble.counts();
    return resultOf(slice, {
      struck: faults > 0,
      problems: problems.slice(0, 50),
      violations: namespaces.flatMap((namespace) => lane.proxy.violations(namespace)),
      ms: performance.now() - startedAt,
      figures: {
        changes: all.reduce((sum, { steps }) => sum + steps, 0),
        requests,
        'faults of requests': faults,
        'faults of watches': watchFaults,
        kills,
        'MiB at the beginning': Math.round(taken.samples.at(0) ?? 0),
        'MiB at the end': Math.round(taken.samples.at(-1) ?? 0),
        'MiB, median of the slice': Math.round(percentile(taken.samples, 0.5)),
      },
    });
  } finally {
    memory();
    for (const namespace of namespaces) lane.free(namespace);
  }
}

/** Makes a cache and does one thing after the other with it until it is over. What it should be in the end, and what was done. */
async function use({ seed, pauseMs }: Slice, index: number, lane: Lane, namespace: string, signal: AbortSignal) {
  const next = randomOf(seed * 100 + index);
  let spec: Json = {};
  let steps = 0;
  await writeSpec(lane, namespace, spec);
  for (const step of stepsOf(next)) {
    const goesOn = await delay(pauseMs * 2 * next(), true, { signal }).catch(() => false);
    if (!goesOn) break;
    await take(step, spec, lane, namespace);
    if (step.do === 'spec') spec = step.spec;
    steps++;
  }
  if (spec['paused'] === true) {
    spec = unset(spec, ['paused']);
    await writeSpec(lane, namespace, spec);
  }
  return { spec, steps };
}

async function take(step: Step, spec: Json, lane: Lane, namespace: string): Promise<void> {
  switch (step.do) {
    case 'spec':
      return writeSpec(lane, namespace, step.spec);
    case 'anew': {
      const uid = cacheOf(lane.state(namespace))?.metadata.uid ?? '';
      await lane.client.remove(resources.GoProxyCache, { name: 'cache', namespace }, { uid });
      return writeSpec(lane, namespace, spec);
    }
    case 'drift':
      return drift(lane, namespace, step.drift, step.pick);
  }
}

/** Waits until all is as a fresh cache of the same spec is, and nothing is written any more. What is not so, one sentence each. */
async function rest(
  { stillMs }: Slice,
  lane: Lane,
  namespaces: readonly string[],
  specs: readonly Json[],
): Promise<string[]> {
  const deadline = performance.now() + REST_MS;
  const problems: string[] = [];
  const note = (namespace: string, error: unknown) => problems.push(`${namespace}: ${String(error)}`);
  const rested = Promise.all(
    namespaces.map((namespace) => settle(lane, namespace, REST_MS).catch((error: unknown) => note(namespace, error))),
  );
  const fresh = await deployAll(lane, specs);
  await rested;
  await Promise.all(
    namespaces.map(async (namespace, index) => {
      const wanted = fresh[index] ?? new Map<string, unknown>();
      const isSame = (state: State) =>
        settled(state) === true
          ? (differences(wanted, own(lane, namespace, specs[index] ?? {}))[0] ?? true)
          : settled(state);
      await lane
        .until(namespace, isSame, Math.max(0, deadline - performance.now()))
        .catch((error: unknown) => note(namespace, error));
    }),
  );
  const before = namespaces.map((namespace) => lane.proxy.seen(namespace).length);
  await delay(stillMs);
  const late = namespaces.flatMap((namespace, index) =>
    lane.proxy
      .seen(namespace)
      .slice(before[index])
      .map(({ key }) => `${namespace}: ${keyText(key)} came when all was at rest`),
  );
  return [...problems, ...late];
}

/** What becomes of each spec on a cache of its own, some at a time. */
async function deployAll(lane: Lane, specs: readonly Json[]): Promise<Observed[]> {
  const out: Observed[] = [];
  const todo = [...specs.entries()];
  const work = async () => {
    for (let one = todo.shift(); one; one = todo.shift()) {
      const [index, spec] = one;
      const namespace = await lane.take();
      try {
        await makeSecrets(lane, namespace);
        await writeSpec(lane, namespace, spec);
        await settle(lane, namespace, FRESH_MS);
        out[index] = observe(lane, namespace);
      } finally {
        lane.free(namespace);
      }
    }
  };
  await Promise.all(Array.from({ length: FRESH_TOGETHER }, work));
  return out;
}

/** Without the claims of environments that were there for a while: they are kept with Retain. */
function own(lane: Lane, namespace: string, spec: Json): Observed {
  const state = lane.state(namespace);
  const wanted = new Set(children(spec).map(({ kind, metadata }) => `${kind}/${metadata.name}`));
  const isKept = (key: string, object: KubeObject | undefined) =>
    object?.kind === 'PersistentVolumeClaim' &&
    !wanted.has(key) &&
    object.metadata.annotations?.[RETENTION] !== 'Delete';
  return new Map([...observe(lane, namespace)].filter(([key]) => !isKept(key, state.get(key))));
}
