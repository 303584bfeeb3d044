import { mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isOurs } from './files.ts';
import { list, SynthesisError } from './problems.ts';

/** Texts by path, relative to a folder. */
export type Files = ReadonlyMap<string, string>;

/**
 * What is in an output folder. Names with a dot in front (.git, .gitkeep) are left alone; neither kubectl nor Argo CD reads them.
 * @throws SynthesisError when somebody else has written something there.
 */
export function readFolder(folder: string): Files {
  const files = new Map<string, string>();
  const foreign: string[] = [];
  for (const path of pathsIn(folder, '')) {
    const text = path.endsWith('.yaml') ? readFileSync(join(folder, path), 'utf8') : '';
    if (isOurs(text)) files.set(path, text);
    else foreign.push(path);
  }
  if (foreign.length > 0) throw new SynthesisError([foreignMessage(folder, foreign)]);
  return files;
}

function foreignMessage(folder: string, foreign: string[]): string {
  const shown = foreign.length > 3 ? [...foreign.slice(0, 3), `${foreign.length - 3} more`] : foreign;
  return `${folder}: ${list(shown)}: synth did not write this, and would not keep it: move it, or choose another folder with --output`;
}

function pathsIn(folder: string, below: string): string[] {
  return entriesOf(join(folder, below))
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = join(below, entry.name);
      return entry.isDirectory() ? pathsIn(folder, path) : [path];
    });
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new SynthesisError([`${folder}: ${message}: choose another folder with --output`]);
  }
}

/** Brings a folder from what is in it to what is wanted. Files that are as they should be are not touched. */
export function writeFolder(folder: string, before: Files, wanted: Files): void {
  for (const [path, text] of wanted) {
    if (before.get(path) === text) continue;
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  for (const path of before.keys()) {
    if (wanted.has(path)) continue;
    rmSync(join(folder, path));
    removeIfEmpty(dirname(join(folder, path)));
  }
}

function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}
