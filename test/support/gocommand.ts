import { rmSync } from 'node:fs';
import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT } from './environment.ts';
import { run } from './run.ts';

/** The project whose modules the demo and the tests download: gin and what it needs. */
export const PROJECT = join(CHECKOUT, 'test/demo/project');

/**
 * Environment of a go command that knows one proxy, trusts go.sum alone and is not touched by the settings of the person who
 * runs the test.
 */
export const goEnvironment = (goproxy: string, modcache: string): NodeJS.ProcessEnv => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  GOENV: 'off',
  GOPROXY: goproxy,
  GOMODCACHE: modcache,
  GOFLAGS: '-modcacherw',
  GOSUMDB: 'off',
  GOTOOLCHAIN: 'local',
  GOWORK: 'off',
});

/** Runs `use` with an empty module cache, which is gone afterwards, also when the process is ended meanwhile. */
export async function withModcache<T>(use: (modcache: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(await scratchFolder(), 'goproxycache-modcache-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await use(folder);
  } finally {
    process.off('exit', remove);
    await rm(folder, { recursive: true, force: true });
  }
}

const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 2 ** 30;

/** Where module caches of clients go: into memory when there is room, since a slow disk says nothing about a proxy. */
async function scratchFolder(): Promise<string> {
  const memory = await statfs(MEMORY).catch(() => undefined);
  return memory !== undefined && memory.bavail * memory.bsize > ENOUGH_BYTES ? MEMORY : tmpdir();
}

/** A real `go mod download` of the project with an empty module cache; the seconds it took. Throws with go's own words. */
export function downloadProject(goproxy: string, project = PROJECT): Promise<number> {
  return withModcache(async (modcache) => {
    const begin = performance.now();
    await run('go', ['mod', 'download'], { cwd: project, env: goEnvironment(goproxy, modcache) });
    return (performance.now() - begin) / 1000;
  });
}

/** The first proxy that this machine's own go command asks; undefined when it asks none. */
export async function machineProxy(): Promise<string | undefined> {
  const list = (await run('go', ['env', 'GOPROXY'])).trim();
  return list
    .split(/[,|]/)
    .find((entry) => /^https?:\/\//.test(entry))
    ?.replace(/\/+$/, '');
}
