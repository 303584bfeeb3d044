import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectModules } from '../../../support/modules.ts';
import { TESTBED_FOLDER } from '../../../support/environment.ts';
import type { Part } from '../part.ts';
import { number, ratio } from '../report.ts';
import type { Report, Verdict } from '../report.ts';
import { download, record, replay } from '../replay.ts';
import { say } from '../say.ts';
import { farAway, MEGABITS } from '../servers/far.ts';
import { gatewayModel, startGateway } from '../servers/gateway.ts';
import { startAthens } from '../servers/proxies.ts';
import { startStaticFiles } from '../servers/static.ts';
import { ratios, spread } from '../stats.ts';

/** Seconds of each pass of one client, and what went wrong in all of them. */
interface Passes {
  readonly floor: number[];
  readonly direct: number[];
  readonly cold: number[];
  readonly warm: number[];
  /** The engine is killed when half of the first one is done. */
  readonly engineDown: number[];
  errors: number;
}

/** One pass of a client; `halfway` is called in its middle. Gives its seconds and its errors. */
type Client = (url: string, halfway?: () => Promise<void>) => Promise<{ seconds: number; errors: number }>;

const project = join(import.meta.dirname, '../project');

/** A build that is far from its modules: without a cache, with an empty one, with a full one, and while the engine dies. */
export const wan: Part = async ({ scratch, quick }) => {
  say('wan: getting the modules of test/bench/gateway/project, unless they are there');
  const modules = await projectModules(project, join(TESTBED_FOLDER, 'bench-modules'));
  const paths = await record(project, modules);
  const near = await startStaticFiles(scratch, modules);
  const { bytes } = await replay(near.url, paths);
  const clients: Readonly<Record<string, Client>> = {
    'the requests, replayed': (url, halfway) => replay(url, paths, halfway),
    'go mod download': realClient,
  };
  const results: { rttMs: number; client: string; passes: Passes }[] = [];
  for (const rttMs of quick ? [80] : [40, 80]) {
    const far = await farAway(scratch, near.port, rttMs);
    for (const [client, run] of Object.entries(clients)) {
      const passes = await measure(
        join(scratch, `engine-${results.length}`),
        { near: near.url, far },
        run,
        quick ? 1 : 3,
      );
      results.push({ rttMs, client, passes });
      say(
        `wan: ${rttMs} ms, ${client}: ${JSON.stringify(passes, (_, value: unknown) => (typeof value === 'number' ? number(value) : value))}`,
      );
    }
  }
  return report(results, `${paths.length} requests, ${Math.round(bytes / 1e6)} MB`);
};

async function measure(
  scratch: string,
  { near, far }: { near: string; far: string },
  client: Client,
  rounds: number,
): Promise<Passes> {
  mkdirSync(scratch);
  const engine = await startAthens(scratch, far);
  const gateway = await startGateway('gateway, nginx', gatewayModel(engine.port));
  const passes: Passes = { floor: [], direct: [], cold: [], warm: [], engineDown: [], errors: 0 };
  const pass = async (
    kind: Exclude<keyof Passes, 'errors'>,
    url: string,
    halfway?: () => Promise<void>,
  ): Promise<void> => {
    const { seconds, errors } = await client(url, halfway);
    passes[kind].push(seconds);
    passes.errors += errors;
  };
  await pass('direct', far);
  await pass('cold', gateway.url);
  for (let round = 0; round < rounds; round++) {
    await pass('floor', near);
    await pass('warm', gateway.url);
  }
  await pass('engineDown', gateway.url, engine.kill);
  for (let round = 1; round < rounds; round++) await pass('engineDown', gateway.url);
  await gateway.stop();
  rmSync(scratch, { recursive: true, force: true });
  return passes;
}

/** The real command cannot be asked how far it is; it takes longer than a second. */
async function realClient(url: string, halfway?: () => Promise<void>): Promise<{ seconds: number; errors: number }> {
  const interruption = halfway && sleep(1000).then(halfway);
  const outcome = await download(project, url).then(
    (seconds) => ({ seconds, errors: 0 }),
    (error: unknown) => {
      say(`wan: ${String(error)}`);
      return { seconds: Number.NaN, errors: 1 };
    },
  );
  await interruption;
  return outcome;
}

function report(results: readonly { rttMs: number; client: string; passes: Passes }[], size: string): Report {
  const seconds = (values: readonly number[]): string => ratio(spread(values));
  const faster = ({ direct, warm }: Passes) => 1 - spread(warm).median / spread(direct).median;
  const verdicts = results
    .filter(({ rttMs }) => rttMs === 80)
    .map(({ client, passes }): Verdict => {
      if (client !== 'go mod download') {
        const share = faster(passes);
        return {
          target: 'The requests, replayed at 80 ms: warm at least 95 % faster than direct',
          result: `${number(share * 100)} %`,
          met: share >= 0.95,
        };
      }
      const overFloor = ratios(passes.warm, passes.floor);
      return {
        target: 'The real command at 80 ms, warm: within 1.15 of its floor without a network',
        result: ratio(overFloor),
        met: overFloor.median <= 1.15,
      };
    });
  const errors = results.reduce((sum, { passes }) => sum + passes.errors, 0);
  return {
    verdicts: [
      ...verdicts,
      { target: 'No error, also with the engine killed in the middle', result: `${errors} errors`, met: errors === 0 },
    ],
    tables: [
      {
        title: `A go mod download: ${size}, over a link of ${MEGABITS} Mbit/s; seconds`,
        head: [
          'RTT, ms',
          'Client',
          'Direct',
          'Cold cache',
          'Warm cache',
          'Warm, engine killed',
          'Without a network',
          'Warm, faster than direct by',
          'Errors',
        ],
        rows: results.map(({ rttMs, client, passes }) => [
          String(rttMs),
          client,
          ...[passes.direct, passes.cold, passes.warm, passes.engineDown, passes.floor].map(seconds),
          `${number(faster(passes) * 100)} %`,
          String(passes.errors),
        ]),
      },
    ],
  };
}
