import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadAll } from 'js-yaml';
import { DEFAULT_IMAGES } from '../../src/api/images.ts';
import { effective } from '../../src/api/effective.ts';
import { describeProblem, validate } from '../../src/api/validate.ts';
import { desired } from '../../src/desired/desired.ts';

const folder = join(import.meta.dirname, '../../examples');
const examples = readdirSync(folder).filter((file) => file.endsWith('.yaml'));

interface Example {
  kind: string;
  metadata: { name: string };
  spec?: unknown;
}
const documents = (file: string) => loadAll(readFileSync(join(folder, file), 'utf8')) as Example[];

function parsed(file: string) {
  const [example] = documents(file);
  if (example === undefined) throw new Error(`${file} is empty`);
  const validated = validate(example);
  if (validated.spec === undefined) throw new Error(validated.problems.map(describeProblem).join('\n'));
  return { name: example.metadata.name, spec: effective(validated.spec, DEFAULT_IMAGES) };
}

describe('every example', () => {
  test.each(examples)('%s holds one GoProxyCache and nothing else', (file) => {
    expect(documents(file).map(({ kind }) => kind)).toEqual(['GoProxyCache']);
  });

  test.each(examples)('%s passes the schema and every rule', (file) => {
    expect(() => parsed(file)).not.toThrow();
  });
});

const kindsOf = (file: string) => {
  const { name, spec } = parsed(file);
  return desired(name, 'default', spec).map(({ kind }) => kind);
};

test('goproxycache.yaml has the environments prod, staging and dev, and prod is the default', () => {
  const { spec } = parsed('goproxycache.yaml');
  expect(spec.environments.map(({ name }) => name)).toEqual(['prod', 'staging', 'dev']);
  expect(spec.defaultEnvironment).toBe('prod');
});

test.each([
  { file: 'ingress.yaml', kind: 'Ingress' },
  { file: 'gateway-api.yaml', kind: 'HTTPRoute' },
])('$file makes an object of kind $kind', ({ file, kind }) => {
  expect(kindsOf(file)).toContain(kind);
});
