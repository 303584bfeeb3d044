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

const REPEATS = 3;

/** Downloads of a client that asks the upstream itself: the seconds of each, and the number of requests of one. */
export async function measureDirect({ upstream, upstreamUrl }: Setting): Promise<{ seconds: number[]; requests: number }> {
  const seconds: number[] = [];
  let requests = 0;
  for (let time = 0; time < REPEATS; time++) {
    await upstream.forget();
    seconds.push(await downloadProject(upstreamUrl));
    requests = (await upstream.requests()).length;
  }
  return { seconds, requests };
}

/** A first download through the gateway, which has to fetch all, and then downloads of clients with an empty cache. */
export async function measureEnvironment(
  setting: Setting,
  environment: { name: string; path: string },
  direct: { seconds: number[]; requests: number },
): Promise<Figures> {
  const cold = await measurePass(setting, environment.path, direct.requests);
  const warm: Measured[] = [];
  for (let time = 0; time < REPEATS; time++) warm.push(await measurePass(setting, environment.path, direct.requests));
  const immutable = sum(warm.map(({ pass }) => pass.immutable));
  return {
    environment: environment.name,
    direct: median(direct.seconds),
    cold: cold.seconds,
    warm: median(warm.map(({ seconds }) => seconds)),
    requests: median(warm.map(({ pass }) => pass.requests.length)),
    hitRatio: sum(warm.map(({ pass }) => pass.hitRatio * pass.immutable)) / immutable,
    upstream: { cold: cold.upstream, warm: sum(warm.map(({ upstream }) => upstream)) },
  };
}

interface Measured {
  seconds: number;
  pass: Pass;
  upstream: number;
}

async function measurePass({ namespace, cache, upstream, gatewayUrl }: Setting, path: string, atLeast: number): Promise<Measured> {
  await upstream.forget();
  let seconds = 0;
  const pass = await observePass(namespace, cache, atLeast, async () => {
    seconds = await downloadProject(gatewayUrl + path);
  });
  return { seconds, pass, upstream: (await upstream.requests()).length };
}

const sum = (numbers: number[]): number => numbers.reduce((a, b) => a + b, 0);

/** The middle one of an odd number of values. */
export const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
