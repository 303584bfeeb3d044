import { eventually } from './eventually.ts';
import { kubectl } from './kubectl.ts';

/** A line of a gateway's access log, as far as tests look at it. */
export interface AccessLine {
  time: string;
  path: string;
  status: number;
  environment: string;
  /** HIT, MISS, STALE, ...; empty for an answer that needs no cache. */
  cache: string;
  id: string;
}

const IMMUTABLE = /\/@v\/v[^/]+\.(?:info|mod|zip)$/;

/** All lines that the running gateway pods of a cache have logged, each request once. */
export async function accessLog(namespace: string, cache: string): Promise<AccessLine[]> {
  const selector = `app.kubernetes.io/instance=${cache},app.kubernetes.io/component=gateway`;
  const text = await kubectl(['logs', '-n', namespace, '-l', selector, '--tail=-1', '--max-log-requests=20']);
  return text.split('\n').flatMap(parseLine);
}

/** Everything that is not JSON in the log is nginx or the entrypoint speaking. */
export function parseLine(line: string): AccessLine[] {
  if (!line.startsWith('{')) return [];
  try {
    const parsed = JSON.parse(line) as Partial<AccessLine> & { mirrored?: string };
    // A copy of a request is no request of a client.
    if (parsed.mirrored !== undefined) return [];
    return typeof parsed.path === 'string' && typeof parsed.id === 'string' ? [parsed as AccessLine] : [];
  } catch {
    return [];
  }
}

/** Requests of one pass of a client: those in the log now that were not there before. */
export interface Pass {
  requests: AccessLine[];
  /** Requests for files of a version, which never change. */
  immutable: number;
  /** Those of them that the gateway had: from 0 to 1; 1 when there was none. */
  hitRatio: number;
}

/** Runs a client and gives its requests as the gateway logged them. Nobody else may use the cache meanwhile. */
export async function observePass(namespace: string, cache: string, client: () => Promise<unknown>): Promise<Pass> {
  const before = new Set((await logAtRest(namespace, cache)).map(({ id }) => id));
  await client();
  const after = await logAtRest(namespace, cache);
  return summarisePass(after.filter(({ id }) => !before.has(id)));
}

/** nginx writes a line of its log a second after the request at the latest. */
const LOG_DELAY_MS = 1500;

/** The access log once all is in it that was asked before. */
async function logAtRest(namespace: string, cache: string): Promise<AccessLine[]> {
  let latest = await accessLog(namespace, cache);
  let since = performance.now();
  return eventually(`the access log of ${cache} is complete`, 60, async () => {
    const now = await accessLog(namespace, cache);
    if (now.length !== latest.length) since = performance.now();
    latest = now;
    return performance.now() - since >= LOG_DELAY_MS
      ? { value: now }
      : { missing: `${now.length} lines, and more to come` };
  });
}

export function summarisePass(requests: AccessLine[]): Pass {
  const immutable = requests.filter(({ path }) => IMMUTABLE.test(path));
  const hits = immutable.filter(({ cache }) => cache === 'HIT');
  return {
    requests,
    immutable: immutable.length,
    hitRatio: immutable.length === 0 ? 1 : hits.length / immutable.length,
  };
}
