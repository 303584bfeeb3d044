import { createArmory } from './arming.ts';
import type { Fault, Match, RequestKey, Weather } from './contract.ts';
import type { Strike } from './faults.ts';

/** Weather as the proxy sees it. */
export interface Sky {
  readonly weather: Weather;
  /** The fault that a request meets, if any. */
  readonly strikeOf: (key: RequestKey) => Strike | undefined;
}

export function createSky(pick: (key: RequestKey) => Fault | undefined): Sky {
  const armory = createArmory<Match, Fault>();
  const all: Strike[] = [];
  let requests = 0;
  let isOver = false;
  return {
    weather: {
      get requests() {
        return requests;
      },
      get struck() {
        return all.filter(({ armed }) => armed.hasStruck()).length;
      },
      end: () => {
        isOver = true;
        for (const { armed } of all) armed.disarm();
      },
    },
    strikeOf: (key) => {
      if (isOver) return undefined;
      requests++;
      const fault = pick(key);
      if (!fault) return undefined;
      const strike = armory.add(key, fault);
      all.push(strike);
      return strike;
    },
  };
}
