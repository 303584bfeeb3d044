import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** What the results of every campaign depend on, beside what it imports. */
const OPERATOR = ['src/**/*', 'package-lock.json'];
/** What plays the plans of all. */
const PLAYERS = ['test/faults/run.ts', 'test/faults/bed/start.ts'];

/** A name each for the version of operator and campaign: results of another one say nothing about this one. */
export interface Versions {
  /** Of the operator and all campaigns together. */
  readonly all: string;
  /** Of the operator and one campaign, with all that it imports: to change one costs no results of the others. */
  of(campaign: string): string;
}

/** The versions of the sources in a checkout. `read` gives the bytes of a file, by its path from there. */
export async function sourceVersions(
  checkout: string,
  campaigns: readonly string[],
  read: (file: string) => Buffer = (file) => readFileSync(join(checkout, file)),
): Promise<Versions> {
  const hashes = new Map<string, string>();
  const hashOf = (file: string): string => {
    const known = hashes.get(file) ?? createHash('sha256').update(read(file)).digest('hex');
    hashes.set(file, known);
    return known;
  };
  const versionOf = (files: Iterable<string>): string =>
    createHash('sha256')
      .update(
        [...new Set(files)]
          .sort()
          .map((file) => `${file} ${hashOf(file)}\n`)
          .join(''),
      )
      .digest('hex')
      .slice(0, 16);
  const operator = filesOf(checkout, OPERATOR);
  const imported = await importsOf(checkout, [...PLAYERS, ...campaigns.map(fileOf)]);
  const players = PLAYERS.flatMap((file) => imported.get(file) ?? []);
  const versions = new Map(
    campaigns.map((name) => [name, versionOf([...operator, ...players, ...(imported.get(fileOf(name)) ?? [])])]),
  );
  return {
    all: versionOf([...operator, ...filesOf(checkout, ['test/faults/**/*'])]),
    of: (campaign) => versions.get(campaign) ?? '',
  };
}

const fileOf = (campaign: string) => `test/faults/campaigns/${campaign}.ts`;

const filesOf = (checkout: string, patterns: readonly string[]): string[] =>
  patterns
    .flatMap((pattern) => globSync(pattern, { cwd: checkout, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(checkout.length));

/** All files of the checkout that each of these imports, itself included. */
async function importsOf(checkout: string, entryPoints: string[]): Promise<Map<string, string[]>> {
  const { metafile } = await build({
    absWorkingDir: checkout,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    write: false,
    metafile: true,
    treeShaking: false,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  return new Map(
    Object.values(metafile.outputs).map(({ entryPoint = '', inputs }) => [entryPoint, Object.keys(inputs)]),
  );
}
