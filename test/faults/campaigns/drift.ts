/**
 * C10, after Mutiny (DSN 2024), whose faults in owners, labels and selectors made half of all failures of whole clusters: somebody else
 * changes, takes or deletes what the operator has made.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { INSTANCE } from '../../../src/desired/labels.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { APPLIED } from '../../../src/reconcile/ownership.ts';
import { set } from '../chain/json.ts';
import type { Lane, State } from '../bed/lane.ts';
import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import { corruptions } from '../drift/corruptions.ts';
import type { Site, Struck } from '../drift/site.ts';
import { heals, inTime, put, siteOf, withChild } from '../drift/site.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { normalised, settled } from '../oracle/observe.ts';
import { keyText } from '../proxy/key.ts';
import { reach } from '../workloads/reach.ts';
import { workloads } from '../workloads/workloads.ts';

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
const LONG = new Set(['its fields changed', 'its fields removed', 'more added to its fields']);

export const drift: Campaign = {
  name: 'drift',
  title:
    'what somebody else changes, takes or deletes of a cache is mended within 5 s, or told, and what is theirs stays',
  place: 'lane',
  together: 8,
  longestMs: 600_000,

  plans: async ({ sample }: Scope, lane) => {
    if (!lane) throw new Error('drift needs a lane');
    const plans: Drift[] = [];
    for (const name of sample ? ['create'] : WORKLOADS) plans.push(...(await plansOf(name, lane)));
    if (!sample) return plans;
    const short = plans.filter(({ corruption }) => !LONG.has(corruption) && !corruption.includes('for a while'));
    const step = Math.ceil(short.length / SAMPLE);
    return short.filter((_, index) => index % step === 0);
  },

  run: async (plan, _, lane): Promise<Result> => {
    if (!lane) throw new Error('drift needs a lane');
    const begin = performance.now();
    const namespace = await lane.take();
    const crashes = lane.operator.crashes;
    try {
      const { problems, figures = {} } = await play(plan as Drift, lane, namespace);
      if (lane.operator.crashes > crashes) problems.push('the operator ended by itself');
      const ms = performance.now() - begin;
      return resultOf(plan, { struck: true, problems, violations: lane.proxy.violations(namespace), ms, figures });
    } finally {
      lane.free(namespace);
    }
  },
};

async function plansOf(name: string, lane: Lane): Promise<Drift[]> {
  const namespace = await lane.take();
  try {
    await reach(workloadOf(name), lane, namespace);
    const children = [...lane.state(namespace)].filter(([, object]) => isChild(object));
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
  } finally {
    lane.free(namespace);
  }
}

/** What the operator has made: pods and ReplicaSets are made by others for it. */
const isChild = ({ kind, metadata }: KubeObject): boolean =>
  kind !== 'Pod' &&
  kind !== 'ReplicaSet' &&
  (metadata.labels?.[INSTANCE] === 'cache' || (metadata.ownerReferences ?? []).some((owner) => owner.name === 'cache'));

function workloadOf(name: string) {
  const workload = workloads.find((each) => each.name === name);
  if (!workload) throw new Error(`there is no workload ${name}`);
  return workload;
}

async function play({ id, workload, child, corruption }: Drift, lane: Lane, namespace: string) {
  const chosen = corruptions.find(({ name }) => name === corruption);
  if (!chosen) throw new Error(`${id}: nobody does this: ${corruption}`);
  await reach(workloadOf(workload), lane, namespace);
  lane.proxy.forget(namespace);
  const site = siteOf(lane, namespace, child);
  const state = lane.state(namespace);
  const struck = await chosen.strike(site);
  const problems = [
    ...struck.problems,
    ...(struck.isForGood ? [] : await settles(site, normalised(state, namespace), struck)),
    ...remade(site, state),
    ...writtenBeside(site),
    ...(await isStill(site, struck)),
  ];
  return { problems, ...(struck.figures && { figures: struck.figures }) };
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

/** Nothing else was written. */
const writtenBeside = ({ lane, namespace, key }: Site): string[] =>
  lane.proxy
    .seen(namespace)
    .filter(
      ({ key: { kind, name, subresource } }) =>
        kind !== 'Event' && kind !== 'Pod' && subresource === '' && `${kind}/${name}` !== key,
    )
    .map((write) => `${keyText(write.key)} was not called for`);

/** A moment for the last answers of gateway pods. */
const QUIET_MS = 300;

/** A reconcile that has one thing to do does that one: what somebody left behind causes no writes for ever. */
async function isStill(site: Site, { kept }: Struck): Promise<string[]> {
  const { lane, namespace } = site;
  await delay(QUIET_MS);
  const other = ['ServiceAccount/', 'ConfigMap/']
    .filter((kind) => !site.key.startsWith(kind))
    .flatMap((kind) => [...site.before.keys()].filter((key) => key.startsWith(kind)))[0];
  if (other === undefined) throw new Error(`${namespace} has no other child than ${site.key}`);
  const probe = siteOf(lane, namespace, other);
  const before = lane.proxy.seen(namespace).length;
  await put(probe, (object) => set(object, ['metadata', 'annotations', APPLIED], 'faked'));
  const late = await heals(site, kept ? withChild(site, kept) : site.before);
  const extra = lane.proxy
    .seen(namespace)
    .slice(before)
    .filter(({ key: { kind, name } }) => kind !== 'Event' && `${kind}/${name}` !== other);
  return [...late, ...extra.map(({ key, sent }) => `${keyText(key)} when all was mended ${JSON.stringify(sent)}`)];
}
