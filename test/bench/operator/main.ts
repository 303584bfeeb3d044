/**
 * `npm run bench:operator`: how long 100, 500 and 1,000 caches take to converge on a real API server, and what the operator needs for it,
 * beside the same children written by its transport alone and by stock client-node. `-- --caches 100` for another number, `-o json` for
 * programs. Writes its tables into docs/performance.md when it has run all three.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../../../image/bundle.ts';
import { CHECKOUT } from '../../support/environment.ts';
import { replaceBlock } from '../../support/block.ts';
import { machine } from '../gateway/machine.ts';
import type { Report } from '../gateway/report.ts';
import { markdown, number } from '../gateway/report.ts';
import type { Converged } from './converge.ts';
import { CONCURRENCY, converge } from './converge.ts';
import { quantile } from './fleet.ts';

const SIZES = [100, 500, 1000];
const { values } = parseArgs({
  options: {
    output: { type: 'string', short: 'o', default: 'table' },
    caches: { type: 'string', default: SIZES.join(',') },
  },
});

/** What a controller-runtime program took for 1,000 caches of 11 children and a status, on the testbed's machine. */
const GO_SECONDS = 44.6;

function report(all: readonly Converged[]): Report {
  const largest = all.at(-1);
  if (!largest) throw new Error('nothing was measured');
  const { caches, idle, memory } = largest;
  const share = largest.writesPerSecond / largest.raw;
  const p99 = quantile(largest.changes, 0.99) / quantile(largest.rawChanges, 0.99);
  const both = (times: number[]) => `${number(quantile(times, 0.5))}, ${number(quantile(times, 0.99))}`;
  return {
    verdicts: [
      {
        target: 'Writes a second, to the applies of the transport alone: at least 0.9',
        result: number(share),
        met: share >= 0.9,
      },
      {
        target: `1,000 caches in at most ${GO_SECONDS} s`,
        result: `${caches} in ${number(largest.seconds)} s`,
        met: caches >= 1000 && largest.seconds <= GO_SECONDS,
      },
      {
        target: 'Memory at most 180 MiB, at the highest',
        result: `${number(memory.peak)} MiB`,
        met: memory.peak <= 180,
      },
      {
        target: 'No write when nothing happens',
        result: `${idle.writes} in ${idle.seconds} s`,
        met: idle.writes === 0,
      },
      {
        target: 'A change reaches the children within twice the time of the same applies (p99)',
        result: number(p99),
        met: p99 <= 2,
      },
    ],
    tables: [
      {
        title: `From a start with caches of spec: {} to all children and statuses, ${CONCURRENCY} at a time`,
        head: [
          'Caches',
          'Children',
          'Seconds',
          'Writes',
          'Writes, 1/s',
          'Transport alone, 1/s',
          'Stock client-node, 1/s',
          'Processor, s',
          'Memory then and at most, MiB',
        ],
        rows: all.map((one) =>
          [
            one.caches,
            one.children,
            number(one.seconds),
            one.writes,
            number(one.writesPerSecond),
            number(one.raw),
            number(one.stock),
            number(one.cpuSeconds),
            `${number(one.memory.settled)}, ${number(one.memory.peak)}`,
          ].map(String),
        ),
      },
      {
        title: 'Afterwards',
        head: [
          'Caches',
          'Idle: writes, processor s',
          'Change to children, ms (p50, p99)',
          'The same applies, ms (p50, p99)',
          'Restart: synced after s, writes, MiB',
        ],
        rows: all.map((one) => [
          String(one.caches),
          `${one.idle.writes}, ${number(one.idle.cpuSeconds)} in ${one.idle.seconds} s`,
          both(one.changes),
          both(one.rawChanges),
          `${number(one.restart.seconds)}, ${one.restart.writes}, ${number(one.memory.restarted)}`,
        ]),
      },
    ],
  };
}

const built = spawnSync(join(import.meta.dirname, '../../testbed/build.sh'), ['apiserver'], {
  stdio: ['ignore', 2, 2],
});
if (built.status !== 0) process.exit(1);
await bundle();
const before = machine();
const all: Converged[] = [];
for (const caches of values.caches.split(',').map(Number)) all.push(await converge(caches));
const text = `${before}\n\n${markdown(report(all))}`;
console.log(values.output === 'json' ? JSON.stringify(all, null, 2) : text);
if (SIZES.every((size) => all.some(({ caches }) => caches === size)))
  await replaceBlock(join(CHECKOUT, 'docs/performance.md'), 'bench:operator', text);
