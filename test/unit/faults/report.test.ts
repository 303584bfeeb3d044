import { describe, expect, test } from '@jest/globals';
import type { Result } from '../../faults/campaign.ts';
import type { Entry } from '../../faults/journal.ts';
import { page } from '../../faults/page.ts';
import { progressLine } from '../../faults/progress.ts';
import { duration, lastLine, makeReport, percentile, text, wallMs } from '../../faults/report.ts';
import { converged, stuck } from './fakes.ts';

const facts = { version: 'abc', seed: 1, sample: false, machine: 'two cores', versions: { node: '24' } };
const campaigns = [{ name: 'crash', title: 'Crashes do not matter.' }];
const mutants = [
  { name: 'm1', bug: 'It does <nothing>.', file: '', replace: ['a', 'b'] as const, killers: [] },
  { name: 'm2', bug: 'It does too much.', file: '', replace: ['a', 'b'] as const, killers: [] },
];
const plans = (...ids: string[]): Entry => ({
  kind: 'plans',
  campaign: 'crash',
  plans: ids.map((id) => ({ id })),
  at: 1000,
  ms: 1000,
});
const result = (of: Result, at = 2000): Entry => ({
  kind: 'result',
  campaign: 'crash',
  result: of,
  at,
  ms: 1000,
  tries: 1,
});
const killed = (name: string): Entry => ({
  kind: 'mutant',
  verdict: { name, killedBy: { plan: 'crash/a', problems: ['too many pods'] }, plans: 3, ms: 9 },
  at: 1,
});
const report = (...entries: Entry[]) => makeReport({ entries, campaigns, facts });
const a = { id: 'crash/a' };
const b = { id: 'crash/b' };

describe('a report', () => {
  test('is good when every plan converged or was missed, and some did', () => {
    const good = report(
      plans('crash/a', 'crash/b'),
      result(converged(a)),
      result({ ...converged(b), outcome: 'missed' }),
    );
    expect(good).toMatchObject({ plans: 1, converged: 1, violations: 0, ok: true });
    expect(lastLine(good)).toBe('faults: 1 plans, 1 converged, 0 violations');
    expect(text(good)).toContain('missed: crash/b');
  });

  test.each([
    ['a plan is stuck', [plans('crash/a'), result(stuck(a, 'a pod is missing'))], 'stuck: crash/a\n  a pod is missing'],
    [
      'an invariant was broken',
      [plans('crash/a'), result({ ...stuck(a), violations: ['a claim was deleted'] })],
      'stuck: crash/a\n  a claim was deleted',
    ],
    ['a plan has not run', [plans('crash/a', 'crash/b'), result(converged(a))], 'crash: 1 plans have not run'],
    ['all were missed', [plans('crash/a'), result({ ...converged(a), outcome: 'missed' })], 'missed: crash/a'],
    ['there are no plans', [], 'crash: it has no plans'],
    [
      'the operator crashed',
      [
        plans('crash/a'),
        result(converged(a)),
        { kind: 'problem', campaign: 'crash', what: 'the operator crashed', at: 0 },
      ],
      'crash: the operator crashed',
    ],
  ] as [string, Entry[], string][])('is bad when %s', (_, entries, told) => {
    const bad = report(...entries);
    expect(bad.ok).toBe(false);
    expect(text(bad)).toContain(told);
  });

  test('takes the last result of a plan', () => {
    const again = report(plans('crash/a'), result(stuck(a, 'x')), result(converged(a)));
    expect(again).toMatchObject({ plans: 1, converged: 1, ok: true });
  });

  test('counts the planted bugs that were found, and is bad while one lives', () => {
    const base = [plans('crash/a'), result(converged(a)), killed('m1')];
    const alive = makeReport({ entries: base, campaigns, mutants, facts });
    expect(lastLine(alive)).toBe('faults: 1 plans, 1 converged, 0 violations, mutants killed 1/2');
    expect(alive.ok).toBe(false);
    expect(text(alive)).toContain('mutant m2: alive after 0 plans (It does too much.)');
    const dead = makeReport({ entries: [...base, killed('m2')], campaigns, mutants, facts });
    expect(dead.ok).toBe(true);
    expect(text(dead)).toContain('mutant m2: killed by crash/a (too many pods)');
  });

  test('sums figures up over the plans that have them', () => {
    const of = (id: string, value: number): Entry => result({ ...converged({ id }), figures: { downtime: value } });
    const {
      campaigns: [crash],
    } = report(plans('1', '2', '3'), of('1', 5), of('2', 1), of('3', 3));
    expect(crash?.figures).toEqual([{ name: 'downtime', count: 3, min: 1, median: 3, max: 5, sum: 9 }]);
  });

  test('is a page that needs nothing else and shows what the plans said as text', () => {
    const bad = makeReport({
      entries: [plans('crash/a'), result({ ...stuck(a, '<b>bold</b>'), violations: ['x & y'] })],
      campaigns,
      mutants,
      facts,
    });
    const html = page(bad);
    expect(html).toContain('&#60;b&#62;bold&#60;/b&#62;');
    expect(html).toContain('x &#38; y');
    expect(html).toContain('It does &#60;nothing&#62;.');
    expect(html).not.toMatch(/<(script|link|img)|https?:|<b>/);
  });
});

describe('figures', () => {
  test.each([
    [[], 0],
    [[[0, 5]], 5],
    [
      [
        [0, 5],
        [3, 8],
      ],
      8,
    ],
    [
      [
        [100, 110],
        [0, 5],
        [2, 3],
      ],
      15,
    ],
  ] as [[number, number][], number][])('intervals %j cover %d', (intervals, expected) => {
    expect(wallMs(intervals)).toBe(expected);
  });

  test.each([
    [[], 0.5, 0],
    [[7], 0.99, 7],
    [[4, 1, 3, 2], 0.5, 2],
    [Array.from({ length: 200 }, (_, index) => index + 1), 0.99, 198],
  ])('of %j the share %d is at most %d', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });

  test.each([
    [31.4, '31 ms'],
    [1234, '1.2 s'],
    [59_000, '59 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms are %s', (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });

  test('a campaign under way is one line', () => {
    expect(progressLine('crash', [], 10)).toBe('crash         making plans, 10 ms');
    const entries = [plans('crash/a', 'crash/b'), result(stuck(a, 'x'))];
    expect(progressLine('crash', entries, 3000)).toBe('crash         1/2 plans, 1 stuck, 3.0 s');
  });
});
