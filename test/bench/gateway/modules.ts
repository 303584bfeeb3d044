import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file of a module's version that is asked for, and how large it is. */
export interface ModuleFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

const MODULE = 'example.com/bench/module';
const SIZES = [
  { version: 'v1.0.0', zip: 100_000, name: '100 KB' },
  { version: 'v1.1.0', zip: 1_000_000, name: '1 MB' },
  { version: 'v1.2.0', zip: 50_000_000, name: '50 MB' },
];

/** A module with an average .info and .mod, and zips of three sizes: in the layout of GOPROXY, and in that of Athens. */
export function writeModule(goproxy: string, athens: string): ModuleFile[] {
  const [mod, info] = [goMod(MODULE), (version: string) => `{"Version":"${version}","Time":"2026-01-02T03:04:05Z"}`];
  for (const { version, zip } of SIZES) {
    const content = randomBytes(zip);
    write(goproxy, `${MODULE}/@v/${version}`, { '.info': info(version), '.mod': mod, '.zip': content });
    write(athens, `${MODULE}/${version}/`, {
      [`${version}.info`]: info(version),
      'go.mod': mod,
      'source.zip': content,
    });
  }
  const file = (version: string, suffix: string) => `/${MODULE}/@v/${version}.${suffix}`;
  return [
    { name: '.info', path: file('v1.0.0', 'info'), bytes: info('v1.0.0').length },
    { name: '.mod', path: file('v1.0.0', 'mod'), bytes: mod.length },
    ...SIZES.map(({ version, zip, name }) => ({ name: `.zip ${name}`, path: file(version, 'zip'), bytes: zip })),
  ];
}

/** Modules that differ in nothing but the name, each with one version without a zip; their names. */
export function writeModules(goproxy: string, count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `example.com/bench/m${index}`);
  for (const name of names) {
    write(goproxy, `${name}/@v/`, {
      'v1.0.0.info': '{"Version":"v1.0.0","Time":"2026-01-02T03:04:05Z"}',
      'v1.0.0.mod': goMod(name),
      list: 'v1.0.0\n',
    });
  }
  return names;
}

/** About 700 bytes: the median of what builds ask for. */
function goMod(module: string): string {
  const lines = Array.from({ length: 15 }, (_, index) => `\tgithub.com/example/dependency${index} v1.${index}.0\n`);
  return `module ${module}\n\ngo 1.23\n\nrequire (\n${lines.join('')})\n`;
}

function write(folder: string, prefix: string, files: Readonly<Record<string, Buffer | string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, prefix + name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
}
