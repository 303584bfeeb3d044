import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const source = join(import.meta.dirname, '../../src/synth/index.ts');

/** A folder as a user has it: a main.ts, and the package, which is the source of this checkout. */
export interface SynthApp extends Disposable {
  readonly folder: string;
  write(path: string, text: string): void;
  /** Text by path, of all files below a folder. */
  files(below: string): Record<string, string>;
  /** Runs `node main.ts`. */
  run(...args: string[]): { status: number | null; stdout: string; stderr: string };
}

export function synthApp(files: Record<string, string>): SynthApp {
  const folder = mkdtempSync(join(tmpdir(), 'gpc-synth-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const packageFolder = 'node_modules/goproxycache-operator';
  write('package.json', '{ "type": "module" }');
  write(`${packageFolder}/package.json`, '{ "type": "module", "exports": { "./cdk8s": "./cdk8s.js" } }');
  write(`${packageFolder}/cdk8s.js`, `export * from ${JSON.stringify(source)};\n`);
  for (const [path, text] of Object.entries(files)) write(path, text);
  return {
    folder,
    write,
    files: (below) => filesIn(join(folder, below)),
    run: (...args) => {
      const env = { ...process.env, CDK8S_OUTDIR: undefined, NODE_OPTIONS: undefined };
      return spawnSync(process.execPath, ['main.ts', ...args], { cwd: folder, env, encoding: 'utf8' });
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Text by path, of all files below a folder; nothing when it is not there. */
export function filesIn(folder: string): Record<string, string> {
  const paths = statSync(folder, { throwIfNoEntry: false })
    ? (readdirSync(folder, { recursive: true }) as string[]).filter((path) => statSync(join(folder, path)).isFile())
    : [];
  return Object.fromEntries(paths.toSorted().map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}
