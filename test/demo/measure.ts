import type { Pass } from '../support/accesslog.ts';
import { observePass } from '../support/accesslog.ts';
import { downloadProject } from '../support/gocommand.ts';
import type { UpstreamControl } from '../support/upstreamcontrol.ts';

/** What a real `go mod download` of the project showed, for one environment. Times in seconds. */
export interface Figures {
  environment: string;
  direct: number;
  cold: number;
  warm: number;
  /** Requests of one download, as the gateway logged them. */
  requests: number;
  /** Share of the files that never change which the gateway had, over all warm passes. */
  hitRatio: number;
  /** Requests that reached the upstream in the cold pass and in all warm passes together. */
  upstream: { cold: number; warm: number };
}

export interface Setting {
  namespace: string;
  cache: string;
  upstream: UpstreamControl;
  /** As this machine reaches the upstream. */
  upstreamUrl: string;
  /** As this machine reaches the gateway. */
  gatewayUrl: string;
}

const ROUNDS = 3;

export interface Environment {
  name: string;
  /** Prefix of its paths. */
  path: string;
}

/**
 * One download of each environment while nothing is cached, then rounds of a direct one and a warm one of each environment.
 * In rounds, since other work on the machine then slows all of them alike.
 */
export async function measure(
  setting: Setting,
  environments: Environment[],
  say: (text: string) => void,
): Promise<Figures[]> {
  const cold: Measured[] = [];
  for (const { name, path } of environments) {
    cold.push(await measurePass(setting, path));
    say(`cold, ${name}: ${cold.at(-1)?.seconds.toFixed(1)} s`);
  }
  const direct: number[] = [];
  const warm: Measured[][] = environments.map(() => []);
  for (let round = 1; round <= ROUNDS; round++) {
    direct.push(await downloadProject(setting.upstreamUrl));
    for (const [index, { path }] of environments.entries()) warm[index]?.push(await measurePass(setting, path));
    const seconds = [direct, ...warm.map((passes) => passes.map((pass) => pass.seconds))].map((list) =>
      list.at(-1)?.toFixed(1),
    );
    say(`round ${round} of ${ROUNDS}: direct ${seconds[0]} s, warm ${seconds.slice(1).join(' s and ')} s`);
  }
  return environments.map(({ name }, index) => summarise(name, direct, cold[index], warm[index] ?? []));
}

function summarise(environment: string, direct: number[], cold: Measured | undefined, warm: Measured[]): Figures {
  const immutable = sum(warm.map(({ pass }) => pass.immutable));
  return {
    environment,
    direct: median(direct),
    cold: cold?.seconds ?? Number.NaN,
    warm: median(warm.map(({ seconds }) => seconds)),
    requests: median(warm.map(({ pass }) => pass.requests.length)),
    hitRatio: sum(warm.map(({ pass }) => pass.hitRatio * pass.immutable)) / immutable,
    upstream: { cold: cold?.upstream ?? 0, warm: sum(warm.map(({ upstream }) => upstream)) },
  };
}

interface Measured {
  seconds: number;
  pass: Pass;
  upstream: number;
}

async function measurePass({ namespace, cache, upstream, gatewayUrl }: Setting, path: string): Promise<Measured> {
  await upstream.forget();
  let seconds = 0;
  const pass = await observePass(namespace, cache, async () => {
    seconds = await downloadProject(gatewayUrl + path);
  });
  return { seconds, pass, upstream: (await upstream.requests()).length };
}

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The middle one of an odd number of values. */
export const median = (numbers: number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
