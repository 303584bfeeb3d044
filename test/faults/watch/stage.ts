import { setTimeout as delay } from 'node:timers/promises';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { Lane, State } from '../bed/lane.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { conditionOf, observe, settled, undisturbed } from '../oracle/observe.ts';
import { create, secrets } from '../workloads/workload.ts';
import { everything } from '../workloads/workloads.ts';

/** A cache on which plans of one kind are played, one after the other: each ends as it began. */
export interface Stage {
  readonly lane: Lane;
  readonly namespace: string;
  readonly spec: unknown;
  /** What is in the namespace while nothing happens. */
  readonly begin: Observed;
}

const { StorageClass: CLASS } = resources;

/** The class that the claim of the stage for StorageClasses waits for. Nobody makes volumes for it. */
export const AWAITED_CLASS = 'awaited';

/** One that has an object of every kind; for StorageClasses one that waits for a class, since what a class says is in the status. */
const specOf = (kind: string): unknown =>
  kind === CLASS.kind ? { storage: { storageClassName: AWAITED_CLASS } } : everything;

export const reasonOf = (state: State, type: string): string => conditionOf(state, type)?.reason ?? 'nothing yet';

/** True when the claim waits for a class that is not there, and all else is done that can be done. */
function lacksClass(state: State): true | string {
  const reasons = ['StorageReady', 'GatewayReady'].map((type) => reasonOf(state, type)).join();
  if (reasons !== 'StorageClassMissing,Serving') return reasons;
  const counts = ({ spec, status }: KubeObject) =>
    (spec as { replicas?: number }).replicas === (status as { replicas?: number } | undefined)?.replicas;
  return [...state.values()].every((each) => each.kind !== 'Deployment' || counts(each)) || 'pods are being made';
}

/**
 * True when the gateway pods have said what they run. A gateway whose pods are not known is judged by its Deployment alone, and a plan
 * on another stage may keep the operator from hearing of Pods for some seconds.
 */
const haveReported = (state: State): true | string =>
  reasonOf(state, 'VersionsSupported') === 'VersionsCurrent' || 'no gateway pod has reported';

const PREPARE_MS = 120_000;
const STILL_MS = 500;
const BACK_MS = 60_000;

/** Takes the awaited class away, if it is there. */
export async function removeClass(lane: Lane): Promise<void> {
  const found = await lane.client.find(CLASS, { name: AWAITED_CLASS });
  if (found) await lane.client.remove(CLASS, found.metadata, { uid: found.metadata.uid ?? '' });
}

/** Makes a cache and waits until nothing happens to it any more. No watch may be disturbed for long meanwhile. */
export async function openStage(lane: Lane, kind: string): Promise<Stage> {
  const namespace = await lane.take();
  const spec = specOf(kind);
  if (kind === CLASS.kind) await removeClass(lane);
  await secrets('tls', 'jwks').do(lane, namespace);
  await create(spec).do(lane, namespace);
  const isThere = (state: State) => {
    const held = kind === CLASS.kind ? lacksClass(state) : settled(state);
    return held === true ? haveReported(state) : held;
  };
  await lane.until(namespace, isThere, PREPARE_MS);
  for (;;) {
    const begin = observe(lane, namespace);
    await delay(STILL_MS);
    if (isThere(lane.state(namespace)) === true && differences(begin, observe(lane, namespace)).length === 0)
      return { lane, namespace, spec, begin };
  }
}

/** True when all is as it was at the beginning; else the first difference. */
export function asAtBegin({ lane, namespace, begin }: Stage, state: State): true | string {
  const still = undisturbed(state);
  return still === true ? (differences(begin, observe(lane, namespace))[0] ?? true) : still;
}

/** Until all is as it was at the beginning. */
export const backAtBegin = (stage: Stage): Promise<void> =>
  stage.lane.until(stage.namespace, (state) => asAtBegin(stage, state), BACK_MS);
