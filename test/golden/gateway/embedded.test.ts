import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { envoy } from '../../../src/gateway/pod/envoy.ts';
import { counts } from '../../../src/gateway/pod/counts.ts';
import { keys } from '../../../src/gateway/pod/keys.ts';
import { jwt } from '../../../src/gateway/pod/jwt.ts';
import { entrypoint } from '../../../src/gateway/pod/entrypoint.ts';
import { metrics } from '../../../src/gateway/pod/metrics.ts';
import { probe } from '../../../src/gateway/pod/probe.ts';
import { ready } from '../../../src/gateway/pod/ready.ts';

const folder = `${import.meta.dirname}/../../../src/gateway/pod`;

/** The operator is one file, so these travel in it as text; the file beside each stays the source, for its linter and for readers. */
const embedded = [
  { file: 'entrypoint.sh', name: 'entrypoint', what: 'The script that runs in a gateway pod.', text: entrypoint },
  { file: 'envoy.sh', name: 'envoy', what: 'The script that runs Envoy in a pod of type Envoy.', text: envoy },
  { file: 'keys.sh', name: 'keys', what: 'The keys of token issuers, a part of entrypoint.sh.', text: keys },
  { file: 'probe.sh', name: 'probe', what: 'Probes of the upstreams, a part of entrypoint.sh.', text: probe },
  { file: 'metrics.sh', name: 'metrics', what: 'What is served as /metrics, a part of entrypoint.sh.', text: metrics },
  { file: 'ready.sh', name: 'ready', what: 'When a new pod is ready, a part of entrypoint.sh.', text: ready },
  { file: 'counts.awk', name: 'counts', what: 'Counts requests, for metrics.sh.', text: counts },
  { file: 'jwt.js', name: 'jwt', what: 'What nginx runs to verify tokens.', text: jwt },
];

function module({ file, name, what }: (typeof embedded)[number], source: string): string {
  const lines = source
    .trimEnd()
    .split('\n')
    .map((line) => `  ${JSON.stringify(line)},\n`);
  return [
    `// Written from ${file} by \`npm run golden\`: change that file.\n`,
    `\n/** ${what} */\n`,
    '// prettier-ignore\n',
    `export const ${name} = [\n${lines.join('')}].join('\\n') + '\\n';\n`,
  ].join('');
}

test.each(embedded)('the embedded $name is $file', (entry) => {
  const source = readFileSync(`${folder}/${entry.file}`, 'utf8');
  const target = `${folder}/${entry.name}.ts`;
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(target, module(entry, source));
  else expect(entry.text).toBe(source);
  expect(readFileSync(target, 'utf8')).toBe(module(entry, source));
});
