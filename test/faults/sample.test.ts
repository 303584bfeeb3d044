/** A few plans of every campaign: `npm run test:faults` has all of them. Needs what that command installs and builds by itself. */
import { beforeAll, expect, test } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CHECKOUT } from '../support/environment.ts';
import { campaigns } from './campaigns.ts';
import type { Report } from './report.ts';

const LONGEST_MS = 20 * 60_000;

/** A shallow clone has no release to upgrade from: then it must be said how to get one. */
const git = ['-C', CHECKOUT, 'rev-parse', '--is-shallow-repository'];
const isShallow = execFileSync('git', git, { encoding: 'utf8' }).trim() === 'true';

let report: Report;

beforeAll(async () => {
  const words = [join(CHECKOUT, 'test/faults/main.ts'), '--sample', '--fresh', '-o', 'json'];
  const run = spawn(process.execPath, words, {
    cwd: CHECKOUT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [output] = await Promise.all([text(run.stdout), once(run, 'exit')]);
  report = JSON.parse(output) as Report;
}, LONGEST_MS);

test.each(campaigns.map(({ name, title }) => [name, title]))('%s: %s', (name) => {
  const found = report.campaigns.find((campaign) => campaign.name === name);
  if (name === 'upgrade' && isShallow) {
    expect(found?.problems).toEqual([expect.stringContaining('git fetch --unshallow')]);
    return;
  }
  expect(found).toMatchObject({ failures: [], problems: [], violations: 0, missedPlans: [] });
  expect(found?.converged).toBeGreaterThan(0);
  expect(found?.converged).toBe(found?.planned);
});
