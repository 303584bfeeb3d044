import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../../support/environment.ts';
import { run } from '../../support/run.ts';

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

/** Everything that prints manifests: the command line, the chart, and the example of a GitOps repository. */
export const OUTPUTS: Output[] = [
  { what: 'goproxycache install', print: () => goproxycache('install') },
  ...CACHE_FILES.map((file) => ({
    what: `goproxycache render -f ${file}`,
    print: () => goproxycache('render', '-f', join(CHECKOUT, file)),
  })),
];
