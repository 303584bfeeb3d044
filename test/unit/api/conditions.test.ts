import { describe, expect, test } from '@jest/globals';
import { CONDITIONS, REASONS, mergeConditions } from '../../../src/api/conditions.ts';
import type { Verdict } from '../../../src/api/conditions.ts';
import type { Condition } from '../../../src/api/status.ts';

const BEFORE = '2026-01-01T00:00:00Z';
const NOW = '2026-01-02T00:00:00Z';
const verdict = (change: Partial<Verdict> = {}): Verdict => ({
  type: 'Ready',
  status: 'True',
  reason: 'AllServing',
  message: 'All is well.',
  ...change,
});
const condition = (change: Partial<Condition> = {}): Condition => ({
  ...verdict(),
  observedGeneration: 1,
  lastTransitionTime: BEFORE,
  ...change,
});

describe('lastTransitionTime', () => {
  test.each([
    ['moves when there was no condition', undefined, verdict(), NOW],
    ['moves when there was one of another type', [condition({ type: 'Stalled' })], verdict(), NOW],
    ['moves when the status changes', [condition({ status: 'False' })], verdict(), NOW],
    ['moves from Unknown to True', [condition({ status: 'Unknown' })], verdict(), NOW],
    ['stays when nothing changes', [condition()], verdict(), BEFORE],
    [
      'stays when only reason and message change',
      [condition()],
      verdict({ reason: 'Converged', message: 'Other.' }),
      BEFORE,
    ],
  ])('%s', (_, before, now, expected) => {
    expect(mergeConditions(before, [now], 2, NOW)).toEqual([
      { ...now, observedGeneration: 2, lastTransitionTime: expected },
    ]);
  });
});

describe('mergeConditions', () => {
  test('gives one condition for each verdict, in their order, and none that nobody judged', () => {
    const before = [condition({ type: 'Foreign' }), condition({ type: 'Stalled' }), condition()];
    const merged = mergeConditions(before, [verdict(), verdict({ type: 'Reconciling' })], 1, NOW);
    expect(merged.map(({ type }) => type)).toEqual(['Ready', 'Reconciling']);
  });

  test('cuts a message to what the CRD admits', () => {
    const [merged] = mergeConditions([], [verdict({ message: 'x'.repeat(100_000) })], 1, NOW);
    expect(merged?.message).toHaveLength(32_000);
  });

  test('never cuts a character in half, since the API server would not store that as it is', () => {
    const [merged] = mergeConditions([], [verdict({ message: `${'x'.repeat(31_999)}💾` })], 1, NOW);
    expect(merged?.message.isWellFormed()).toBe(true);
  });

  test('is equal again when nothing has changed, so that status is not written', () => {
    const verdicts = [verdict(), verdict({ type: 'Stalled', status: 'False', reason: 'NotStalled' })];
    const first = mergeConditions([], verdicts, 1, BEFORE);
    expect(mergeConditions(first, verdicts, 1, NOW)).toEqual(first);
  });
});

test.each([...Object.entries(CONDITIONS), ...Object.entries(REASONS)])(
  '%s is in the form that KEP-1623 asks for, and says in a sentence what it means',
  (name, sentence) => {
    expect(name).toMatch(/^[A-Z][A-Za-z]*$/);
    expect(sentence).toMatch(/^[A-Za-z].*\.$/);
  },
);
