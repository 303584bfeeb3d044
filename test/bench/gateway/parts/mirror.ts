import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '../../../gateway-real/support/engine.ts';
import { get } from '../get.ts';
import { writeModules } from '../modules.ts';
import type { Part } from '../part.ts';
import { number, ratio } from '../report.ts';
import { gatewayModel, startGateway } from '../servers/gateway.ts';
import type { RunningGateway } from '../servers/gateway.ts';
import { startStaticFiles } from '../servers/static.ts';
import { ratios, spread } from '../stats.ts';
import { stream } from '../vegeta.ts';
import type { StreamResult } from '../vegeta.ts';

const PERCENT = 5;
const PER_SECOND = 2000;
const SLOW_MS = 1000;
/** A p50 of 0.2 ms moves by a tenth from run to run: the median of five does not tell 5 %. */
const ROUNDS = 15;

/** What clients notice of a share of their requests being repeated to another environment, be its engine fast or slow. */
export const mirror: Part = async ({ scratch, quick }) => {
  const files = join(scratch, 'files');
  mkdirSync(files);
  const names = writeModules(files, 100);
  const paths = names.flatMap((name) => ['info', 'mod'].map((suffix) => `/${name}/@v/v1.0.0.${suffix}`));
  const engine = await startStaticFiles(scratch, files);
  const slow = await startEngine();
  for (const path of paths) {
    slow.answer(path, async () => {
      await sleep(SLOW_MS);
      return { status: 503, body: 'busy' };
    });
  }
  const mirrored = (port: number) => {
    const { environments } = gatewayModel(engine.port);
    return environments.map((each) =>
      each.name === 'staging'
        ? { ...each, engine: { host: '127.0.0.1', port } }
        : { ...each, mirror: { to: 'staging', percent: PERCENT } },
    );
  };
  const targets: RunningGateway[] = [];
  for (const type of ['Nginx', 'Envoy'] as const) {
    const start = async (what: string, changes: Parameters<typeof gatewayModel>[1]): Promise<void> => {
      targets.push(await startGateway(`${type}, ${what}`, gatewayModel(engine.port, { ...changes, type })));
    };
    await start('plain', {});
    await start(`${PERCENT} % mirrored`, { environments: mirrored(engine.port) });
    await start(`${PERCENT} % mirrored to what answers 503 after ${SLOW_MS / 1000} s`, {
      environments: mirrored(slow.port),
    });
  }
  for (const target of targets) for (const path of paths) await get(target, path);

  const results: StreamResult[][] = targets.map(() => []);
  const wanted = { perSecond: PER_SECOND, connections: 64, seconds: 2, paths };
  for (let round = 0; round < (quick ? 2 : ROUNDS); round++) {
    for (let turn = 0; turn < targets.length; turn++) {
      const index = (turn + round) % targets.length;
      const target = targets[index];
      if (target) results[index]?.push(await stream(scratch, target, wanted));
    }
  }
  const of = (index: number, what: keyof StreamResult) => (results[index] ?? []).map((result) => result[what]);
  const plain = (index: number): number => index - (index % 3);
  const beside = (index: number, what: keyof StreamResult) => ratios(of(index, what), of(plain(index), what));
  const later = (index: number) =>
    spread(of(index, 'p99Ms').map((value, at) => value - (of(plain(index), 'p99Ms')[at] ?? 0)));
  const judged = targets.flatMap(({ name }, index) => (plain(index) === index ? [] : [{ name, index }]));
  return {
    verdicts: judged.map(({ name, index }) => ({
      target: `${name}: p50 at most 5 % above, p99 at most 100 ms above that without`,
      result: `p50 ${ratio(beside(index, 'p50Ms'))} times, p99 ${number(later(index).median)} ms more`,
      met: beside(index, 'p50Ms').median <= 1.05 && later(index).median <= 100,
    })),
    tables: [
      {
        title: `${PER_SECOND} requests a second for warm .info and .mod; ratios are to the plain gateway of that type`,
        head: ['', 'p50, ms', 'p50', 'p99, ms', 'p99, ms more', 'Processor time of a request', 'Errors'],
        rows: targets.map(({ name }, index) => [
          name,
          number(spread(of(index, 'p50Ms')).median),
          ratio(beside(index, 'p50Ms')),
          number(spread(of(index, 'p99Ms')).median),
          ratio(later(index)),
          ratio(beside(index, 'cpuMicroseconds')),
          String(of(index, 'errors').reduce((a, b) => a + b, 0)),
        ]),
      },
    ],
  };
};
