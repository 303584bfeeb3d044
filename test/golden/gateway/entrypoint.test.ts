import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { entrypoint } from '../../../src/gateway/pod/entrypoint.ts';

const folder = `${import.meta.dirname}/../../../src/gateway/pod`;

/** The operator is one file, so the script travels in it as text; the shell script stays the source, for shellcheck and for readers. */
function embedded(script: string): string {
  const lines = script
    .trimEnd()
    .split('\n')
    .map((line) => `  ${JSON.stringify(line)},\n`);
  return [
    '// Written from entrypoint.sh by `npm run golden`: change that file.\n',
    '\n/** The script that runs in a gateway pod. */\n',
    '// prettier-ignore\n',
    `export const entrypoint = [\n${lines.join('')}].join('\\n') + '\\n';\n`,
  ].join('');
}

test('the embedded script is entrypoint.sh', () => {
  const script = readFileSync(`${folder}/entrypoint.sh`, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') {
    writeFileSync(`${folder}/entrypoint.ts`, embedded(script));
  } else {
    expect(entrypoint).toBe(script);
  }
  expect(readFileSync(`${folder}/entrypoint.ts`, 'utf8')).toBe(embedded(script));
});
