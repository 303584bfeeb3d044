import type { Campaign, Plan, Result, Scope } from './campaign.ts';
import type { Lane } from './bed/lane.ts';
import type { Journal } from './journal.ts';
import { plansOf, resultsOf } from './journal.ts';
import { laneProblems } from './problems.ts';

/** Options of {@link runCampaigns}. */
export interface RunOptions {
  readonly campaigns: readonly Campaign[];
  readonly scope: Scope;
  /** How many lanes work side by side. Each campaign that goes beside the others has one more. */
  readonly lanes: number;
  readonly makeLane: (number: number) => Promise<Lane>;
  readonly journal: Journal;
  readonly plansOnly?: boolean;
  /** Done when all campaigns have ended but those that go beside. */
  readonly last?: () => Promise<void>;
  /** Told of each plan that ended, and that plans were made. */
  readonly onProgress?: (campaign: Campaign) => void;
}

/** A campaign under way. */
interface Job {
  readonly campaign: Campaign;
  /** Undefined until plans are made. */
  todo: Plan[] | undefined;
  /** While a lane makes them, or is made for that. */
  making: PromiseWithResolvers<void> | undefined;
  /** How often the bed broke: by the id of a plan, '' while plans were made. */
  readonly broken: Map<string, number>;
}

/** A missed plan is tried again so often: its moment may depend on how fast the machine was. */
const MORE_TRIES = 3;
const LONGEST_MS = 120_000;
/** So many new lanes one after the other break only on a machine, or with an operator, where none works. */
const MOST_BREAKS = 20;

/** Thrown out of a lane that is to be made anew. */
class BedBroke extends Error {
  override readonly name = 'BedBroke';
}

/**
 * Runs what the journal does not have yet. Lanes take plans from the first campaign that has some; those that need no lane come after,
 * those that go beside have a lane of their own meanwhile. A plan that throws takes its lane with it and is tried once more on a new one;
 * a second time it counts as stuck. Rejects only when no lane can be made.
 */
export async function runCampaigns(options: RunOptions): Promise<void> {
  const { campaigns, scope, lanes } = options;
  const jobs = (wanted: (campaign: Campaign) => boolean) =>
    campaigns.filter(wanted).map((campaign) => jobOf(campaign, options));
  const isBeside = ({ place, beside = false }: Campaign) => place === 'lane' && beside && !scope.sample;
  const together = jobs((campaign) => campaign.place === 'lane' && !isBeside(campaign));
  const beside = jobs(isBeside);
  const rest = jobs(({ place }) => place !== 'lane');
  const main = async () => {
    await Promise.all(Array.from({ length: lanes }, (_, number) => serve(number, together, options)));
    for (const job of rest) {
      try {
        await serve(undefined, [job], options);
      } finally {
        await job.campaign.end?.();
      }
    }
    await options.last?.();
  };
  await Promise.all([main(), ...beside.map((job, index) => serve(lanes + index, [job], options))]);
}

/** Has every campaign make its plans that has not, and runs none. */
export async function makeAllPlans(options: RunOptions): Promise<void> {
  await runCampaigns({ ...options, plansOnly: true });
}

function jobOf(campaign: Campaign, { journal, plansOnly = false }: RunOptions): Job {
  const done = resultsOf(journal.entries, campaign.name);
  const todo = plansOf(journal.entries, campaign.name)?.filter(({ id }) => !plansOnly && !done.has(id));
  return { campaign, todo, making: undefined, broken: new Map() };
}

/** One lane, or none, until no job has anything left for it. */
async function serve(number: number | undefined, jobs: readonly Job[], options: RunOptions): Promise<void> {
  let lane: Lane | undefined;
  let brokeInARow = 0;
  try {
    for (;;) {
      const job = jobs.find(({ todo, making }) => (todo ? todo.length > 0 : !making));
      if (!job) {
        const making = jobs.flatMap((each) => each.making?.promise ?? []);
        if (making.length === 0) return;
        await Promise.race(making);
        continue;
      }
      const isMaker = !job.todo;
      if (isMaker) job.making = Promise.withResolvers();
      try {
        if (number !== undefined) lane ??= await options.makeLane(number);
        await work(job, lane, options);
        brokeInARow = 0;
      } catch (error) {
        if (!(error instanceof BedBroke) || ++brokeInARow > MOST_BREAKS) throw error;
        await lane?.stop().catch(() => undefined);
        lane = undefined;
      } finally {
        if (isMaker) made(job);
      }
    }
  } finally {
    await lane?.stop();
  }
}

async function work(job: Job, lane: Lane | undefined, options: RunOptions): Promise<void> {
  const { campaign } = job;
  const { journal } = options;
  const problems = laneProblems(lane);
  try {
    if (lane && !lane.operator.running) await lane.operator.start();
    if (!job.todo) await makePlans(job, lane, options);
    const state = { broke: false };
    const workers = Array.from({ length: campaign.together }, () => takePlans(job, lane, options, state));
    const ends = await Promise.allSettled(workers);
    const broke = ends.find((end) => end.status === 'rejected');
    if (broke) throw broke.reason;
  } catch (error) {
    if (error instanceof BedBroke) throw error;
    throw new BedBroke(describe(error), { cause: error });
  } finally {
    for (const what of problems()) journal.add({ kind: 'problem', campaign: campaign.name, what, at: Date.now() });
    options.onProgress?.(campaign);
  }
}

async function makePlans(job: Job, lane: Lane | undefined, options: RunOptions): Promise<void> {
  const { campaign } = job;
  const { journal, scope } = options;
  const startedAt = Date.now();
  try {
    const plans = await campaign.plans(scope, lane);
    const names = new Set(plans.map(({ id }) => id));
    if (names.size < plans.length) throw new Error(`${campaign.name} has two plans of one id`);
    job.todo = options.plansOnly === true ? [] : [...plans];
    const at = Date.now();
    journal.add({ kind: 'plans', campaign: campaign.name, plans, at, ms: at - startedAt });
    options.onProgress?.(campaign);
  } catch (error) {
    const times = breaks(job, '');
    scope.say(`${campaign.name}: plans could not be made: ${describe(error)}`);
    if (times > 1) {
      job.todo = [];
      const what = `its plans could not be made: ${describe(error)}`;
      journal.add({ kind: 'problem', campaign: campaign.name, what, at: Date.now() });
    }
    throw error;
  } finally {
    made(job);
  }
}

/** Lets other lanes see that plans are there, or that they have to be made. */
function made(job: Job): void {
  job.making?.resolve();
  job.making = undefined;
}

/** Takes plans until there are no more, or until the lane broke for one of the others too. */
async function takePlans(
  job: Job,
  lane: Lane | undefined,
  { journal, scope, onProgress }: RunOptions,
  state: { broke: boolean },
): Promise<void> {
  const { campaign } = job;
  for (let plan = job.todo?.shift(); plan; plan = state.broke ? undefined : job.todo?.shift()) {
    const startedAt = Date.now();
    const { id } = plan;
    try {
      const { result, tries } = await tryPlan(campaign, plan, scope, lane);
      const at = Date.now();
      journal.add({ kind: 'result', campaign: campaign.name, result, at, ms: at - startedAt, tries });
      onProgress?.(campaign);
    } catch (error) {
      state.broke = true;
      scope.say(`${id}: the bed broke: ${describe(error)}`);
      if (breaks(job, id) === 1) job.todo?.unshift(plan);
      else {
        const problems = [`the bed broke twice: ${describe(error)}`];
        const at = Date.now();
        const result: Result = { id, outcome: 'stuck', problems, ms: at - startedAt };
        journal.add({ kind: 'result', campaign: campaign.name, result, at, ms: at - startedAt, tries: 2 });
      }
      throw error;
    }
  }
}

/** One plan; one that missed its moment is tried again. */
export async function tryPlan(
  campaign: Campaign,
  plan: Plan,
  scope: Scope,
  lane: Lane | undefined,
): Promise<{ result: Result; tries: number }> {
  for (let tries = 1; ; tries++) {
    const result = await within(campaign.longestMs ?? LONGEST_MS, campaign.run(plan, scope, lane));
    if (result.outcome !== 'missed' || tries > MORE_TRIES) return { result, tries };
  }
}

function breaks(job: Job, id: string): number {
  const times = (job.broken.get(id) ?? 0) + 1;
  job.broken.set(id, times);
  return times;
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it did not end within ${String(ms / 1000)} s`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
