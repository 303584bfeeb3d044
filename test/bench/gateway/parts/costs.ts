import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeModule } from '../modules.ts';
import type { Part } from '../part.ts';
import { number, ratio } from '../report.ts';
import type { RunningGateway } from '../servers/gateway.ts';
import { startStaticFiles } from '../servers/static.ts';
import { startVariant } from '../servers/variants.ts';
import type { Variant } from '../servers/variants.ts';
import { ratios, spread } from '../stats.ts';
import { inTurns } from '../turns.ts';
import type { Sample } from '../wrk.ts';

const CONNECTIONS = 64;
/** The first is what the others are compared with. */
const VARIANTS: readonly Variant[] = ['plain', 'limits', 'TLS', 'JWT'];

/** What limits, TLS and identity add to a hit of a .mod, on connections that are kept. */
export const costs: Part = async ({ scratch, quick }) => {
  const files = join(scratch, 'files');
  mkdirSync(files);
  const path = writeModule(files, join(scratch, 'unused')).find(({ name }) => name === '.mod')?.path ?? '';
  const engine = await startStaticFiles(scratch, files);
  const targets: RunningGateway[] = [];
  for (const type of ['Nginx', 'Envoy'] as const) {
    for (const variant of VARIANTS) targets.push(await startVariant(type, variant, engine.port));
  }
  const how = { path, connections: CONNECTIONS, seconds: quick ? 1 : 2 };
  const samples = await inTurns(targets, how, quick ? 3 : 5);
  const of = (index: number, what: keyof Sample) => (samples[index] ?? []).map((sample) => sample[what]);
  const beside = (index: number, what: keyof Sample) =>
    ratios(of(index, what), of(index - (index % VARIANTS.length), what));
  return {
    verdicts: targets.flatMap(({ name }, index) => {
      if (VARIANTS[index % VARIANTS.length] !== 'JWT') return [];
      const rate = beside(index, 'perSecond');
      const target = `${name}, a token that was seen before: at least 0.8 of the rate without`;
      return [{ target, result: ratio(rate), met: rate.median >= 0.8 }];
    }),
    tables: [
      {
        title: `A hit of a .mod over ${CONNECTIONS} connections; ratios are to the plain gateway of that type`,
        head: ['', 'Requests a second', 'Rate', 'Processor time of a request', 'The same in µs', 'p50', 'p99'],
        rows: targets.map(({ name }, index) => [
          name,
          number(spread(of(index, 'perSecond')).median),
          ratio(beside(index, 'perSecond')),
          ratio(beside(index, 'cpuMicroseconds')),
          number(spread(of(index, 'cpuMicroseconds')).median),
          ratio(beside(index, 'p50Ms')),
          ratio(beside(index, 'p99Ms')),
        ]),
      },
    ],
  };
};
