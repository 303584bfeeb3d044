import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '../get.ts';
import { writeModules } from '../modules.ts';
import type { Part } from '../part.ts';
import { number } from '../report.ts';
import { say } from '../say.ts';
import { startStaticFiles } from '../servers/static.ts';
import { startVariant } from '../servers/variants.ts';
import type { Variant } from '../servers/variants.ts';
import { stream } from '../vegeta.ts';
import type { StreamResult } from '../vegeta.ts';
import type { Target } from '../wrk.ts';

const WANTED = { perSecond: 12_400, p99Ms: 80 };
const CONNECTIONS = 256;
const GATEWAYS: readonly {
  type: 'Nginx' | 'Envoy';
  variant: Variant;
  /** Whether the wanted rate is a target. */ judged: boolean;
}[] = [
  { type: 'Nginx', variant: 'plain', judged: true },
  { type: 'Nginx', variant: 'TLS and JWT', judged: true },
  { type: 'Envoy', variant: 'plain', judged: false },
  { type: 'Envoy', variant: 'TLS and JWT', judged: false },
];

interface Row {
  readonly name: string;
  readonly judged: boolean;
  /** At the wanted rate. */
  readonly wanted: StreamResult;
  /** The highest rate that was tried and held, when the wanted one did not; undefined: none did. */
  readonly held: StreamResult | undefined;
}

/** Requests for warm .info and .mod that come at a rate, on one gateway, with the load generator beside it on the same machine. */
export const openLoop: Part = async ({ scratch, quick }) => {
  const files = join(scratch, 'files');
  mkdirSync(files);
  const paths = writeModules(files, 100).flatMap((name) =>
    ['info', 'mod'].map((suffix) => `/${name}/@v/v1.0.0.${suffix}`),
  );
  const engine = await startStaticFiles(scratch, files);
  const rows: Row[] = [];
  for (const { type, variant, judged } of GATEWAYS) {
    const target = await startVariant(type, variant, engine.port);
    for (const path of paths) await get(target, path);
    const at = (perSecond: number, seconds: number) =>
      stream(scratch, target, { perSecond, connections: CONNECTIONS, seconds, paths });
    // Connections are made, and processors awake, before it counts.
    await at(1000, 1);
    const wanted = await at(WANTED.perSecond, quick ? 5 : 20);
    say(`openloop: ${target.name}: ${describe(wanted)}`);
    const held = holds(wanted, WANTED.perSecond)
      ? wanted
      : await highest((perSecond) => at(perSecond, quick ? 2 : 5), target);
    rows.push({ name: target.name, judged, wanted, held });
    await target.stop();
  }
  return {
    verdicts: rows
      .filter(({ judged }) => judged)
      .map(({ name, wanted, held }) => ({
        target: `${name}: ${WANTED.perSecond} requests a second, p99 under ${WANTED.p99Ms} ms, no error`,
        result: `${describe(wanted)}${held === wanted ? '' : `; held: ${held === undefined ? 'none' : `${number(held.perSecond)}/s`}`}`,
        met: held === wanted,
      })),
    tables: [
      {
        title: `Open loop of ${WANTED.perSecond} requests a second over ${CONNECTIONS} connections`,
        head: [
          '',
          'Sent, 1/s',
          'p50, ms',
          'p99, ms',
          'Longest, ms',
          'Errors',
          'Processor time of a request, µs',
          'Highest rate that holds',
        ],
        rows: rows.map(({ name, wanted, held }) => [
          name,
          ...[wanted.perSecond, wanted.p50Ms, wanted.p99Ms, wanted.maxMs, wanted.errors, wanted.cpuMicroseconds].map(
            number,
          ),
          held === wanted ? 'this one, at least' : held === undefined ? '-' : number(held.perSecond),
        ]),
      },
    ],
  };
};

const describe = ({ perSecond, p99Ms, errors }: StreamResult): string =>
  `${number(perSecond)}/s, p99 ${number(p99Ms)} ms, ${errors} errors`;

/** Whether the rate was sent, and answered as wanted. */
const holds = ({ perSecond, p99Ms, errors }: StreamResult, wanted: number): boolean =>
  perSecond >= 0.99 * wanted && p99Ms < WANTED.p99Ms && errors === 0;

/** The highest rate below the wanted one that holds, to within a thirtieth of it. */
async function highest(
  at: (perSecond: number) => Promise<StreamResult>,
  { name }: Target,
): Promise<StreamResult | undefined> {
  let [low, high, held]: [number, number, StreamResult | undefined] = [0, WANTED.perSecond, undefined];
  for (let step = 0; step < 5; step++) {
    const rate = Math.round((low + high) / 2);
    const result = await at(rate);
    say(`openloop: ${name}: tried ${rate}: ${describe(result)}`);
    if (holds(result, rate)) [low, held] = [rate, result];
    else high = rate;
  }
  return held;
}
