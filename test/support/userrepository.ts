import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPackage } from '../../image/package.ts';
import { CHECKOUT } from './environment.ts';

export interface Ran {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A copy of examples/gitops as a new user has it: outside of this checkout, with the packed package and what npm installs. */
export interface UserRepository {
  folder: string;
  run: (program: string, ...words: string[]) => Ran;
  /** Replaces a text of a file by another, and gives what puts it back. Throws when it is not there. */
  edit: (file: string, from: string, to: string) => () => void;
  remove: () => void;
}

export const EXAMPLE = join(CHECKOUT, 'examples/gitops');

export async function userRepository(): Promise<UserRepository> {
  const archive = await buildPackage();
  const folder = mkdtempSync(join(tmpdir(), 'gpc-package-'));
  cpSync(EXAMPLE, folder, {
    recursive: true,
    filter: (path) => !/node_modules|dist|imports/.test(path.slice(EXAMPLE.length)),
  });
  const quick = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...quick, archive], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  return {
    folder,
    run: (program, ...words) => {
      // Node of this process first, as the user's is the one that the package asks for.
      const path = `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`;
      const env = { ...process.env, PATH: path, NODE_OPTIONS: undefined };
      return spawnSync(program, words, { cwd: folder, env, encoding: 'utf8' });
    },
    edit: (file, from, to) => {
      const before = readFileSync(join(folder, file), 'utf8');
      if (!before.includes(from)) throw new Error(`${file} of the example has no text ${from}`);
      writeFileSync(join(folder, file), before.replace(from, to));
      return () => writeFileSync(join(folder, file), before);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
