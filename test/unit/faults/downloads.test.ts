import { expect, test } from '@jest/globals';
import { noticed, replaced } from '../../faults/campaigns/downloads.ts';
import type { Seen } from '../../faults/cluster/clients.ts';
import { longestGap } from '../../faults/cluster/coldclient.ts';

const seen = (more: Partial<Seen> = {}): Seen => ({
  steady: [{ requests: 10, failed: 0, longestPauseMs: 20, done: true }],
  downloads: 2,
  failedDownloads: [],
  slowestDownloadMs: 100,
  cold: { requests: 3, failures: [], gapMs: 0, slowestMs: 50 },
  ...more,
});
const cold = (status: number): Partial<Seen> => ({
  cold: { requests: 3, failures: [{ path: '/x', status, from: 1, to: 2 }], gapMs: 1, slowestMs: 5 },
});
const failed = (words: string): Partial<Seen> => ({ failedDownloads: [words] });

test.each([
  { what: 'nothing failed', given: {}, gap: 'none', problems: 0 },
  { what: 'nothing was asked', given: { downloads: 0 }, gap: 'none', problems: 1 },
  { what: 'a new module got 502 without a gap', given: cold(502), gap: 'none', problems: 1 },
  { what: 'a new module got 502 in a gap', given: cold(502), gap: 'restart', problems: 0 },
  { what: 'a new module got 404 in a gap', given: cold(404), gap: 'restart', problems: 1 },
  { what: 'a new module got no answer in a gap', given: cold(0), gap: 'restart', problems: 1 },
  {
    what: 'a build failed while an engine was away',
    given: failed('x.mod: 502 Bad Gateway'),
    gap: 'restart',
    problems: 1,
  },
] as const)('$what ($gap): $problems', ({ given, gap, problems }) => {
  expect(noticed(seen(given), { gap })).toHaveLength(problems);
});

test('a pod that goes without a reason is told, and a rollout that did not happen', () => {
  const before = [
    { role: 'gateway', name: 'g', uid: '1', address: '' },
    { role: 'engine/prod', name: 'e', uid: '2', address: '' },
  ];
  const left = (...uids: string[]) =>
    replaced({ what: 'x', replaces: ['gateway'] }, before, ({ uid }) => uids.includes(uid));
  expect(left('2')).toEqual([]);
  expect(left()).toEqual(['x: pod e (engine/prod) was replaced, and had no reason to']);
  expect(left('1', '2')).toEqual(['x: no pod of gateway was replaced, so there was no rollout']);
});

test('a gap lasts from a failure to the next good answer', () => {
  const at = (from: number, good: boolean) => ({ from, to: from + 10, good });
  expect(longestGap([at(0, true), at(100, false), at(200, false), at(300, true), at(400, false), at(500, true)])).toBe(
    210,
  );
  expect(longestGap([at(0, true)])).toBe(0);
});
