/**
 * C7, after Acto: what people get wrong. The message has to name the cause within 30 s, and the way back has to lead to what was before,
 * without a wait for the state in between to become healthy.
 */
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Lane, State } from '../bed/lane.ts';
import type { Campaign, Result } from '../campaign.ts';
import type { Json } from '../chain/json.ts';
import { makeSecrets } from '../chain/secrets.ts';
import { writeSpec } from '../chain/write.ts';
import type { Broken } from '../misoperations/broken.ts';
import { broken } from '../misoperations/broken.ts';
import type { Refusal } from '../misoperations/refused.ts';
import { refusals } from '../misoperations/refused.ts';
import { stripEnvironment } from '../misoperations/stripped.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { cacheOf, observe, settle, settled } from '../oracle/observe.ts';

const TELL_MS = 30_000;
const SETTLE_MS = 60_000;
/** Before and after. */
const GOOD: Json = {};

const ALL = new Map<string, (lane: Lane, namespace: string) => Promise<string[]>>([
  ...refusals.map((refusal): [string, (lane: Lane, namespace: string) => Promise<string[]>] => [
    `misoperations/refused/${refusal.name}`,
    (lane, namespace) => beRefused(lane, namespace, refusal),
  ]),
  ...broken.map((wrong): [string, (lane: Lane, namespace: string) => Promise<string[]>] => [
    `misoperations/${wrong.name}`,
    (lane, namespace) => breakAndMend(lane, namespace, wrong),
  ]),
  ['misoperations/labels taken off an environment that goes', stripAndDrop],
]);

export const misoperations: Campaign = {
  name: 'misoperations',
  title: 'what a person gets wrong is named within 30 s, and taking it back leads back',
  place: 'lane',
  together: 6,

  plans: ({ sample }) =>
    Promise.resolve([...ALL.keys()].filter((_, index) => !sample || index % 8 === 0).map((id) => ({ id }))),

  async run({ id }, _scope, lane): Promise<Result> {
    const plan = ALL.get(id);
    if (!lane || !plan) throw new Error(`misoperations has no plan ${id}`);
    const startedAt = performance.now();
    const namespace = await lane.take();
    let problems: string[];
    try {
      await makeSecrets(lane, namespace);
      await writeSpec(lane, namespace, GOOD);
      await settle(lane, namespace, SETTLE_MS);
      problems = await plan(lane, namespace);
      problems.push(...lane.proxy.violations(namespace).map(({ what }) => what));
    } catch (error) {
      problems = [error instanceof Error ? error.message : String(error)];
    } finally {
      lane.free(namespace);
    }
    return {
      id,
      outcome: problems.length === 0 ? 'converged' : 'stuck',
      problems: problems.slice(0, 20),
      ms: performance.now() - startedAt,
    };
  },
};

/** Nothing may have changed, and the message names field and remedy. */
async function beRefused(lane: Lane, namespace: string, { spec, says }: Refusal): Promise<string[]> {
  const before = observe(lane, namespace);
  const message = await writeSpec(lane, namespace, spec).then(
    () => undefined,
    (error: unknown) => String(error),
  );
  if (message === undefined) return ['it was admitted'];
  const found = says.test(message) ? [] : [`the message names not what it should (${String(says)}): ${message}`];
  return [...found, ...differences(before, observe(lane, namespace))];
}

async function breakAndMend(lane: Lane, namespace: string, { beside, spec, says }: Broken): Promise<string[]> {
  const before = observe(lane, namespace);
  const problems: string[] = [];
  let made: KubeObject | undefined;
  if (beside) {
    const { resource, object } = beside;
    made = await lane.client.create(resource, { ...object, metadata: { ...object.metadata, namespace } });
    if (object.kind === 'ResourceQuota') await untilCounted(lane, namespace);
  }
  await writeSpec(lane, namespace, spec);
  await lane
    .until(namespace, (state) => told(state).some((text) => says.test(text)) || told(state).join('\n'), TELL_MS)
    .catch((error: unknown) => problems.push(`no condition says ${String(says)}: ${String(error)}`));
  await writeSpec(lane, namespace, GOOD);
  if (beside && made) {
    const { name, uid = '' } = made.metadata;
    await lane.client.remove(beside.resource, { name, namespace }, { uid });
  }
  problems.push(...(await isAgain(before, lane, namespace)));
  return problems;
}

async function stripAndDrop(lane: Lane, namespace: string): Promise<string[]> {
  const before = observe(lane, namespace);
  await stripEnvironment(lane, namespace, SETTLE_MS);
  await writeSpec(lane, namespace, GOOD);
  return isAgain(before, lane, namespace);
}

/** What is left over is gone a moment after the cache is ready: claims that are not wanted, or those of an environment that was kept. */
async function isAgain(before: Observed, lane: Lane, namespace: string): Promise<string[]> {
  const holds = (state: State) =>
    settled(state) === true ? (differences(before, kept(observe(lane, namespace)))[0] ?? true) : settled(state);
  return lane.until(namespace, holds, SETTLE_MS).then(
    () => [],
    (error: unknown) => [`taken back: ${String(error)}`],
  );
}

/** A claim of an environment that was there for a while is kept with Retain: that is what the field says. */
const kept = (observed: ReadonlyMap<string, unknown>) =>
  new Map([...observed].filter(([key]) => key !== 'PersistentVolumeClaim/cache--dev'));

/** A quota counts what is there before it refuses more. */
const untilCounted = (lane: Lane, namespace: string): Promise<void> =>
  lane.until(
    namespace,
    (state) => {
      const { used } = (state.get('ResourceQuota/tight')?.status ?? {}) as { used?: object };
      return used !== undefined || 'the quota has not counted yet';
    },
    SETTLE_MS,
  );

/** The conditions as one text each. */
const told = (state: State): string[] =>
  (cacheOf(state)?.status?.conditions ?? [])
    .filter(({ observedGeneration }) => observedGeneration === cacheOf(state)?.metadata.generation)
    .map(({ reason, message }) => `${reason}: ${message}`);
