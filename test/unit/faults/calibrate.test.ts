import { describe, expect, test } from '@jest/globals';
import { calibrate, killOrder } from '../../faults/calibrate.ts';
import type { Campaign, Scope } from '../../faults/campaign.ts';
import { memoryJournal, verdictsOf } from '../../faults/journal.ts';
import type { Mutant } from '../../faults/mutants/mutant.ts';
import { makeAllPlans } from '../../faults/run.ts';
import { converged, fakeCampaign, fakeLanes, scope, stuck } from './fakes.ts';

const mutant = (name: string, ...killers: string[]): Mutant => ({
  name,
  bug: '',
  file: '',
  replace: ['a', 'b'],
  killers,
});

/** Its plan of this number fails on mutants of these names. */
const telling = (name: string, count: number, tells: Record<string, number>): Campaign =>
  fakeCampaign(name, count, {
    run: (plan, { mutant: planted }: Scope) =>
      Promise.resolve(
        planted !== undefined && plan.id === `${name}/${String(tells[planted])}`
          ? stuck(plan, 'seen')
          : converged(plan),
      ),
  });

async function judge(mutants: Mutant[], campaigns: Campaign[], lanes = 1) {
  const journal = memoryJournal();
  const { made, makeLane } = fakeLanes();
  await makeAllPlans({ campaigns, scope, lanes: 1, makeLane: fakeLanes().makeLane, journal });
  const run = () => calibrate({ mutants, campaigns, scope, lanes, makeLane, journal });
  await run();
  return { made, run, verdicts: verdictsOf(journal.entries) };
}

describe('the calibration', () => {
  test('finds a bug with the plan that is known to tell it', async () => {
    const { verdicts, made } = await judge([mutant('m', 'api/7')], [telling('api', 20, { m: 7 })]);
    expect(verdicts.get('m')).toMatchObject({ killedBy: { plan: 'api/7', problems: ['seen'] }, plans: 1 });
    expect(made[0]?.starts).toEqual([undefined, 'm']);
  });

  test('goes on to all other plans, and leaves a bug alive that none of them tells', async () => {
    const mutants = [mutant('far', 'api/3'), mutant('none')];
    const { verdicts, run } = await judge(mutants, [telling('api', 20, { far: 11 })], 2);
    expect(verdicts.get('far')?.killedBy?.plan).toBe('api/11');
    expect(verdicts.get('none')).toMatchObject({ plans: 20 });
    expect(verdicts.get('none')?.killedBy).toBeUndefined();
    // What is known is not tried again.
    await run();
  });

  test('does not count a plan that fails without the bug too', async () => {
    const broken = fakeCampaign('api', 1, { run: (plan) => Promise.resolve(stuck(plan, 'always')) });
    const { verdicts } = await judge([mutant('m', 'api')], [broken]);
    expect(verdicts.get('m')).toEqual(expect.objectContaining({ plans: 0 }));
    expect(verdicts.get('m')?.killedBy).toBeUndefined();
  });

  test('tries the known plans first, then a choice that the seed makes, and long ones only when they are named', () => {
    const plansOf = (campaign: Campaign, count: number) =>
      Array.from({ length: count }, (_, index) => ({ campaign, plan: { id: `${campaign.name}/${String(index)}` } }));
    const candidates = [
      ...plansOf(fakeCampaign('api', 0), 100),
      ...plansOf(fakeCampaign('election', 0, { place: 'own' }), 2),
      ...plansOf(fakeCampaign('soak', 0, { beside: true }), 2),
    ];
    const ids = (seed: number) =>
      killOrder(mutant('m', 'election/1', 'api/9'), candidates, seed).map(({ plan }) => plan.id);
    expect(ids(1).slice(0, 7)).toEqual(['election/1', 'api/9', 'api/90', 'api/91', 'api/92', 'api/93', 'api/94']);
    expect(ids(1)).toHaveLength(67);
    expect(new Set(ids(1)).size).toBe(67);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
    expect(ids(1)).not.toContain('soak/0');
  });
});
