import { execFileSync, spawnSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import packageJson from '../../package.json' with { type: 'json' };
import { CHECKOUT, TESTBED_FOLDER } from '../support/environment.ts';
import type { Campaign } from './campaign.ts';

/** Where campaigns run decides what must be there first. */
const SCRIPTS: Readonly<Record<Campaign['place'], readonly (readonly string[])[]>> = {
  lane: [['packages-install.sh'], ['build.sh', 'faults']],
  own: [['packages-install.sh'], ['build.sh', 'faults']],
  cluster: [['packages-install.sh'], ['up.sh'], ['load-operator.sh']],
};

/** Installs, builds and starts what these places need, on a machine that may be bare. Throws when a script fails. */
export function prepare(places: ReadonlySet<Campaign['place']>, say: (text: string) => void): void {
  const commands = [...places].flatMap((place) => SCRIPTS[place]).map(([script = '', ...words]) => [script, ...words]);
  const unique = new Map(commands.map((command) => [command.join(' '), command]));
  for (const [name, [script = '', ...words]] of unique) {
    say(`test/testbed/${name}`);
    run(script, words);
  }
}

/** Takes the cluster down that a campaign ran on. */
export function takeDown(say: (text: string) => void): void {
  say('test/testbed/down.sh');
  run('down.sh', []);
}

function run(script: string, words: readonly string[]): void {
  // What it prints is progress, and standard output is for the report.
  const { status } = spawnSync(join(CHECKOUT, 'test/testbed', script), words, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`test/testbed/${[script, ...words].join(' ')} failed`);
}

/** What the campaigns ran on. */
export function machine(): string {
  const [{ model = 'an unknown processor' } = {}] = cpus();
  const memory = `${String(Math.round(totalmem() / 2 ** 30))} GiB`;
  return `${String(cpus().length)} processors (${model.trim()}), ${memory}, Linux ${release()}`;
}

/** The programs that took part. */
export function programVersions(): Record<string, string> {
  const firstLine = (program: string, ...words: string[]) => {
    try {
      const output = execFileSync(join(TESTBED_FOLDER, 'bin', program), words, { encoding: 'utf8' });
      return output.split('\n')[0]?.replace(/^.*?v?(\d+\.\d+\.\d+\S*).*$/, '$1') ?? '';
    } catch {
      return 'unknown';
    }
  };
  return {
    operator: packageJson.version,
    node: process.version.slice(1),
    'kube-apiserver': firstLine('kube-apiserver', '--version'),
    etcd: firstLine('etcd', '--version'),
    kwok: firstLine('kwok', '--version'),
  };
}
