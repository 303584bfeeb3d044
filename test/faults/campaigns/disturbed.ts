/** What these campaigns have in common: a workload is disturbed once, and all must end as it does undisturbed. */
import type { Plan, Result } from '../campaign.ts';
import { resultOf } from '../campaign.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Lane, State } from '../bed/lane.ts';
import { isSteady } from '../workloads/workload.ts';
import { differences } from '../oracle/differences.ts';
import { observe } from '../oracle/observe.ts';
import { summary } from '../oracle/summary.ts';
import type { Armed, Fault, RequestKey } from '../proxy/proxy.ts';
import { disturb, prepare, referenceOf } from '../workloads/reference.ts';
import { workloadOf } from '../workloads/workloads.ts';

/** A plan that disturbs the last step of a workload. */
export interface Disturbed extends Plan {
  readonly workload: string;
  /** From the last step to the end state of the reference. */
  readonly withinMs: number;
}

/** One that disturbs a request, as it is kept. */
export interface Disturbance extends Disturbed {
  readonly key: Omit<RequestKey, 'namespace'>;
  readonly fault: Fault;
}

/** Each plan has another. */
export function withoutNamespace({ operation, kind, name, subresource, occurrence }: RequestKey): Disturbance['key'] {
  return { operation, kind, name, subresource, occurrence };
}

/** What is done to a workload. */
export interface Blow {
  /** Called when all is prepared, before the last step. */
  arm(lane: Lane, namespace: string): Armed;
  /** Called when the last step was done, and awaited: for what neither a request nor an event brings about. */
  strike?(lane: Lane, namespace: string): Promise<void>;
  /** Called when it has struck, and awaited: what was wrong, one sentence each. */
  struck?(lane: Lane, namespace: string): Promise<readonly string[]>;
}

/** Disturbs the request that the plan names. After a kill another operator starts. */
export const requestBlow = ({ key, fault }: Disturbance, struck?: Blow['struck']): Blow => ({
  arm: (lane, namespace) => lane.proxy.arm({ ...key, namespace }, fault),
  struck: async (lane, namespace) => {
    if (fault.do === 'kill') {
      await lane.operator.kill();
      await lane.operator.start();
    }
    return (await struck?.(lane, namespace)) ?? [];
  },
});

/** Whether the controller of a Deployment has seen its latest spec. */
const isObserved = ({ kind, metadata, status }: KubeObject): boolean =>
  kind !== 'Deployment' ||
  ((status as { observedGeneration?: number } | undefined)?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

const QUIET_MS = 150;

export async function runDisturbed(plan: Disturbed, lane: Lane, blow: Blow): Promise<Result> {
  const begin = performance.now();
  const result = await attempt(plan, lane, blow);
  return resultOf(plan, { ...result, ms: performance.now() - begin });
}

async function attempt(plan: Disturbed, lane: Lane, blow: Blow) {
  const workload = workloadOf(plan.workload);
  if (!lane.operator.running) await lane.operator.start();
  const reference = await referenceOf(workload, lane);
  const namespace = await lane.take();
  const crashes = lane.operator.crashes;
  try {
    await prepare(workload, lane, namespace);
    const armed = blow.arm(lane, namespace);
    const told: string[] = [];
    let isOver = false;
    const after = armed.struck.then(async () => {
      told.push(...((await blow.struck?.(lane, namespace)) ?? []));
      isOver = true;
    });
    // It is awaited below, which may be long after it failed.
    after.catch(() => undefined);
    await disturb(workload, lane, namespace);
    await blow.strike?.(lane, namespace);
    const isSame = (state: State) => {
      const steady = isSteady(state);
      const unseen = [...state.values()].find((object) => !isObserved(object));
      if (steady !== true || unseen) return steady === true ? `${unseen?.kind ?? ''} is not observed yet` : steady;
      return differences(reference.end, observe(lane, namespace))[0] ?? true;
    };
    const deadline = performance.now() + plan.withinMs;
    let late: string | undefined;
    // A restarted operator looks at everything once more: what it says after that counts.
    for (let isQuiet = false; !isQuiet && late === undefined;) {
      late = await lane.until(namespace, isSame, deadline - performance.now()).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (armed.hasStruck()) await after;
      await lane.until(namespace, () => 'quiet', QUIET_MS).catch(() => undefined);
      isQuiet = isSame(lane.state(namespace)) === true && isOver === armed.hasStruck();
    }
    armed.disarm();
    // What it does to the operator must not be the next plan's.
    if (armed.hasStruck()) await after;
    const made = summary(lane.proxy.seen(namespace));
    const problems = [
      ...told,
      ...(late === undefined ? [] : [late]),
      ...made.filter((line) => !reference.summary.includes(line)).map((line) => `${line}, and not so in the reference`),
      ...(lane.operator.crashes > crashes ? ['the operator ended by itself'] : []),
    ];
    return { struck: armed.hasStruck(), problems, violations: lane.proxy.violations(namespace) };
  } finally {
    lane.free(namespace);
  }
}
