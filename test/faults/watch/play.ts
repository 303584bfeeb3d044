import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../../src/kube/paths.ts';
import type { Lane } from '../bed/lane.ts';
import { summary } from '../oracle/summary.ts';
import type { Armed, Seen, Violation } from '../proxy/proxy.ts';
import type { Deed } from './deeds.ts';
import type { Stage } from './stage.ts';
import type { Way } from './ways.ts';

const { GoProxyCache: CACHE } = resources;
const POLL_MS = 20;
const QUIET_MS = 150;
/** Requests to watch the kind again: that of the fault, one that it refuses, and such as the API server ends meanwhile. */
const MOST_WATCHES = 4;

/** What came of it. */
export interface Played {
  readonly problems: readonly string[];
  readonly violations: readonly Violation[];
  /** From the fault until all was well. */
  readonly ms: number;
  readonly lists: number;
}

/** Does a deed while the watch of its kind is disturbed, waits for what has to come of it, and takes it back. */
export async function play(kind: string, deed: Deed, stage: Stage, way: Way): Promise<Played> {
  const { lane, namespace } = stage;
  const problems: string[] = [];
  await deed.before?.(stage);
  lane.proxy.forget(namespace);
  const [about, makes, heard] = [deed.about(stage), deed.makes(stage), requests(lane).length];
  const since = (operation: 'LIST' | 'WATCH'): Seen[] =>
    requests(lane)
      .slice(heard)
      .filter(({ key }) => key.kind === kind && key.operation === operation);
  const begin = performance.now();
  const fault = way.fault(about);
  const isHeld = () => fault.do === 'hold' && performance.now() < begin + fault.ms;
  const hears = () => (way.ends ? since('WATCH').some(({ status }) => status === 200) : !isHeld());
  const armed: Armed[] = [lane.proxy.armWatch({ kind }, fault)];
  if (way.atNext) armed.push(lane.proxy.armWatch({ kind }, { do: 'close' }));
  try {
    if (fault.do === 'drop') await deed.overwritten(stage);
    await deed.do(stage);
    if (kind !== CACHE.kind) await wake(stage);
    const late = await untilWell(deed, stage, hears, performance.now() + way.withinMs);
    if (late !== undefined) problems.push(`${kind}: ${late}`);
    if (!armed.every((each) => each.hasStruck())) problems.push(`the watch of ${kind} never met the fault`);
  } finally {
    for (const each of armed) each.disarm();
  }
  const ms = performance.now() - begin;
  const lists = since('LIST').length;
  if (lists > way.lists) problems.push(`${lists} LISTs of ${kind}, where ${way.lists} would do`);
  const watches = since('WATCH').length;
  if (watches > MOST_WATCHES) problems.push(`${watches} WATCHes of ${kind}, where ${MOST_WATCHES} would do`);
  const allowed = makes.map((name) => `${name}: 1 created, 0 deleted`);
  const made = summary(lane.proxy.seen(namespace)).filter((line) => !allowed.includes(line));
  problems.push(...made.map((line) => `${line}, which nothing asks for`));
  await deed.after?.(stage).catch((error: unknown) => problems.push(`taken back: ${String(error)}`));
  return { problems, violations: lane.proxy.violations(namespace), ms, lists };
}

/** Requests about all namespaces. */
const requests = (lane: Lane) => lane.proxy.seen('', { reads: true });

/** Has the operator look at the cache meanwhile, with what it knows of the kind. */
async function wake({ lane, namespace }: Stage): Promise<void> {
  for (const value of ['soon', null]) {
    const patch = { metadata: { annotations: { 'example.com/look': value } } };
    await lane.client.mergePatch(CACHE, { name: 'cache', namespace }, patch);
  }
}

/** What is not well at the deadline. Undefined as soon as all is well and stays so while the operator hears again. */
async function untilWell(deed: Deed, stage: Stage, hears: () => boolean, deadline: number) {
  const { lane, namespace } = stage;
  const left = () => deadline - performance.now();
  for (;;) {
    const late = await lane
      .until(namespace, (state) => deed.holds(stage, state), Math.max(0, left()))
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    if (late !== undefined) return late;
    while (!hears() && left() > 0) await delay(POLL_MS);
    if (!hears()) return 'the operator did not watch it again in time';
    await delay(QUIET_MS);
    if (deed.holds(stage, lane.state(namespace)) === true) return undefined;
  }
}
