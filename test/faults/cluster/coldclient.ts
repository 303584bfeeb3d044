import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { coldPath } from './coldmodules.ts';

/** An answer that was not 200; status 0 for none. */
export interface ColdFailure {
  path: string;
  status: number;
  /** When it was asked for, and when it had failed, in milliseconds since the client began. */
  from: number;
  to: number;
}

/** What the client saw. */
export interface ColdReport {
  requests: number;
  failures: ColdFailure[];
  /** The longest time from a failure to the next good answer; 0 without a failure. */
  gapMs: number;
  slowestMs: number;
}

export interface ColdClient {
  stop: () => Promise<ColdReport>;
}

const TIMEOUT_MS = 30_000;
let asked = 0;

/**
 * Asks a cache for something that it has never seen, twice a second, whether or not the last answer is there: what a build
 * with a new dependency sees while something is rolled out. Nothing is asked for twice.
 */
export function startColdClient(url: string): ColdClient {
  const begin = performance.now();
  const since = (): number => performance.now() - begin;
  const agent = new http.Agent({ keepAlive: true });
  const failures: ColdFailure[] = [];
  const good: { from: number; to: number }[] = [];
  const running = new Set<Promise<void>>();
  const stopped = new AbortController();

  const ask = async (path: string): Promise<void> => {
    const from = since();
    const status = await get(url + path, agent);
    if (status === 200) good.push({ from, to: since() });
    else failures.push({ path, status, from, to: since() });
  };
  const asking = (async () => {
    while (!stopped.signal.aborted) {
      const one = ask(coldPath((asked += 1)));
      running.add(one);
      void one.then(() => running.delete(one));
      await sleep(500, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopped.abort();
      await asking;
      await Promise.all(running);
      agent.destroy();
      const answers = [
        ...good.map((one) => ({ ...one, good: true })),
        ...failures.map((one) => ({ ...one, good: false })),
      ];
      return { requests: answers.length, failures, gapMs: longestGap(answers), slowestMs: slowest(good) };
    },
  };
}

/** The longest time from a failure to the next good answer, in the order in which they were asked for. */
export function longestGap(answers: readonly { from: number; to: number; good: boolean }[]): number {
  let longest = 0;
  let begin: number | undefined;
  for (const { from, to, good } of answers.toSorted((one, other) => one.from - other.from)) {
    if (!good) begin ??= from;
    if (begin !== undefined) longest = Math.max(longest, to - begin);
    if (good) begin = undefined;
  }
  return Math.round(longest);
}

const slowest = (good: { from: number; to: number }[]): number =>
  Math.round(Math.max(0, ...good.map(({ from, to }) => to - from)));

/** The status, when all of the answer has come; 0 when it has not. */
function get(url: string, agent: http.Agent): Promise<number> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.complete ? (response.statusCode ?? 0) : 0));
      response.on('error', () => resolve(0));
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error: NodeJS.ErrnoException) => {
      // Go's net/http asks again when a kept-alive connection turned out to be closed before anything came; so do we.
      if (request.reusedSocket && error.code === 'ECONNRESET') resolve(get(url, agent));
      else resolve(0);
    });
  });
}
