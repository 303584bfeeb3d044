import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeModule } from '../modules.ts';
import type { ModuleFile } from '../modules.ts';
import type { PartOptions } from '../part.ts';
import { number, ratio } from '../report.ts';
import type { Report, Verdict } from '../report.ts';
import { say } from '../say.ts';
import { gatewayModel, startGateway } from '../servers/gateway.ts';
import { startAthens, startGoproxy } from '../servers/proxies.ts';
import { startStaticFiles } from '../servers/static.ts';
import { ratios, spread } from '../stats.ts';
import { inTurns } from '../turns.ts';
import type { Sample, Target } from '../wrk.ts';

/** One line of the tables: the samples of each target, the first of which is the static file. */
interface Cell {
  readonly file: ModuleFile;
  readonly connections: number;
  /** Whether a target is set for it, so that it is measured more often. */
  readonly key: boolean;
  readonly samples: readonly Sample[][];
}

const [STATIC, GATEWAY, ATHENS] = [0, 1, 3];
/** Bytes of an answer above which a run holds too few of them to be counted one by one. */
const LARGE = 10e6;

/** What is in the cache: nginx that serves the same file, the gateway with nginx and with Envoy, bare Athens, bare goproxy. */
export async function hits({ scratch, quick }: PartOptions): Promise<Report> {
  const [files, storage] = [join(scratch, 'files'), join(scratch, 'athens-storage')];
  mkdirSync(files);
  const module = writeModule(files, storage);
  const limit = await startStaticFiles(scratch, files);
  const targets: Target[] = [
    limit,
    await startGateway('gateway, nginx', gatewayModel(limit.port)),
    await startGateway('gateway, Envoy', gatewayModel(limit.port, { type: 'Envoy' })),
    await startAthens(scratch, limit.url, storage),
    await startGoproxy(scratch, files),
  ];
  const cells: Cell[] = [];
  for (const file of module) {
    for (const connections of [1, 16, 256]) {
      const key = connections > 1 && ['.mod', '.zip 100 KB'].includes(file.name);
      const large = file.bytes > LARGE;
      const seconds = quick ? 1 : key || (large && connections > 16) ? 2 : 1;
      const how = { path: file.path, connections, seconds, ...(large && { answerBytes: file.bytes }) };
      const samples = await inTurns(targets, how, quick ? 1 : key ? 5 : 3);
      cells.push({ file, connections, key, samples });
      say(`hits: ${file.name}, ${connections} connections: ${summary(targets, samples)}`);
    }
  }
  return report(targets, cells);
}

const summary = (targets: readonly Target[], samples: readonly Sample[][]): string =>
  targets.map(({ name }, index) => `${name} ${number(rates(samples, index, STATIC).median)}`).join(', ');

const values = (samples: readonly Sample[][], index: number, what: keyof Sample): number[] =>
  (samples[index] ?? []).map((sample) => sample[what]);

const rates = (samples: readonly Sample[][], index: number, base: number) =>
  ratios(values(samples, index, 'perSecond'), values(samples, base, 'perSecond'));

function report(targets: readonly Target[], cells: readonly Cell[]): Report {
  const others = targets.slice(1);
  const lines = (what: 'perSecond' | 'cpuMicroseconds' | 'p99Ms', chosen: readonly Cell[]) =>
    chosen.map(({ file, connections, samples }) => [
      file.name,
      String(connections),
      number(spread(values(samples, STATIC, what)).median),
      ...others.map((_, index) => ratio(ratios(values(samples, index + 1, what), values(samples, STATIC, what)))),
    ]);
  const head = (unit: string) => ['File', 'Connections', `static file, ${unit}`, ...others.map(({ name }) => name)];
  return {
    verdicts: verdicts(cells),
    tables: [
      {
        title: 'Requests a second; the others as a share of the static file',
        head: head('1/s'),
        rows: lines('perSecond', cells),
      },
      {
        title: 'Processor time of a request; the others as multiples of the static file',
        head: head('µs'),
        rows: lines('cpuMicroseconds', cells),
      },
      {
        title: 'The 99th percentile of the latency; the others as multiples of the static file',
        head: head('ms'),
        rows: lines(
          'p99Ms',
          cells.filter(({ file, connections }) => connections === 256 && file.bytes < LARGE),
        ),
      },
    ],
  };
}

function verdicts(cells: readonly Cell[]): Verdict[] {
  const key = cells.filter((cell) => cell.key);
  const of = ({ file, connections }: Cell) => `${file.name} with ${connections}`;
  const judge = (
    target: string,
    chosen: readonly Cell[],
    value: (cell: Cell) => ReturnType<typeof spread>,
    good: (value: number) => boolean,
  ) => ({
    target,
    result: chosen.map((cell) => `${of(cell)}: ${ratio(value(cell))}`).join('; '),
    met: chosen.every((cell) => good(value(cell).median)),
  });
  return [
    judge(
      'A hit of the nginx gateway: at least 0.95 of the rate of the static file',
      key,
      ({ samples }) => rates(samples, GATEWAY, STATIC),
      (value) => value >= 0.95,
    ),
    judge(
      'At least 2 times the rate of bare Athens',
      key,
      ({ samples }) => rates(samples, GATEWAY, ATHENS),
      (value) => value >= 2,
    ),
    judge(
      'p99 at most 1.2 times that of the static file, with 256 connections',
      key.filter(({ connections }) => connections === 256),
      ({ samples }) => ratios(values(samples, GATEWAY, 'p99Ms'), values(samples, STATIC, 'p99Ms')),
      (value) => value <= 1.2,
    ),
  ];
}
