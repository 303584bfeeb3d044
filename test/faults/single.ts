import type { Lane } from './bed/lane.ts';
import type { Campaign } from './campaign.ts';
import { withOperator } from './calibrate.ts';
import { plansOf } from './journal.ts';
import { laneProblems } from './problems.ts';
import type { RunOptions } from './run.ts';
import { tryPlan } from './run.ts';

/**
 * One plan alone, on a lane of its own, whatever the journal says of it: to see a failure again. With a mutant the sound operator runs it
 * first, so that what it compares with is sound. Prints the result as JSON; resolves with whether it converged.
 */
export async function runOnePlan(id: string, mutant: string | undefined, options: RunOptions): Promise<boolean> {
  const [campaign] = options.campaigns;
  if (!campaign) throw new Error(`no campaign has the plan ${id}`);
  const lane = campaign.place === 'lane' ? await options.makeLane(0) : undefined;
  try {
    const plan = await findPlan(id, campaign, lane, options);
    const once = async (planted: string | undefined): Promise<boolean> => {
      const problems = laneProblems(lane);
      const scope = { ...options.scope, ...(planted !== undefined && { mutant: planted }) };
      const { result, tries } = await tryPlan(campaign, plan, scope, lane);
      console.log(
        JSON.stringify(
          { ...(planted !== undefined && { mutant: planted }), ...result, tries, ofTheLane: problems() },
          undefined,
          2,
        ),
      );
      return result.outcome === 'converged';
    };
    let converged = false;
    await withOperator(lane, undefined, async () => {
      converged = await once(undefined);
    });
    if (mutant === undefined) return converged;
    await withOperator(lane, mutant, async () => {
      converged = await once(mutant);
    });
    return converged;
  } finally {
    await lane?.stop();
  }
}

async function findPlan(id: string, campaign: Campaign, lane: Lane | undefined, { scope, journal }: RunOptions) {
  let plans = plansOf(journal.entries, campaign.name);
  if (!plans) {
    await withOperator(lane, undefined, async () => {
      plans = await campaign.plans(scope, lane);
    });
  }
  const plan = plans?.find((each) => each.id === id);
  if (plan) return plan;
  const near = plans?.map((each) => each.id).slice(0, 5) ?? [];
  throw new Error(`${campaign.name} has no plan ${id}: some that it has are ${near.join(', ')}`);
}
