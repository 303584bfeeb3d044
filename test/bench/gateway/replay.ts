import { Agent, get } from 'node:http';
import { goEnvironment, withModcache } from '../../support/gocommand.ts';
import { CONTROL, startModuleServer } from '../../support/moduleserver.ts';
import type { ServedRequest } from '../../support/moduleserver.ts';
import { run } from '../../support/run.ts';

/** A go command has as many requests on their way as processors: two here, and on the machines it is compared with. */
export const IN_FLIGHT = 2;

/** An engine may fetch for long, and says nothing meanwhile. */
const TIMEOUT_MS = 300_000;

/** A real `go mod download` with an empty module cache; the seconds it took. Throws with go's own words. */
export function download(project: string, goproxy: string): Promise<number> {
  return withModcache(async (modcache) => {
    const env = { ...goEnvironment(goproxy, modcache), GOMAXPROCS: String(IN_FLIGHT) };
    const begin = performance.now();
    await run('go', ['mod', 'download'], { cwd: project, env });
    return (performance.now() - begin) / 1000;
  });
}

/** The paths that a real `go mod download` of a project asks for, in its order. */
export async function record(project: string, modules: string): Promise<string[]> {
  const server = await startModuleServer({ folder: modules, listen: { host: '127.0.0.1', port: 0 } });
  const url = `http://127.0.0.1:${server.address.port}`;
  try {
    await download(project, url);
    const requests = (await (await fetch(url + CONTROL.requests)).json()) as ServedRequest[];
    const refused = requests.filter(({ status }) => status !== 200);
    if (refused.length > 0) throw new Error(`the module server answered ${refused[0]?.status} to ${refused[0]?.path}`);
    return requests.map(({ path }) => path);
  } finally {
    await server.close();
  }
}

export interface Replayed {
  readonly seconds: number;
  readonly bytes: number;
  /** Everything but a whole answer with 200. */
  readonly errors: number;
}

/** Asks for these paths as the go command does, which leaves its unpacking and checking out: the network alone. */
export async function replay(url: string, paths: readonly string[], halfway?: () => Promise<void>): Promise<Replayed> {
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  let [next, bytes, errors] = [0, 0, 0];
  let interruption: Promise<void> | undefined;
  const client = async (): Promise<void> => {
    for (let path = paths[next++]; path !== undefined; path = paths[next++]) {
      if (next > paths.length / 2) interruption ??= halfway?.();
      const answer = await ask(agent, url + path).catch(() => undefined);
      if (answer?.status === 200) bytes += answer.bytes;
      else errors += 1;
    }
  };
  const begin = performance.now();
  await Promise.all(Array.from({ length: IN_FLIGHT }, client));
  const seconds = (performance.now() - begin) / 1000;
  await interruption;
  agent.destroy();
  return { seconds, bytes, errors };
}

function ask(agent: Agent, url: string): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent, timeout: TIMEOUT_MS }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => (bytes += chunk.length));
      response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, bytes }));
    });
    request.on('error', reject).on('timeout', () => request.destroy(new Error(`no answer from ${url}`)));
  });
}
