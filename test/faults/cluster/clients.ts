import { setTimeout as sleep } from 'node:timers/promises';
import { downloadProject } from '../../support/gocommand.ts';
import { SMALL_PROJECT } from '../../support/smallcache.ts';
import type { SteadyReport } from '../../support/steadyclient.ts';
import { startSteadyClient } from '../../support/steadyclient.ts';
import type { ColdReport } from './coldclient.ts';
import { startColdClient } from './coldclient.ts';

/** The addresses of a cache, and what is in it. */
export interface Target {
  http: string;
  /** The same with TLS, and the file with what its clients trust. */
  https: string;
  authority: string;
  /** Paths that the cache holds. */
  paths: string[];
}

/** What all clients of a cache saw. */
export interface Seen {
  /** Plain requests for what is in the cache, by http and by https, in turn and steadily. */
  steady: SteadyReport[];
  downloads: number;
  /** The words of the go command, for each download that failed. */
  failedDownloads: string[];
  slowestDownloadMs: number;
  cold: ColdReport;
}

export interface Clients {
  /** Waits until a few more requests and downloads have been answered or have failed. */
  more: () => Promise<void>;
  stop: () => Promise<Seen>;
}

const REQUESTS_PER_SECOND = 25;

/** Builds that go on all the time, one after the other, and requests beside them. */
export async function startClients({ http, https, authority, paths }: Target): Promise<Clients> {
  const steady = await Promise.all([
    startSteadyClient(http, paths, REQUESTS_PER_SECOND),
    startSteadyClient(https, paths, REQUESTS_PER_SECOND, authority),
  ]);
  const cold = startColdClient(http);
  const builds = startBuilds(http);
  return {
    more: async () => {
      await Promise.all([...steady.map((client) => client.more(REQUESTS_PER_SECOND * 2)), builds.more()]);
    },
    stop: async () => {
      const [reports, coldReport, built] = await Promise.all([
        Promise.all(steady.map((client) => client.stop())),
        cold.stop(),
        builds.stop(),
      ]);
      return { steady: reports, cold: coldReport, ...built };
    },
  };
}

type Built = Pick<Seen, 'downloads' | 'failedDownloads' | 'slowestDownloadMs'>;

/** `go mod download` again and again, each with an empty module cache. */
function startBuilds(url: string): { more: () => Promise<void>; stop: () => Promise<Built> } {
  const built: Built = { downloads: 0, failedDownloads: [], slowestDownloadMs: 0 };
  let stopped = false;
  let current: Promise<void> = Promise.resolve();
  const build = async (): Promise<void> => {
    const begin = performance.now();
    await downloadProject(url, SMALL_PROJECT).catch((error: unknown) => {
      built.failedDownloads.push(`${new Date().toISOString()} ${(error as Error).message}`);
    });
    built.downloads += 1;
    built.slowestDownloadMs = Math.max(built.slowestDownloadMs, Math.round(performance.now() - begin));
  };
  const builds = (async () => {
    while (!stopped) {
      await (current = build());
      await sleep(500);
    }
  })();
  return {
    more: async () => {
      // The one under way may have begun before.
      for (const wanted = built.downloads + 2; built.downloads < wanted; await sleep(50)) await current;
    },
    stop: async () => {
      stopped = true;
      await builds;
      return built;
    },
  };
}
