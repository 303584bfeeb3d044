import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHART, helm, NAMESPACE, RELEASE } from '../../chart/support/chart.ts';
import { CHECKOUT } from '../../support/environment.ts';
import { run } from '../../support/run.ts';
import { synthApp } from '../../support/synthapp.ts';

/** Manifests that this project prints. */
export interface Output {
  what: string;
  /** As a YAML stream. */
  print: () => Promise<string>;
}

const goproxycache = (...words: string[]): Promise<string> =>
  run(process.execPath, [join(CHECKOUT, 'src/cli/main.ts'), ...words], { env: { ...process.env, NODE_OPTIONS: '' } });

/** Files of GoProxyCaches: the examples, and the inputs of the golden files, which have one object of every kind. */
export const CACHE_FILES = [
  ...readdirSync(join(CHECKOUT, 'examples'))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => `examples/${file}`),
  'test/golden/desired/caches.yaml',
];

/** Values that turn on, or leave out, what the chart can. */
const VALUES: Record<string, object> = {
  'its own values': {},
  'everything turned on': {
    networkPolicy: { enabled: true },
    serviceMonitor: { enabled: true, interval: '30s', labels: { release: 'prometheus' } },
    podAnnotations: { note: 'yes' },
    tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
    imagePullSecrets: [{ name: 'registry' }],
  },
  'some namespaces': { watchNamespaces: ['team-a', 'team-b'] },
  'all that can be left out': {
    replicas: 1,
    crds: { enabled: false },
    rbac: { create: false },
    serviceAccount: { create: false, name: 'there' },
    podDisruptionBudget: { enabled: false },
  },
};

async function helmTemplate(values: object): Promise<string> {
  const { status, stdout, stderr } = await helm(['template', RELEASE, CHART, '--namespace', NAMESPACE], values);
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** The example of a GitOps repository, as a folder of its own; what it writes for a stage, as one stream. */
function synthesized(stage: string, flags: string[]): string {
  const read = (file: string) => readFileSync(join(CHECKOUT, 'examples/gitops', file), 'utf8');
  using app = synthApp({ 'main.ts': read('main.ts'), 'stages.ts': read('stages.ts') });
  const { status, stderr } = app.run(...flags);
  if (status !== 0) throw new Error(stderr);
  return Object.values(app.files(`dist/${stage}`)).join('\n---\n');
}

const MODES = [
  { what: 'node main.ts', flags: [] },
  { what: 'node main.ts --render', flags: ['--render'] },
];

/** Everything that prints manifests: the command line, the chart, and the example of a GitOps repository. */
export const OUTPUTS: Output[] = [
  { what: 'goproxycache install', print: () => goproxycache('install') },
  ...CACHE_FILES.map((file) => ({
    what: `goproxycache render -f ${file}`,
    print: () => goproxycache('render', '-f', join(CHECKOUT, file)),
  })),
  ...Object.entries(VALUES).map(([what, values]) => ({
    what: `helm template with ${what}`,
    print: () => helmTemplate(values),
  })),
  ...MODES.flatMap(({ what, flags }) =>
    ['dev', 'staging', 'prod'].map((stage) => ({
      what: `${what} in examples/gitops: ${stage}`,
      print: () => Promise.resolve(synthesized(stage, flags)),
    })),
  ),
];
