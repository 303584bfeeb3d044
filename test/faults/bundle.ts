import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { bundle } from '../../image/bundle.ts';
import { CHECKOUT } from '../support/environment.ts';
import { mutants } from './mutants/mutants.ts';
import type { Mutant } from './mutants/mutant.ts';
import { mutate } from './mutants/mutant.ts';

const made = new Map<string, Promise<string>>();
let folder: string | undefined;

/** Of this process: two that run at once may be of different sources. */
function scratch(): string {
  if (folder !== undefined) return folder;
  const fresh = mkdtempSync(join(tmpdir(), 'goproxycache-faults-'));
  process.once('exit', () => {
    rmSync(fresh, { recursive: true, force: true });
  });
  folder = fresh;
  return fresh;
}

/**
 * The operator as one file, with a planted bug when one is named: the path of that file. Made once a process, and gone with it. Throws when there
 * is no such mutant, or when it does not fit the sources any more.
 */
export function operatorBundle(name?: string): Promise<string> {
  const mutant = name === undefined ? undefined : mutants.find((each) => each.name === name);
  if (name !== undefined && !mutant) {
    throw new Error(`no mutant is called ${name}: choose from ${mutants.map((each) => each.name).join(', ')}`);
  }
  const key = name ?? '';
  const known = made.get(key) ?? make(mutant);
  made.set(key, known);
  return known;
}

async function make(mutant: Mutant | undefined): Promise<string> {
  const file = join(scratch(), `${mutant?.name ?? 'operator'}.mjs`);
  await bundle(undefined, file, mutant ? [planted(mutant)] : []);
  return file;
}

/** Changes one source while it is read; throws when it is never read. */
function planted(mutant: Mutant): Plugin {
  const path = join(CHECKOUT, mutant.file);
  return {
    name: `mutant ${mutant.name}`,
    setup(build) {
      let done = false;
      build.onLoad({ filter: /\.ts$/ }, async (args) => {
        if (args.path !== path) return undefined;
        done = true;
        return { contents: mutate(mutant, await readFile(path, 'utf8')), loader: 'ts' };
      });
      build.onEnd(() => {
        if (done) return;
        throw new Error(`mutant ${mutant.name}: ${mutant.file} is no part of the operator`);
      });
    },
  };
}
