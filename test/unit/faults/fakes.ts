import type { Campaign, Plan, Result } from '../../faults/campaign.ts';
import type { Lane } from '../../faults/bed/lane.ts';

/** What a lane is to the runner, and what happened to those that were made. */
export function fakeLanes() {
  const made: { number: number; stopped: boolean; starts: (string | undefined)[] }[] = [];
  const makeLane = (number: number): Promise<Lane> => {
    const record = { number, stopped: false, starts: [] as (string | undefined)[] };
    made.push(record);
    let running = false;
    const operator = {
      start: (options?: { mutant?: string }) => {
        running = true;
        record.starts.push(options?.mutant);
        return Promise.resolve();
      },
      kill: () => {
        running = false;
        return Promise.resolve();
      },
      get running() {
        return running;
      },
      crashes: 0,
      errors: () => [],
    };
    const stop = () => {
      record.stopped = true;
      return Promise.resolve();
    };
    return Promise.resolve({ number, operator, proxy: { violations: () => [] }, stop } as unknown as Lane);
  };
  return { made, makeLane };
}

export const converged = ({ id }: Plan): Result => ({ id, outcome: 'converged', problems: [], ms: 1 });
export const stuck = ({ id }: Plan, ...problems: string[]): Result => ({ id, outcome: 'stuck', problems, ms: 1 });

/** A campaign with so many plans. */
export function fakeCampaign(name: string, count: number, more: Partial<Campaign> = {}): Campaign {
  return {
    name,
    title: `What ${name} shows.`,
    place: 'lane',
    together: 1,
    plans: () => Promise.resolve(Array.from({ length: count }, (_, index) => ({ id: `${name}/${String(index)}` }))),
    run: (plan) => Promise.resolve(converged(plan)),
    ...more,
  };
}

export const scope = { seed: 1, sample: false, say: () => undefined };
