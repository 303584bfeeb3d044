import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { CHECKOUT, TESTBED_FOLDER } from './environment.ts';
import { PROJECT } from './gocommand.ts';
import { run } from './run.ts';

/**
 * The project's modules as a folder in the layout of GOPROXY, for a module server. Filled once from wherever this machine's
 * own go command gets modules, and kept between runs.
 */
export async function projectModules(project = PROJECT, modcache = join(TESTBED_FOLDER, 'modules')): Promise<string> {
  const folder = join(modcache, 'cache/download');
  const stamp = join(modcache, 'filled');
  const sums = await readFile(join(project, 'go.sum'), 'utf8');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === sums) return folder;

  await mkdir(modcache, { recursive: true });
  // go.sum has the checksums of everything in it, so no checksum database is needed.
  const env = {
    ...process.env,
    GOMODCACHE: modcache,
    GOFLAGS: '-modcacherw',
    GOSUMDB: 'off',
    GOTOOLCHAIN: 'local',
    GOWORK: 'off',
  };
  await run('go', ['mod', 'download'], { cwd: project, env });
  // An engine that is asked for a go.mod alone fetches the whole module, so those need their zip too.
  await run('go', ['mod', 'download', ...(await modulesOf(folder))], { cwd: TESTBED_FOLDER, env });
  await writeFile(stamp, sums);
  return folder;
}

/** Every `module@version` of which the folder has a go.mod. */
async function modulesOf(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  return files.flatMap((file) => {
    const match = /^(?<module>.+)\/@v\/(?<version>[^/]+)\.mod$/.exec(file);
    return match?.groups === undefined ? [] : [unescapePath(`${match.groups.module}@${match.groups.version}`)];
  });
}

/** The protocol writes a capital letter as `!` and the small one. */
const unescapePath = (path: string): string => path.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());

if (import.meta.main) console.log(relative(CHECKOUT, await projectModules()));
