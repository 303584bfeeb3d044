/**
 * `npm run bench:gateway [-- PART...] [--quick]`: what the gateway costs and gains, as ratios within one run on this machine.
 * Writes its tables into docs/performance.md, each part between its markers, unless it is quick.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endAll } from '../../gateway-real/support/cleanup.ts';
import { replaceBlock } from '../../support/block.ts';
import { CHECKOUT } from '../../support/environment.ts';
import { processTree } from './cpu.ts';
import { machine } from './machine.ts';
import type { Part } from './part.ts';
import { costs } from './parts/costs.ts';
import { crowd } from './parts/crowd.ts';
import { hits } from './parts/hits.ts';
import { lists } from './parts/lists.ts';
import { mirror } from './parts/mirror.ts';
import { openLoop } from './parts/openloop.ts';
import { wan } from './parts/wan.ts';
import { prepare } from './programs.ts';
import { markdown } from './report.ts';
import type { Verdict } from './report.ts';
import { say } from './say.ts';

const parts: Readonly<Record<string, Part>> = { hits, lists, costs, mirror, crowd, openloop: openLoop, wan };
const page = join(CHECKOUT, 'docs/performance.md');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`no part is called ${unknown.join(', ')}: choose from ${Object.keys(parts).join(', ')}`);
  process.exit(2);
}

const scratch = mkdtempSync(join(tmpdir(), 'gateway-bench-'));
chmodSync(scratch, 0o755);
// Also what a program was waiting for when it was interrupted.
process.once('exit', () => {
  for (const pid of processTree(process.pid).slice(1)) process.kill(pid, 'SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().finally(() => process.exit(1)));
}

/** Whatever hangs: nobody waits longer. */
const MOST_MINUTES = 60;
setTimeout(
  () => {
    say(`not done after ${MOST_MINUTES} minutes`);
    process.exit(1);
  },
  MOST_MINUTES * 60 * 1000,
).unref();

async function runPart(name: string, part: Part): Promise<readonly Verdict[]> {
  const folder = join(scratch, name);
  try {
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    const before = machine();
    const result = await part({ scratch: folder, quick: values.quick });
    const text = `${before}\n\n${markdown(result)}`;
    console.log(`\n## ${name}\n\n${text}\n`);
    if (!values.quick) await replaceBlock(page, `bench:${name}`, text);
    return result.verdicts;
  } finally {
    await endAll();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  prepare();
  const verdicts: Verdict[] = [];
  const failed: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    try {
      verdicts.push(...(await runPart(name, part)));
    } catch (error) {
      failed.push(name);
      say(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }
  const missed = verdicts.filter(({ met }) => !met);
  for (const { target, result } of missed) console.log(`missed: ${target}: ${result}`);
  console.log(`${verdicts.length - missed.length} targets met, ${missed.length} missed, ${failed.length} parts failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  await endAll();
}
