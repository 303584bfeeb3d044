import { setTimeout as sleep } from 'node:timers/promises';
import { startEngine } from '../../../gateway-real/support/engine.ts';
import { get } from '../get.ts';
import type { Part } from '../part.ts';
import { number, ratio } from '../report.ts';
import { gatewayModel, startGateway } from '../servers/gateway.ts';
import { spread } from '../stats.ts';

const CLIENTS = 100;
const FETCH_SECONDS = 3;

interface Crowd {
  /** The most that the engine was asked for one of the files. */
  readonly asked: number;
  /** Seconds that the slowest client waited longer than the engine took. */
  readonly extraSeconds: number;
  readonly failures: number;
}

/** Many clients ask at once for a module that the gateway does not have: each file is fetched once, and nobody waits for long. */
export const crowd: Part = async ({ quick }) => {
  const engine = await startEngine();
  const rows: { name: string; rounds: Crowd[] }[] = [];
  for (const type of ['Nginx', 'Envoy'] as const) {
    const name = type === 'Nginx' ? 'gateway, nginx' : 'gateway, Envoy';
    const gateway = await startGateway(name, gatewayModel(engine.port, { type }));
    const rounds: Crowd[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round++) {
      rounds.push(await once(gateway.url, engine, `/example.com/crowd/@v/v1.${rows.length}.${round}`));
    }
    rows.push({ name, rounds });
  }
  const all = rows.flatMap(({ rounds }) => rounds);
  const extra = spread(all.map(({ extraSeconds }) => extraSeconds));
  const asked = Math.max(...all.map((each) => each.asked));
  const failures = all.reduce((sum, each) => sum + each.failures, 0);
  return {
    verdicts: [
      {
        target: `${CLIENTS} cold clients of one module: one request to the engine for each file, no failure`,
        result: `${asked} at most, ${failures} failures`,
        met: asked === 1 && failures === 0,
      },
      {
        target: 'No client waits longer than the fetch and 0.7 s',
        result: `the fetch and ${number(extra.max)} s`,
        met: extra.max <= 0.7,
      },
    ],
    tables: [
      {
        title: `${CLIENTS} clients at once for each of .info, .mod and .zip of a module, whose fetch takes ${FETCH_SECONDS} s`,
        head: ['', 'Requests to the engine for a file', 'The longest wait, beyond the fetch, s', 'Failures'],
        rows: rows.map(({ name, rounds }) => [
          name,
          String(Math.max(...rounds.map((round) => round.asked))),
          ratio(spread(rounds.map(({ extraSeconds }) => extraSeconds))),
          String(rounds.reduce((sum, round) => sum + round.failures, 0)),
        ]),
      },
    ],
  };
};

async function once(url: string, engine: Awaited<ReturnType<typeof startEngine>>, prefix: string): Promise<Crowd> {
  const paths = ['.info', '.mod', '.zip'].map((suffix) => prefix + suffix);
  const fetches: number[] = [];
  for (const path of paths) {
    engine.answer(path, async () => {
      const begin = performance.now();
      await sleep(FETCH_SECONDS * 1000);
      fetches.push((performance.now() - begin) / 1000);
      return { body: path };
    });
  }
  const ask = async (path: string): Promise<{ seconds: number; good: boolean }> => {
    const begin = performance.now();
    const good = await get({ url }, path).then(
      ({ status }) => status === 200,
      () => false,
    );
    return { seconds: (performance.now() - begin) / 1000, good };
  };
  const answers = await Promise.all(paths.flatMap((path) => Array.from({ length: CLIENTS }, () => ask(path))));
  return {
    asked: Math.max(...paths.map((path) => engine.asked(path))),
    extraSeconds: Math.max(...answers.map(({ seconds }) => seconds)) - Math.max(...fetches),
    failures: answers.filter(({ good }) => !good).length,
  };
}
