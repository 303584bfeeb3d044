import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '../bed/lane.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { observe } from '../oracle/observe.ts';
import { summary } from '../oracle/summary.ts';
import { keyText } from '../proxy/key.ts';
import type { RequestKey, ToldEvent } from '../proxy/proxy.ts';
import type { Workload } from './workload.ts';
import { isSteady } from './workload.ts';

/** What becomes of a workload when nothing disturbs it. */
export interface Reference {
  readonly end: Observed;
  /** Of oracle/summary.ts. */
  readonly summary: readonly string[];
  /** Requests of its last step that each run has, by the text of their key. */
  readonly writes: ReadonlyMap<string, RequestKey>;
  readonly reads: ReadonlyMap<string, RequestKey>;
  /** What the operator was told in the last step, run by run. */
  readonly told: readonly (readonly ToldEvent[])[];
}

const RUNS = 3;
const STEADY_MS = 60_000;
/** Events and a last status follow shortly. */
const QUIET_MS = 300;
const references = new Map<string, Promise<Reference>>();

/** Runs a workload three times on its lane, once a process. Rejects when the end states differ. */
export function referenceOf(workload: Workload, lane: Lane): Promise<Reference> {
  const known = references.get(workload.name) ?? make(workload, lane);
  references.set(workload.name, known);
  return known;
}

/** Does all steps but the last, each to its end, and makes the proxy count from here. A paused cache is never ready, so it is awaited shortly. */
export async function prepare(workload: Workload, lane: Lane, namespace: string): Promise<void> {
  for (const step of workload.steps.slice(0, -1)) {
    await step.do(lane, namespace);
    const isPaused = workload.name === 'resume';
    if (isPaused) await lane.until(namespace, (state) => hasStatus(state) || 'no status', STEADY_MS);
    else await lane.until(namespace, isSteady, STEADY_MS);
  }
  await delay(QUIET_MS);
  lane.proxy.forget(namespace);
}

const hasStatus = (state: ReturnType<Lane['state']>) => state.get('GoProxyCache/cache')?.status !== undefined;

export const disturb = (workload: Workload, lane: Lane, namespace: string) =>
  workload.steps.at(-1)?.do(lane, namespace) ?? Promise.resolve();

async function once(workload: Workload, lane: Lane): Promise<Reference> {
  const namespace = await lane.take();
  try {
    await prepare(workload, lane, namespace);
    await disturb(workload, lane, namespace);
    await lane.until(namespace, isSteady, STEADY_MS);
    await delay(QUIET_MS);
    await lane.until(namespace, isSteady, STEADY_MS);
    const all = lane.proxy.seen(namespace, { reads: true }).map(({ key }) => key);
    const isRead = ({ operation }: RequestKey) => ['GET', 'LIST', 'WATCH'].includes(operation);
    const byText = (keys: readonly RequestKey[]) => new Map(keys.map((key) => [keyText(key), key]));
    return {
      end: observe(lane, namespace),
      summary: summary(lane.proxy.seen(namespace)),
      writes: byText(all.filter((key) => !isRead(key))),
      reads: byText(all.filter(isRead)),
      told: [lane.proxy.events(namespace)],
    };
  } finally {
    lane.free(namespace);
  }
}

async function make(workload: Workload, lane: Lane): Promise<Reference> {
  const runs = await Promise.all(Array.from({ length: RUNS }, () => once(workload, lane)));
  const [first, ...rest] = runs as [Reference, ...Reference[]];
  const unlike = rest.flatMap(({ end, summary: made }) => [
    ...differences(first.end, end),
    ...(made.join() === first.summary.join() ? [] : [`made and removed: ${made.join()} and ${first.summary.join()}`]),
  ]);
  if (unlike.length > 0)
    throw new Error(`workload ${workload.name} ends in different ways: ${unlike.slice(0, 10).join('; ')}`);
  const common = (of: (run: Reference) => ReadonlyMap<string, RequestKey>) =>
    new Map([...of(first)].filter(([text]) => rest.every((run) => of(run).has(text))));
  return {
    ...first,
    writes: common(({ writes }) => writes),
    reads: common(({ reads }) => reads),
    told: runs.flatMap(({ told }) => told),
  };
}
