import type { Campaign, Plan, Result, Scope } from './campaign.ts';
import type { Lane } from './bed/lane.ts';
import type { Journal, MutantVerdict } from './journal.ts';
import { plansOf, resultsOf, verdictsOf } from './journal.ts';
import type { Mutant } from './mutants/mutant.ts';
import { laneProblems } from './problems.ts';
import { inOrder } from './random.ts';
import { makeAllPlans, tryPlan } from './run.ts';

/** Options of {@link calibrate}. */
export interface CalibrateOptions {
  readonly mutants: readonly Mutant[];
  readonly campaigns: readonly Campaign[];
  readonly scope: Scope;
  readonly lanes: number;
  readonly makeLane: (number: number) => Promise<Lane>;
  readonly journal: Journal;
  readonly onProgress?: (verdict: MutantVerdict) => void;
}

/** A plan, and the campaign that can run it. */
export interface Candidate {
  readonly campaign: Campaign;
  readonly plan: Plan;
}

/** So many plans with the beginning that a mutant names, and then so many of all. */
const KNOWN = 6;
const OTHERS = 60;

/**
 * Which plans are tried on a mutant, in this order: those that are known to tell it, then a choice of all others that the seed makes.
 * Campaigns that go beside the others are left out, since their plans take long, unless the mutant names them.
 */
export function killOrder(mutant: Mutant, candidates: readonly Candidate[], seed: number): Candidate[] {
  const known = mutant.killers.flatMap((beginning) =>
    candidates.filter(({ plan }) => plan.id.startsWith(beginning)).slice(0, KNOWN),
  );
  const rest = candidates.filter(
    (each) => !known.includes(each) && each.campaign.place === 'lane' && each.campaign.beside !== true,
  );
  return [...new Set(known), ...inOrder(rest, seed).slice(0, OTHERS)];
}

/**
 * For each planted bug plans until one tells it. A plan counts only when it converges on the sound operator too, in this process: so what
 * it compares with was never made by a mutant. Mutants that the journal has are not tried again.
 */
export async function calibrate(options: CalibrateOptions): Promise<void> {
  const { mutants, journal, scope, lanes, makeLane } = options;
  const done = verdictsOf(journal.entries);
  const todo = mutants.filter(({ name }) => !done.has(name));
  if (todo.length === 0) return;
  const named = new Set(todo.flatMap(({ killers }) => killers.map((beginning) => beginning.split('/')[0])));
  const campaigns = options.campaigns.filter(({ name }) => named.has(name));
  await makeAllPlans({ campaigns, scope, lanes, makeLane, journal });
  const candidates = options.campaigns.flatMap((campaign) =>
    (plansOf(journal.entries, campaign.name) ?? []).map((plan) => ({ campaign, plan })),
  );
  await Promise.all(
    Array.from({ length: lanes }, async (_, number) => {
      let lane: Lane | undefined;
      try {
        for (let mutant = todo.shift(); mutant; mutant = todo.shift()) {
          lane ??= await makeLane(number);
          const verdict = await judge(mutant, killOrder(mutant, candidates, scope.seed), lane, options);
          journal.add({ kind: 'mutant', verdict, at: Date.now() });
          options.onProgress?.(verdict);
          // What a mutant left behind must not be the next one's.
          await lane.stop();
          lane = undefined;
        }
      } finally {
        await lane?.stop();
      }
    }),
  );
}

/** How many plans run on the sound operator before the mutant gets them. */
const BATCH = 4;

async function judge(
  mutant: Mutant,
  order: readonly Candidate[],
  lane: Lane,
  { scope, journal }: CalibrateOptions,
): Promise<MutantVerdict> {
  const startedAt = Date.now();
  let plans = 0;
  for (let from = 0; from < order.length; from += BATCH) {
    const batch = order.slice(from, from + BATCH);
    const sound: Candidate[] = [];
    await withOperator(lane, undefined, async () => {
      for (const each of batch) {
        // Known to fail without a mutant: it would prove nothing.
        if (resultsOf(journal.entries, each.campaign.name).get(each.plan.id)?.outcome === 'stuck') continue;
        const { result } = await tryPlan(each.campaign, each.plan, scope, laneOf(each, lane));
        if (result.outcome === 'converged') sound.push(each);
        else
          scope.say(`${each.plan.id}: ${result.outcome} on the sound operator, so it tells nothing of ${mutant.name}`);
      }
    });
    let killer: MutantVerdict['killedBy'];
    await withOperator(lane, mutant.name, async () => {
      for (const each of sound) {
        plans++;
        const problems = await failure(each, mutant, scope, lane);
        if (problems.length === 0) continue;
        killer = { plan: each.plan.id, problems: problems.slice(0, 5) };
        return;
      }
    });
    if (killer) return { name: mutant.name, killedBy: killer, plans, ms: Date.now() - startedAt };
  }
  return { name: mutant.name, plans, ms: Date.now() - startedAt };
}

const laneOf = ({ campaign }: Candidate, lane: Lane) => (campaign.place === 'lane' ? lane : undefined);

/** What a plan says of a mutant; nothing when it converges, or misses its moment. */
async function failure({ campaign, plan }: Candidate, mutant: Mutant, scope: Scope, lane: Lane): Promise<string[]> {
  const problems = laneProblems(lane);
  const own = campaign.place === 'lane' ? lane : undefined;
  try {
    const { result } = await tryPlan(campaign, plan, { ...scope, mutant: mutant.name }, own);
    return [...told(result), ...problems()];
  } catch (error) {
    // The bed broke, which tells nothing of the mutant.
    scope.say(`${plan.id}: ${String(error)}`);
    return [];
  }
}

const told = ({ outcome, problems, violations = [] }: Result): string[] =>
  outcome === 'stuck' ? [...violations, ...problems] : [];

/**
 * Does something while the operator of the lane has a planted bug, or none; also one that is started meanwhile has it. Afterwards
 * none runs.
 */
export async function withOperator(
  lane: Lane | undefined,
  mutant: string | undefined,
  work: () => Promise<void>,
): Promise<void> {
  if (!lane) return work();
  const { operator } = lane;
  const start = operator.start.bind(operator);
  const planted: typeof start = (options) => start(mutant === undefined ? options : { ...options, mutant });
  await operator.kill();
  Object.assign(operator, { start: planted });
  try {
    await operator.start();
    await work();
  } finally {
    Object.assign(operator, { start });
    await operator.kill();
  }
}
