/**
 * `npm run test:faults [-- CAMPAIGN...] [--seed N] [--plan ID [--mutant NAME]] [--sample] [--lanes N] [--fresh] [-o json]`: fault campaigns
 * against the operator (docs/campaigns.md). Results are kept plan by plan in dist/faults, so a run that was killed goes on; those of other
 * sources of the operator or of their campaign do not count. Ends with one line and exit code 0 when every plan converged, nothing was violated and every planted bug was found.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../support/environment.ts';
import { startLane } from './bed/start.ts';
import { calibrate } from './calibrate.ts';
import type { Campaign, Scope } from './campaign.ts';
import { campaigns } from './campaigns.ts';
import { fileJournal } from './journal.ts';
import { mutants } from './mutants/mutants.ts';
import type { Options } from './options.ts';
import { CALIBRATION, parseOptions, UsageError } from './options.ts';
import { page } from './page.ts';
import { machine, prepare, programVersions, takeDown } from './prepare.ts';
import { createProgress } from './progress.ts';
import { lastLine, makeReport, text } from './report.ts';
import { runCampaigns } from './run.ts';
import { runOnePlan } from './single.ts';
import { sourceVersions } from './version.ts';

const folder = join(CHECKOUT, 'dist/faults');

async function main(options: Options): Promise<boolean> {
  const versions = await sourceVersions(CHECKOUT, known.campaigns);
  const { seed, sample, lanes } = options;
  const kept = join(folder, `${sample ? 'sample-' : ''}${String(seed)}.jsonl`);
  if (options.fresh) rmSync(kept, { force: true });
  const journal = fileJournal(kept, (subject) => (subject === CALIBRATION ? versions.all : versions.of(subject)));
  const progress = createProgress(process.stderr, () => journal.entries);
  const { say } = progress;
  const scope: Scope = { seed, sample, say };
  const wanted = campaigns.filter(({ name }) => options.campaigns.includes(name));
  const run = { scope, lanes, makeLane: (number: number) => startLane(number, { say }), journal };
  // A planted bug is looked for with plans of all campaigns on lanes.
  const needed = options.mutants ? [...wanted, ...campaigns.filter(({ place }) => place !== 'cluster')] : wanted;
  prepare(new Set(needed.map(({ place }) => place)), say);
  try {
    if (options.plan !== undefined)
      return await runOnePlan(options.plan, options.mutant, { campaigns: wanted, ...run });
    const told = ({ name, killedBy }: { name: string; killedBy?: { plan: string } }) =>
      say(`mutant ${name}: ${killedBy ? `killed by ${killedBy.plan}` : 'alive'}`);
    await runCampaigns({
      campaigns: wanted,
      ...run,
      onProgress: progress.update,
      ...(options.mutants && { last: () => calibrate({ mutants, campaigns, ...run, onProgress: told }) }),
    });
  } finally {
    progress.end();
    if (wanted.some(({ place }) => place === 'cluster')) takeDown(say);
  }
  const facts = { version: versions.all, seed, sample, machine: machine(), versions: programVersions() };
  const report = makeReport({
    entries: journal.entries,
    campaigns: wanted,
    facts,
    ...(options.mutants && { mutants }),
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  writeFileSync(join(folder, 'report.html'), page(report));
  if (options.json) console.log(JSON.stringify(report, undefined, 2));
  else console.log(`${text(report)}\n${lastLine(report)}`);
  return report.ok;
}

const known = { campaigns: campaigns.map(({ name }: Campaign) => name), mutants: mutants.map(({ name }) => name) };
try {
  process.exitCode = (await main(parseOptions(process.argv.slice(2), known))) ? 0 : 1;
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
// Programs of a lane end with this process; nothing it still waits for matters.
process.exit();
