/**
 * `npm run package`: the npm package as dist/goproxycache-operator-<version>.tgz: goproxycache-operator/cdk8s as JavaScript with types, since
 * Node runs no TypeScript below node_modules, the CRD, and the command goproxycache. It has a package.json of its own: this checkout
 * brings a Node, and what only the operator needs is in the bundle already.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';

const checkout = fileURLToPath(new URL('..', import.meta.url));
/** What is packed. */
export const packageFolder = join(checkout, 'dist/package');

interface PackageJson {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  [field: string]: unknown;
}

/** The package.json of the package. */
export function manifest(own: PackageJson): object {
  const { name, version, description, license, type, engines, dependencies } = own;
  const versions = (names: string[], range: string) =>
    Object.fromEntries(names.map((library) => [library, range + (dependencies[library] ?? '')]));
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    bin: { goproxycache: 'bin/goproxycache.mjs' },
    exports: {
      './cdk8s': { types: './lib/synth/index.d.ts', default: './lib/synth/index.js' },
      './package.json': './package.json',
    },
    // What lib imports, and nothing that only the command does.
    dependencies: versions(['commander', 'zod'], ''),
    // Of the user, who builds on them too: with a second copy of constructs, a construct of his would be none of ours.
    peerDependencies: versions(['cdk8s', 'cdk8s-plus-27', 'constructs'], '^'),
  };
}

/** Builds and packs. @returns the path of the archive. */
export async function buildPackage(): Promise<string> {
  const own = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as PackageJson;
  rmSync(packageFolder, { recursive: true, force: true });
  mkdirSync(packageFolder, { recursive: true });
  writeFileSync(join(packageFolder, 'package.json'), `${JSON.stringify(manifest(own), null, 2)}\n`);
  copyFileSync(join(checkout, 'LICENSE'), join(packageFolder, 'LICENSE'));
  copyFileSync(join(checkout, 'examples/gitops/README.md'), join(packageFolder, 'README.md'));
  cpSync(join(checkout, 'crds'), join(packageFolder, 'crds'), { recursive: true });
  const run = (program: string, ...words: string[]) =>
    execFileSync(join(checkout, 'node_modules/.bin', program), words, {
      cwd: checkout,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  run('tsc', '-p', 'tsconfig.build.json', '--outDir', join(packageFolder, 'lib'));
  const command = join(packageFolder, 'bin/goproxycache.mjs');
  await bundle('src/cli/main.ts', command);
  chmodSync(command, 0o755);
  const words = ['pack', '--silent', '--pack-destination', join(checkout, 'dist')];
  const archive = execFileSync('npm', words, { cwd: packageFolder, encoding: 'utf8' }).trim();
  return join(checkout, 'dist', archive);
}

if (import.meta.main) console.log(relative(process.cwd(), await buildPackage()));
