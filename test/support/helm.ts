import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, clusterEnvironment } from './environment.ts';
import { run } from './run.ts';

const CHART = join(CHECKOUT, 'charts/goproxycache-operator');

/** Helm's own files, apart from those of the person who runs the test. */
const home = mkdtempSync(join(tmpdir(), 'goproxycache-helm-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));

const environment = (): NodeJS.ProcessEnv => ({
  ...clusterEnvironment(),
  HELM_CACHE_HOME: join(home, 'cache'),
  HELM_CONFIG_HOME: join(home, 'config'),
  HELM_DATA_HOME: join(home, 'data'),
});

/** The real helm, on a release of our chart in the cluster under test. Every call throws with helm's own words. */
export function helmRelease(name: string, namespace: string) {
  const helm = (verb: string, args: string[], input = ''): Promise<string> =>
    run('helm', [verb, name, ...args, '--namespace', namespace], { env: environment(), input });
  const withValues = (verb: string, values: object, flags: string[]): Promise<string> =>
    helm(verb, [CHART, '--values', '-', '--wait', '--timeout', '2m', ...flags], JSON.stringify(values));
  return {
    install: (values: object, ...flags: string[]) => withValues('install', values, flags),
    upgrade: (values: object, ...flags: string[]) => withValues('upgrade', values, flags),
    rollback: (revision: number) => helm('rollback', [String(revision), '--wait', '--timeout', '2m']),
    test: () => helm('test', ['--timeout', '2m']),
    uninstall: (...flags: string[]) => helm('uninstall', ['--wait', '--timeout', '2m', ...flags]),
  };
}
