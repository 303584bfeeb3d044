import { describe, expect, test } from '@jest/globals';
import { compareQuantities } from '../../../src/api/quantity.ts';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import { get } from '../../faults/chain/json.ts';
import type { RequestKey } from '../../faults/proxy/contract.ts';
import { createSky } from '../../faults/proxy/weather.ts';
import { randomOf } from '../../faults/random.ts';
import { createJudge } from '../../faults/soak/memory.ts';
import type { Step } from '../../faults/soak/steps.ts';
import { stepsOf } from '../../faults/soak/steps.ts';

const steps = (seed: number): Step[] => stepsOf(randomOf(seed)).take(200).toArray();

describe('the steps of a cache', () => {
  const made = steps(1);
  const specs = made.flatMap((step) => (step.do === 'spec' ? [step.spec] : []));

  test('are the same each time, and others with another seed', () => {
    expect(steps(1)).toEqual(made);
    expect(steps(2)).not.toEqual(made);
  });

  test('are of every sort', () => {
    expect(new Set(made.map((step) => step.do))).toEqual(new Set(['spec', 'anew', 'drift']));
    expect(new Set(specs.map(({ paused }) => paused === true))).toEqual(new Set([true, false]));
  });

  test('go through valid specs only', () => {
    const problems = specs.flatMap((spec) => validate({ metadata: { name: 'cache' }, spec }).problems);
    expect(problems.map(describeProblem)).toEqual([]);
  });

  test('never make a claim smaller', () => {
    const sizes = specs.map((spec) => (get(spec, ['storage', 'size']) as string | undefined) ?? '10Gi');
    const shrunk = sizes.filter((size, index) => compareQuantities(size, sizes[index - 1] ?? '0') < 0);
    expect(new Set(sizes).size).toBeGreaterThan(1);
    expect(shrunk).toEqual([]);
  });
});

describe('the memory of the operator', () => {
  const slice = (pid: number, ...samples: number[]) => ({ pids: new Set([pid]), samples });

  test('may be some more than in the second slice of a process', () => {
    const judge = createJudge();
    const told = [slice(7, 60), slice(7, 100, 90, 100), slice(7, 130, 120)].map(judge);
    expect(told).toEqual([[], [], []]);
  });

  test('may not grow beyond', () => {
    const judge = createJudge();
    const told = [slice(7, 60), slice(7, 100), slice(7, 131, 131, 99)].map(judge);
    expect(told).toEqual([[], [], ['the operator takes 131 MiB, and took 100 some slices before']]);
  });

  test('has its measure anew when another process runs', () => {
    const judge = createJudge();
    const both = { pids: new Set([7, 8]), samples: [60, 200] };
    const told = [slice(7, 60), slice(7, 60), both, slice(8, 200), slice(8, 210)].map(judge);
    expect(told).toEqual([[], [], [], [], []]);
  });
});

describe('the weather of the proxy', () => {
  const key = { operation: 'APPLY', kind: 'Service' } as RequestKey;

  test('counts requests and what struck, and is asked for each', () => {
    const faults = [undefined, { do: 'hang' } as const, undefined];
    const { weather, strikeOf } = createSky(() => faults.shift());
    const strikes = [key, key, key].map(strikeOf);
    strikes[1]?.strike();
    expect(strikes.map((strike) => strike?.fault.do)).toEqual([undefined, 'hang', undefined]);
    expect([weather.requests, weather.struck]).toEqual([3, 1]);
  });

  test('lets go of what hangs when it ends, and strikes no more', () => {
    const { weather, strikeOf } = createSky(() => ({ do: 'hang' }));
    const released: string[] = [];
    const strike = strikeOf(key);
    strike?.strike();
    strike?.onDisarm(() => released.push('it'));
    weather.end();
    expect(released).toEqual(['it']);
    expect(strikeOf(key)).toBeUndefined();
  });
});
