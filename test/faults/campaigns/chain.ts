/**
 * C6, after Acto (SOSP 2023): specs one after another on one cache. After each operation the cache has to be what a fresh one with the
 * same spec is, a change has to show, and a step back has to lead back.
 */
import { isDeepStrictEqual } from 'node:util';
import type { V1DeploymentSpec, V1DeploymentStatus } from '@kubernetes/client-node';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Lane, State } from '../bed/lane.ts';
import type { Campaign, Plan, Result, Scope } from '../campaign.ts';
import type { Chain } from '../chain/chains.ts';
import { chains } from '../chain/chains.ts';
import { children } from '../chain/children.ts';
import type { Claims } from '../chain/claims.ts';
import { follow, refusals } from '../chain/claims.ts';
import { childrenOf, comparable, expected } from '../chain/expected.ts';
import type { Json } from '../chain/json.ts';
import { leaves } from '../chain/leaves.ts';
import { differences } from '../oracle/differences.ts';
import type { Observed } from '../oracle/observe.ts';
import { conditionOf, observe, settled, undisturbed } from '../oracle/observe.ts';
import { makeSecrets } from '../chain/secrets.ts';
import { writeSpec } from '../chain/write.ts';

/** No fault is in the way, so this only has to be longer than two rollouts on a busy machine. */
const SETTLE_MS = 60_000;
/** A step back after so many operations. */
const BACK_EVERY = 4;
const SAMPLE = { chains: 2, operations: 5 };

const chainsOf = ({ seed, sample }: Scope): Chain[] =>
  sample
    ? chains(seed)
        .filter(({ name }) => name === 'environments' || name === 'storage-classes')
        .slice(0, SAMPLE.chains)
        .map((chain) => ({ ...chain, operations: chain.operations.slice(0, SAMPLE.operations) }))
    : chains(seed);

type Deployment = KubeObject<V1DeploymentSpec, V1DeploymentStatus>;

/** Where a chain is: what was asked for, and what came of it. */
interface Stage {
  spec: Json;
  claims: Claims;
  observed: Observed;
}

export const chain: Campaign = {
  name: 'chain',
  title: 'after any sequence of spec changes a cache is what a fresh one with the same spec is',
  place: 'lane',
  together: 4,
  longestMs: 600_000,

  plans: (scope) => Promise.resolve(chainsOf(scope).map(({ name }) => ({ id: `chain/${name}` }))),

  async run(plan: Plan, scope: Scope, lane: Lane | undefined): Promise<Result> {
    if (!lane) throw new Error('chain runs on a lane');
    const all = chainsOf(scope);
    const index = all.findIndex(({ name }) => plan.id === `chain/${name}`);
    const mine = all[index];
    if (!mine) throw new Error(`chain has no plan ${plan.id}`);
    const startedAt = performance.now();
    const { problems, operations, rollbacks } = await walk(lane, mine);
    const known = new Set(all.slice(0, index).flatMap((other) => leavesOf(other)));
    return {
      id: plan.id,
      outcome: problems.length === 0 ? 'converged' : 'stuck',
      problems,
      ms: performance.now() - startedAt,
      figures: {
        operations,
        rollbacks,
        'leaf properties changed': new Set(leavesOf(mine).filter((leaf) => !known.has(leaf))).size,
        ...(index === 0 && { 'leaf properties of the spec': leaves.length }),
      },
    };
  },
};

const leavesOf = ({ operations }: Chain): string[] => operations.flatMap(({ leaf }) => leaf ?? []);

async function walk(lane: Lane, { start, operations }: Chain) {
  const namespace = await lane.take();
  const problems: string[] = [];
  let [done, rollbacks] = [0, 0];
  try {
    await makeSecrets(lane, namespace);
    let stage: Stage = await reach(lane, namespace, { spec: start, claims: follow(new Map(), start) });
    for (const { what, spec } of operations) {
      const say = (found: readonly string[]) =>
        problems.push(...found.map((text) => `operation ${String(done + 1)} (${what}): ${text}`));
      const next = await reach(lane, namespace, {
        spec,
        claims: isPaused(spec) ? stage.claims : follow(stage.claims, spec),
      });
      say(isPaused(spec) ? leftAlone(stage, next) : await compare(lane, stage, next));
      if (++done % BACK_EVERY === 0 && !isPaused(spec) && !isPaused(stage.spec)) {
        const back = await reach(lane, namespace, { spec: stage.spec, claims: follow(next.claims, stage.spec) });
        say(
          differences(expected(stage.observed, next.observed, back.claims), comparable(back.observed, back.claims)).map(
            (text) => `stepped back: ${text}`,
          ),
        );
        stage = await reach(lane, namespace, { spec, claims: follow(back.claims, spec) });
        rollbacks += 1;
      } else stage = next;
    }
  } catch (error) {
    const { what = 'start' } = operations[done] ?? {};
    problems.push(`operation ${String(done + 1)} (${what}): ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    problems.push(...lane.proxy.violations(namespace).map(({ what }) => what));
    lane.free(namespace);
  }
  return { problems: problems.slice(0, 50), operations: done, rollbacks };
}

const isPaused = (spec: Json) => spec['paused'] === true;

/** Gives the cache a spec, and waits for what should come of it. */
async function reach(lane: Lane, namespace: string, { spec, claims }: Omit<Stage, 'observed'>): Promise<Stage> {
  await writeSpec(lane, namespace, spec);
  await lane.until(
    namespace,
    (state) => {
      const told = answered(state, { spec, claims });
      return told === true ? rolledOut(state) : told;
    },
    SETTLE_MS,
  );
  return { spec, claims, observed: observe(lane, namespace) };
}

/** The conditions of the cache say what they should of this spec. */
function answered(state: State, { spec, claims }: Omit<Stage, 'observed'>): true | string {
  if (isPaused(spec)) return paused(state);
  return refusals(claims).size > 0 ? refusedWell(state, claims) : settled(state);
}

/** Each kind comes by a watch of its own: what the operator has seen of a Deployment may come here after what it says of the cache. */
function rolledOut(state: State): true | string {
  for (const { kind, metadata, spec, status } of [...state.values()] as Deployment[]) {
    const ready = status?.readyReplicas ?? 0;
    if (kind === 'Deployment' && ready !== spec?.replicas)
      return `Deployment ${metadata.name ?? ''} has ${String(ready)} ready pods`;
  }
  return true;
}

const paused = (state: State): true | string =>
  conditionOf(state, 'Reconciling')?.reason === 'Paused' || 'the condition Reconciling does not say Paused';

/** All serves, and StorageReady says why a claim is not what the spec asks for. */
function refusedWell(state: State, claims: Claims): true | string {
  const storage = conditionOf(state, 'StorageReady');
  const wanted = [...refusals(claims)];
  if (!wanted.some((reason) => reason === storage?.reason))
    return `StorageReady says ${storage?.reason ?? 'nothing'} and should say ${wanted.join(' or ')}`;
  const waits = ['EnginesReady', 'GatewayReady'].find((type) => conditionOf(state, type)?.status !== 'True');
  return waits === undefined ? undisturbed(state) : `${waits}: ${conditionOf(state, waits)?.message ?? 'nothing'}`;
}

/** A paused cache leaves its children alone. */
const leftAlone = (before: Stage, now: Stage): string[] =>
  differences(childrenOf(before.observed), childrenOf(now.observed)).map((text) => `while paused: ${text}`);

/** O3: equal to a fresh deployment. O4: what the spec asks for otherwise has become otherwise, and nothing else has. */
async function compare(lane: Lane, before: Stage, now: Stage): Promise<string[]> {
  const fresh = await deploy(lane, now.spec);
  const found = differences(expected(fresh, now.observed, now.claims), comparable(now.observed, now.claims));
  const asked = !isDeepStrictEqual(wishOf(before), wishOf(now));
  const isSeen = differences(childrenOf(before.observed), childrenOf(now.observed)).length > 0;
  const held = refusals(before.claims).size + refusals(now.claims).size > 0;
  if (asked !== isSeen && !held && !isPaused(before.spec))
    found.push(asked ? 'no child shows the change' : 'children changed, and the spec asks for nothing else');
  return found;
}

/** What a spec asks for. Of claims it is what they can be: to name the class that a claim has already changes nothing. */
const wishOf = ({ spec, claims }: Stage) => ({
  objects: children(spec).filter(({ kind }) => kind !== 'PersistentVolumeClaim'),
  claims,
});

async function deploy(lane: Lane, spec: Json): Promise<Observed> {
  const namespace = await lane.take();
  try {
    await makeSecrets(lane, namespace);
    const claims = follow(new Map(), spec);
    return (await reach(lane, namespace, { spec, claims })).observed;
  } finally {
    lane.free(namespace);
  }
}
