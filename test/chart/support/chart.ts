import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { testbedFolder } from '../../testbed/folder.ts';
import { CHECKOUT } from '../../support/environment.ts';
import type { RunResult } from '../../support/run.ts';
import { tryRun } from '../../support/run.ts';

export const CHART = join(CHECKOUT, 'charts/goproxycache-operator');
/** The release and the namespace by whose names the chart makes the same objects as `goproxycache install`. */
export const RELEASE = 'goproxycache-operator';
export const NAMESPACE = 'goproxycache-system';

const home = mkdtempSync(join(tmpdir(), 'goproxycache-helm-'));
process.once('exit', () => rmSync(home, { recursive: true, force: true }));

/** Runs the real helm (test/testbed/build.sh chart) without a cluster and without anybody's own settings. */
export const helm = (args: readonly string[], values: object = {}): Promise<RunResult> =>
  tryRun(join(testbedFolder, 'bin/helm'), [...args, '--values', '-'], {
    input: JSON.stringify(values),
    env: { HOME: home },
  });

export interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
}

/** What `helm template` prints for these values. Throws with helm's own words. */
export async function template(
  values: object,
  flags: readonly string[] = [],
  release = RELEASE,
  chart = CHART,
): Promise<Rendered[]> {
  const { status, stdout, stderr } = await helm(
    ['template', release, chart, '--namespace', NAMESPACE, ...flags],
    values,
  );
  if (status !== 0) throw new Error(stderr);
  return loadAll(stdout).filter((object): object is Rendered => object !== null);
}

/** NOTES.txt, which helm prints after an installation only: a copy of the chart has it in a ConfigMap. */
export async function notesOf(values: object): Promise<string> {
  const copy = join(home, 'chart');
  cpSync(CHART, copy, { recursive: true });
  const include = '{{ include (print .Template.BasePath "/NOTES.txt") . | toJson }}';
  writeFileSync(
    join(copy, 'templates/notes.yaml'),
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: notes}\ndata: {text: ${include}}\n`,
  );
  const [notes] = await template(values, ['--show-only', 'templates/notes.yaml'], 'cache', copy);
  return (notes?.['data'] as { text: string }).text;
}

/** `kind namespace name` of each object, sorted. */
export const names = (objects: readonly Rendered[]): string[] =>
  objects.map(({ kind, metadata: { name, namespace } }) => [kind, namespace, name].filter(Boolean).join(' ')).sort();
