import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { imageOf } from '../../../image/build.ts';
import { CHECKOUT } from '../../support/environment.ts';
import type { Installed } from '../../support/operatorpod.ts';
import { imageFlags, installation } from '../../support/operatorpod.ts';
import { run } from '../../support/run.ts';

/**
 * Where upgrades come from while there is no release: the last commit before the operator could be installed by Helm and lead by a
 * Lease, and the last one before the fault campaigns.
 */
const BEFORE_RELEASES = ['b91afa5', '922f45e'];

/** The newest tag `v*` that is not this commit; without any, the commits above. Throws when the clone has not the whole history. */
export async function previousReleases(): Promise<string[]> {
  const git = (...words: string[]): Promise<string> => run('git', words, { cwd: CHECKOUT });
  if ((await git('rev-parse', '--is-shallow-repository')).trim() === 'true')
    throw new Error('this clone is shallow and has no previous release: git fetch --unshallow --tags');
  const here = (await git('tag', '--points-at', 'HEAD')).split('\n');
  const tags = (await git('tag', '--list', 'v*', '--sort=-v:refname')).split('\n').filter((tag) => tag !== '');
  const newest = tags.find((tag) => !here.includes(tag));
  return newest === undefined ? BEFORE_RELEASES : [newest];
}

/** Another version of this project, in a folder of its own. */
export interface Previous {
  folder: string;
  /** Builds its operator, and gives what installs it on the testbed. */
  installation: () => Promise<Installed[]>;
  remove: () => void;
}

export async function previousVersion(ref: string): Promise<Previous> {
  const folder = mkdtempSync(join(tmpdir(), 'goproxycache-previous-'));
  await run('sh', ['-c', 'git archive "$0" | tar -x -C "$1"', ref, folder], { cwd: CHECKOUT });
  if (needsOwnPackages(folder))
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
  else symlinkSync(join(CHECKOUT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    installation: async () => {
      await run(process.execPath, ['image/bundle.ts'], { cwd: folder });
      const name = `localhost/goproxycache-operator:${ref}`;
      const archive = join(folder, 'dist/previous.tar');
      await imageOf(join(folder, 'dist/goproxycache.mjs'), [name], archive);
      await run('test/testbed/image.sh', ['load', archive], { cwd: CHECKOUT });
      return installation(folder, imageFlags(name));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Lock {
  packages: Record<string, { version?: string; integrity?: string; dev?: boolean }>;
}

/** Whether a package that ends up in its bundle is another one here. */
function needsOwnPackages(folder: string): boolean {
  const lock = (checkout: string): Lock['packages'] =>
    (JSON.parse(readFileSync(join(checkout, 'package-lock.json'), 'utf8')) as Lock).packages;
  const here = lock(CHECKOUT);
  return Object.entries(lock(folder)).some(
    ([path, { dev, integrity }]) => path !== '' && dev !== true && here[path]?.integrity !== integrity,
  );
}

/** What `goproxycache render` of a checkout prints for the caches of a file. */
export function rendered<T>(checkout: string, caches: string): T[] {
  const words = [join(checkout, 'src/cli/main.ts'), 'render', '-f', caches, '-o', 'json'];
  const text = execFileSync(process.execPath, words, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return (JSON.parse(text) as { items: T[] }).items;
}
