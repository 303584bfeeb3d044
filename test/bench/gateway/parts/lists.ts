import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { get } from '../get.ts';
import { writeModules } from '../modules.ts';
import type { Part } from '../part.ts';
import { number, ratio } from '../report.ts';
import { farAway } from '../servers/far.ts';
import { gatewayModel, startGateway } from '../servers/gateway.ts';
import { startAthens } from '../servers/proxies.ts';
import { startStaticFiles } from '../servers/static.ts';
import { ratios, spread } from '../stats.ts';
import { load } from '../wrk.ts';
import type { Sample, Target } from '../wrk.ts';

/** Round-trip time to the upstream of one of the two Athens. */
const RTT_MS = 40;

/** Lists of versions of many modules, one after the other: Athens runs a go command for each, which asks its upstream. */
export const lists: Part = async ({ scratch, quick }) => {
  const files = join(scratch, 'files');
  mkdirSync(files);
  const paths = writeModules(files, 500).map((name) => `/${name}/@v/list`);
  const list = join(scratch, 'paths');
  writeFileSync(list, paths.join('\n'));
  const near = await startStaticFiles(scratch, files);
  const far = await farAway(scratch, near.port, RTT_MS);
  const gateways: Target[] = [
    await startGateway('gateway, nginx', gatewayModel(near.port)),
    await startGateway('gateway, Envoy', gatewayModel(near.port, { type: 'Envoy' })),
  ];
  const engines: Target[] = [
    { ...(await startAthens(scratch, far)), name: `Athens, its upstream ${RTT_MS} ms away` },
    { ...(await startAthens(scratch, near.url)), name: 'Athens, its upstream on this machine' },
  ];
  const targets = [...gateways, ...engines];
  const samples: Sample[][] = targets.map(() => []);
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const [index, target] of targets.entries()) {
      const gateway = gateways.includes(target);
      // What Athens answers is not kept, so there is nothing to warm.
      if (gateway) for (const path of paths) await get(target, path);
      const how = { path: '', paths: list, connections: 1, seconds: gateway ? 1 : 5 };
      samples[index]?.push(await load(target, how));
    }
  }
  const of = (index: number, what: keyof Sample) => (samples[index] ?? []).map((sample) => sample[what]);
  const times = (index: number, base: number) => ratios(of(index, 'perSecond'), of(base, 'perSecond'));
  return {
    verdicts: engines.map(({ name }, index) => {
      const value = times(0, gateways.length + index);
      const target = `A hit of @v/list of distinct modules, one connection: at least 1,000 times the rate of bare ${name}`;
      return { target, result: ratio(value), met: value.median >= 1000 };
    }),
    tables: [
      {
        title: '@v/list of distinct modules, one connection',
        head: [
          '',
          'Requests a second',
          ...engines.map(({ name }) => `As multiples of ${name}`),
          'Processor time of a request, µs',
          'Errors',
        ],
        rows: targets.map(({ name }, index) => [
          name,
          number(spread(of(index, 'perSecond')).median),
          ...engines.map((_, engine) => ratio(times(index, gateways.length + engine))),
          number(spread(of(index, 'cpuMicroseconds')).median),
          String(of(index, 'errors').reduce((a, b) => a + b, 0)),
        ]),
      },
    ],
  };
};
