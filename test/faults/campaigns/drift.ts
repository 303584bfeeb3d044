/**
 * C10, after Mutiny (DSN 2024), whose faults in owners, labels and selectors made half of all failures of whole clusters: somebody else
 * changes, takes or deletes what the operator has made.
 */
import { INSTANCE } from '../../../src/desired/labels.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Lane, State } from '../bed/lane.ts';
import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import { corruptions } from '../drift/corruptions.ts';
import { giveHome, takeHome } from '../drift/homes.ts';
import type { Site, Struck } from '../drift/site.ts';
import { inTime, siteOf, withChild } from '../drift/site.ts';
import { isStill, probeOf } from '../drift/still.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { normalised, settled } from '../oracle/observe.ts';
import { keyText } from '../proxy/key.ts';
import { workloadOf } from '../workloads/workloads.ts';

/** A child, and what becomes of it. */
interface Drift extends Plan {
  readonly workload: string;
  /** `Kind/name`. */
  readonly child: string;
  readonly corruption: string;
}

const WORKLOADS = ['everything', 'create'];
/** A rollout on a busy machine. */
const SETTLED_MS = 30_000;
const SAMPLE = 10;
/** One field after the other: `create` has no kind that `everything` has not. */
const LONG = new Set(['its fields changed', 'its fields removed', 'more added to its fields']);

export const drift: Campaign = {
  name: 'drift',
  title:
    'what somebody else changes, takes or deletes of a cache is mended within 5 s, or told, and what is theirs stays',
  place: 'lane',
  together: 4,
  longestMs: 600_000,

  plans: async ({ sample }: Scope, lane) => {
    if (!lane) throw new Error('drift needs a lane');
    const plans: Drift[] = [];
    for (const name of sample ? ['create'] : WORKLOADS) plans.push(...(await plansOf(name, lane)));
    if (!sample) return plans.filter(({ workload, corruption }) => workload === 'everything' || !LONG.has(corruption));
    const short = plans.filter(({ corruption }) => !LONG.has(corruption) && !corruption.includes('for a while'));
    const step = Math.ceil(short.length / SAMPLE);
    return short.filter((_, index) => index % step === 0);
  },

  run: async (plan, _, lane): Promise<Result> => {
    if (!lane) throw new Error('drift needs a lane');
    const begin = performance.now();
    const crashes = lane.operator.crashes;
    const workload = workloadOf((plan as Drift).workload);
    const home = await takeHome(lane, workload);
    const { namespace } = home;
    let isAsBefore = false;
    try {
      const { problems, isMarked, figures } = await play(plan as Drift, lane, namespace);
      if (lane.operator.crashes > crashes) problems.push('the operator ended by itself');
      const violations = lane.proxy.violations(namespace);
      isAsBefore = !isMarked && problems.length === 0 && violations.length === 0;
      return resultOf(plan, { struck: true, problems, violations, ms: performance.now() - begin, figures });
    } finally {
      if (isAsBefore) giveHome(lane, workload, home);
      else lane.free(namespace);
    }
  },
};

async function plansOf(name: string, lane: Lane): Promise<Drift[]> {
  const workload = workloadOf(name);
  const home = await takeHome(lane, workload);
  const children = [...lane.state(home.namespace)].filter(([, object]) => isChild(object));
  giveHome(lane, workload, home);
  return children.flatMap(([child, object]) =>
    corruptions
      .filter(({ of }) => of?.(object) ?? true)
      .map(({ name: corruption }) => ({
        id: `drift/${name}/${child.replace('/', ' ')}/${corruption}`,
        workload: name,
        child,
        corruption,
      })),
  );
}

/** What the operator has made: pods and ReplicaSets are made by others for it. */
const isChild = ({ kind, metadata }: KubeObject): boolean =>
  kind !== 'Pod' &&
  kind !== 'ReplicaSet' &&
  (metadata.labels?.[INSTANCE] === 'cache' || (metadata.ownerReferences ?? []).some((owner) => owner.name === 'cache'));

async function play({ id, child, corruption }: Drift, lane: Lane, namespace: string) {
  const chosen = corruptions.find(({ name }) => name === corruption);
  if (!chosen) throw new Error(`${id}: nobody does this: ${corruption}`);
  const site = siteOf(lane, namespace, child);
  const state = lane.state(namespace);
  const struck = await chosen.strike(site);
  const { kept, isForGood = false } = struck;
  const figures = { ...struck.figures, 'slowest mending, ms': Math.round(Math.max(0, ...site.times)) };
  const problems = [
    ...struck.problems,
    ...(isForGood ? [] : await settles(site, normalised(state, namespace), struck)),
    ...remade(site, state),
    ...writtenBeside(site),
    ...(await isStill(site, kept ? withChild(site, kept) : site.before)),
  ];
  return { problems, isMarked: kept !== undefined || isForGood, figures };
}

/** All is as it was, with what is somebody's by right, and the cache serves. */
function settles(site: Site, before: Observed, { kept }: Struck): Promise<string[]> {
  const { namespace, key } = site;
  const there = kept ? normalised(new Map([[key, kept]]), namespace) : new Map<string, unknown>();
  const expected = new Map([...before, ...there]);
  const holds = (state: State) => {
    const steady = settled(state);
    return steady === true ? (differences(expected, normalised(state, namespace))[0] ?? true) : steady;
  };
  return inTime(site, holds, SETTLED_MS);
}

/** Nothing else was made anew. */
function remade({ lane, namespace, key }: Site, before: State): string[] {
  const now = lane.state(namespace);
  return [...before]
    .filter(
      ([other, object]) => other !== key && isChild(object) && now.get(other)?.metadata.uid !== object.metadata.uid,
    )
    .map(([other]) => `${other} was made anew, and nobody touched it`);
}

/** Nothing else was written, but for the child that looks for stillness were made with. */
function writtenBeside(site: Site): string[] {
  const called = [site.key, probeOf(site)];
  return site.lane.proxy
    .seen(site.namespace)
    .filter(
      ({ key: { kind, name, subresource } }) =>
        kind !== 'Event' && kind !== 'Pod' && subresource === '' && !called.includes(`${kind}/${name}`),
    )
    .map((write) => `${keyText(write.key)} was not called for`);
}
