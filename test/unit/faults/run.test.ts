import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { Campaign } from '../../faults/campaign.ts';
import type { Journal } from '../../faults/journal.ts';
import { memoryJournal, plansOf, resultsOf } from '../../faults/journal.ts';
import { makeAllPlans, runCampaigns } from '../../faults/run.ts';
import { converged, fakeCampaign, fakeLanes, scope } from './fakes.ts';

interface Conditions {
  lanes?: number;
  journal?: Journal;
  sample?: boolean;
  last?: () => Promise<void>;
}

async function run(
  campaigns: Campaign[],
  { lanes = 2, journal = memoryJournal(), sample = false, last = () => Promise.resolve() }: Conditions = {},
) {
  const { made, makeLane } = fakeLanes();
  await runCampaigns({ campaigns, scope: { ...scope, sample }, lanes, makeLane, journal, last });
  const outcomes = (name: string) => [...resultsOf(journal.entries, name).values()].map(({ outcome }) => outcome);
  return { made, journal, outcomes };
}

describe('the runner of campaigns', () => {
  test('runs every plan once, on lanes side by side that it stops', async () => {
    const lanesOf = new Map<string, number>();
    const campaign = fakeCampaign('crash', 20, {
      run: async (plan, _, lane) => {
        expect(lanesOf.has(plan.id)).toBe(false);
        lanesOf.set(plan.id, lane?.number ?? -1);
        await setImmediate();
        return converged(plan);
      },
    });
    const { made, outcomes } = await run([campaign]);
    expect(outcomes('crash')).toEqual(Array(20).fill('converged'));
    expect(new Set(lanesOf.values())).toEqual(new Set([0, 1]));
    expect(made.map(({ stopped }) => stopped)).toEqual([true, true]);
  });

  test('has an operator without a bug run when a plan begins', async () => {
    const run1 = async (killed: boolean) => {
      const campaign = fakeCampaign('crash', 2, {
        run: async (plan, _, lane) => {
          expect(lane?.operator.running).toBe(true);
          if (killed) await lane?.operator.kill();
          return converged(plan);
        },
      });
      return run([campaign, fakeCampaign('next', 1)], { lanes: 1 });
    };
    expect((await run1(false)).made[0]?.starts).toEqual([undefined]);
  });

  test('runs as many plans of a campaign at once as it says, on each lane', async () => {
    let now = 0;
    let most = 0;
    const campaign = fakeCampaign('api', 30, {
      together: 3,
      run: async (plan) => {
        most = Math.max(most, ++now);
        await setImmediate();
        now--;
        return converged(plan);
      },
    });
    await run([campaign], { lanes: 2 });
    expect(most).toBe(6);
  });

  test('lets the second lane take the next campaign while the first makes plans', async () => {
    const gate = Promise.withResolvers<void>();
    const slow = fakeCampaign('slow', 1, {
      plans: async () => {
        await gate.promise;
        return [{ id: 'slow/0' }];
      },
    });
    const quick = fakeCampaign('quick', 1, {
      run: (plan) => {
        gate.resolve();
        return Promise.resolve(converged(plan));
      },
    });
    const { outcomes } = await run([slow, quick]);
    expect([outcomes('slow'), outcomes('quick')]).toEqual([['converged'], ['converged']]);
  });

  test('goes on where a journal ends', async () => {
    const journal = memoryJournal();
    const campaign = fakeCampaign('crash', 3);
    await makeAllPlans({ campaigns: [campaign], scope, lanes: 1, makeLane: fakeLanes().makeLane, journal });
    expect(plansOf(journal.entries, 'crash')).toHaveLength(3);
    expect(resultsOf(journal.entries, 'crash').size).toBe(0);
    journal.add({ kind: 'result', campaign: 'crash', result: converged({ id: 'crash/1' }), at: 0, ms: 0, tries: 1 });
    const ran: string[] = [];
    const again: Campaign = {
      ...campaign,
      plans: () => Promise.reject(new Error('plans are made once')),
      run: (plan) => {
        ran.push(plan.id);
        return Promise.resolve(converged(plan));
      },
    };
    await run([again], { journal });
    expect(ran.sort()).toEqual(['crash/0', 'crash/2']);
    const { made } = await run([again], { journal });
    expect(made).toEqual([]);
  });

  test.each([
    [1, 'converged', 2],
    [2, 'stuck', 3],
  ])('a plan that throws %i times is %s, and each time takes a new lane', async (times, outcome, lanes) => {
    let thrown = 0;
    const campaign = fakeCampaign('crash', 2, {
      run: (plan) =>
        plan.id === 'crash/0' && thrown++ < times
          ? Promise.reject(new Error('etcd ended'))
          : Promise.resolve(converged(plan)),
    });
    const { made, journal } = await run([campaign], { lanes: 1 });
    const results = resultsOf(journal.entries, 'crash');
    expect(results.get('crash/0')?.outcome).toBe(outcome);
    if (times > 1) expect(results.get('crash/0')?.problems).toEqual(['the bed broke twice: etcd ended']);
    expect(results.get('crash/1')?.outcome).toBe('converged');
    expect(made.map(({ stopped }) => stopped)).toEqual(Array(lanes).fill(true));
  });

  test('a plan that does not end is ended with its lane', async () => {
    const campaign = fakeCampaign('crash', 1, { longestMs: 5, run: () => new Promise(() => undefined) });
    const { journal } = await run([campaign], { lanes: 1 });
    const [result] = resultsOf(journal.entries, 'crash').values();
    expect(result?.problems).toEqual(['the bed broke twice: it did not end within 0.005 s']);
  });

  test.each([
    [2, 'converged', 3],
    [9, 'missed', 4],
  ])('a plan that misses its moment %i times is %s after %i tries', async (times, outcome, tries) => {
    let ran = 0;
    const campaign = fakeCampaign('crash', 1, {
      run: (plan) => Promise.resolve(ran++ < times ? { ...converged(plan), outcome: 'missed' } : converged(plan)),
    });
    const { outcomes } = await run([campaign]);
    expect(outcomes('crash')).toEqual([outcome]);
    expect(ran).toBe(tries);
  });

  test('plans that cannot be made are a problem of the campaign, and the others go on', async () => {
    const broken = fakeCampaign('broken', 1, { plans: () => Promise.reject(new Error('no reference')) });
    const { journal, outcomes } = await run([broken, fakeCampaign('crash', 1)], { lanes: 1 });
    expect(journal.entries).toContainEqual(
      expect.objectContaining({
        kind: 'problem',
        campaign: 'broken',
        what: 'its plans could not be made: no reference',
      }),
    );
    expect(outcomes('crash')).toEqual(['converged']);
  });

  test('each campaign that goes beside the others has a lane of its own, but not in a sample', async () => {
    const beside = ['soak', 'stillness'].map((name) => fakeCampaign(name, 1, { beside: true }));
    const numbers = async (sample: boolean) =>
      (await run([fakeCampaign('crash', 1), ...beside], { sample, lanes: 1 })).made.map(({ number }) => number);
    expect(await numbers(false)).toEqual([0, 1, 2]);
    expect(await numbers(true)).toEqual([0]);
  });

  test('what comes last waits for all campaigns but those that go beside', async () => {
    const order: string[] = [];
    const othersEnded = Promise.withResolvers<undefined>();
    const note = (name: string, more: Partial<Campaign>, first?: Promise<undefined>) =>
      fakeCampaign(name, 1, {
        ...more,
        run: async (plan) => {
          await first;
          order.push(name);
          return converged(plan);
        },
      });
    const soak = note('soak', { beside: true }, othersEnded.promise);
    const last = () => {
      order.push('last');
      othersEnded.resolve(undefined);
      return Promise.resolve();
    };
    await run([soak, note('crash', {}), note('election', { place: 'own' })], { last });
    expect(order).toEqual(['crash', 'election', 'last', 'soak']);
  });

  test('a campaign without a lane comes after those with one, and makes none', async () => {
    const order: string[] = [];
    const note = (name: string, more: Partial<Campaign>) =>
      fakeCampaign(name, 1, {
        ...more,
        run: async (plan, _, lane) => {
          await setImmediate();
          order.push(`${name} ${lane ? 'lane' : 'none'}`);
          return converged(plan);
        },
      });
    const { made } = await run([note('election', { place: 'own' }), note('crash', {})], { lanes: 1 });
    expect(order).toEqual(['crash lane', 'election none']);
    expect(made).toHaveLength(1);
  });
});
