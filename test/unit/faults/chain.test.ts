import { describe, expect, test } from '@jest/globals';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import type { Chain } from '../../faults/chain/chains.ts';
import { chains } from '../../faults/chain/chains.ts';
import { changed } from '../../faults/chain/change.ts';
import { children, SILENT } from '../../faults/chain/children.ts';
import { leaves } from '../../faults/chain/leaves.ts';
import { SCENARIOS } from '../../faults/chain/scenarios.ts';

const all = leaves.map(({ path }) => path);

/** Leaves of operations that changed a child, and nothing else of the spec. */
function shown(of: readonly Chain[]): Set<string> {
  const found = new Set<string>();
  for (const { start, operations } of of)
    operations.forEach(({ leaf, alone, spec }, index) => {
      if (leaf === undefined || !alone || found.has(leaf)) return;
      const before = operations[index - 1]?.spec ?? start;
      if (JSON.stringify(children(spec)) !== JSON.stringify(children(before))) found.add(leaf);
    });
  return found;
}

describe.each([1, 7])('the chains of seed %i', (seed) => {
  const made = chains(seed);

  test('have at least 500 operations', () => {
    expect(made.flatMap(({ operations }) => operations).length).toBeGreaterThanOrEqual(500);
  });

  test('change every leaf property of the spec', () => {
    const found = new Set(made.flatMap(({ operations }) => operations.map(({ leaf }) => leaf)));
    expect(all.filter((path) => !found.has(path))).toEqual([]);
  });

  test('go through valid specs only', () => {
    const problems = made.flatMap(({ start, operations }) =>
      [start, ...operations.map(({ spec }) => spec)].flatMap((spec) =>
        validate({ metadata: { name: 'cache' }, spec }).problems.map(describeProblem),
      ),
    );
    expect(problems).toEqual([]);
  });

  test('are the same each time', () => {
    expect(chains(seed)).toEqual(made);
  });

  test('end with an empty spec, when they were mixed', () => {
    const mixed = made.filter(({ name }) => name.startsWith('mixed'));
    expect(mixed.map(({ operations }) => operations.at(-1)?.spec)).toEqual(mixed.map(() => ({})));
  });
});

test('no field is dead: each leaf changes a child without help, but for a written list', () => {
  const found = shown(chains(1));
  expect(all.filter((path) => !found.has(path))).toEqual(Object.keys(SILENT));
});

test('another seed gives another order', () => {
  expect(chains(1)).not.toEqual(chains(2));
});

test('a scenario is told as it is written', () => {
  const told = chains(1).map(({ name, operations }): [string, number] => [name, operations.length]);
  const written = SCENARIOS.map(({ name, changes }): [string, number] => [name, changes.length]);
  expect(told.slice(0, written.length)).toEqual(written);
});

describe('a change', () => {
  test.each([
    {
      what: 'brings what its rule wants',
      spec: {},
      path: ['gateway', 'envoy', 'image'],
      value: 'a',
      after: { gateway: { type: 'Envoy', envoy: { image: 'a' } } },
    },
    {
      what: 'takes away what cannot be with it',
      spec: { gateway: { type: 'Envoy', envoy: { image: 'a' } } },
      path: ['gateway', 'type'],
      value: undefined,
      after: { gateway: {} },
    },
    {
      what: 'fills in what is required beside it',
      spec: {},
      path: ['environments', 0, 'mirror', 'percent'],
      value: 5,
      after: { environments: [{ name: 'prod', mirror: { to: 'dev', percent: 5 } }, { name: 'dev' }] },
    },
    {
      what: 'that removes what is required removes what cannot be without it',
      spec: { gateway: { tls: { secretRef: { name: 'a' } } } },
      path: ['gateway', 'tls', 'secretRef', 'name'],
      value: undefined,
      after: { gateway: {} },
    },
  ])('$what', ({ spec, path, value, after }) => {
    expect(changed(spec, { path, value })).toEqual({ spec: after, alone: expect.any(Boolean) });
  });

  test('to what is there already is none', () => {
    expect(changed({ paused: true }, { path: ['paused'], value: true })).toBeUndefined();
  });
});
