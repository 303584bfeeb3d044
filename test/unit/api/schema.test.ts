import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { customResourceDefinition } from '../../../src/api/crd.ts';
import type { Schema } from '../../../src/api/crd.ts';
import { apiReference } from '../../../src/api/docs.ts';
import { RULES, ruleField } from '../../../src/api/rules.ts';
import { places } from '../../apiserver/support/schema.ts';

const all = [...places('spec'), ...places('status')].map((place) => [place.path, place] as const);

describe('every field of the CRD', () => {
  test.each(all.filter(([path]) => !path.endsWith('{}')))('%s is described in whole sentences', (_, { schema }) => {
    expect(schema.description).toMatch(/^\S.*[^.]\.$/s);
  });

  test.each(all)('%s is bounded', (_, { schema }) => {
    expect(missingBounds(schema)).toEqual([]);
  });

  test.each(all.filter(([path]) => path.includes('[]')))('%s has no default, being in a list', (_, { schema }) => {
    expect(schema).not.toHaveProperty('default');
  });

  test.each(all.filter(([, { schema }]) => schema.type === 'array'))(
    '%s says how the list is merged',
    (_, { schema }) => {
      expect(['atomic', 'map', 'set']).toContain(schema['x-kubernetes-list-type']);
    },
  );

  // Algorithms have the names that their standard gives them (RFC 7518).
  const named = all.filter(([path, { schema }]) => schema.enum && !path.endsWith('.algorithms[]'));
  test.each(named)('%s has values in CamelCase', (_, { schema }) => {
    for (const value of schema.enum ?? []) expect(value).toMatch(/^[A-Z][A-Za-z]*$/);
  });

  test.each(all.filter(([path, { schema }]) => schema.enum && path.startsWith('spec')))(
    '%s has no value that YAML 1.1 reads as a boolean or null',
    (_, { schema }) => {
      for (const value of schema.enum ?? []) expect(value).not.toMatch(/^(y|yes|n|no|on|off|true|false|null)$/i);
    },
  );
});

/** What lets a value grow without end, and the cost of a rule with it. */
function missingBounds(schema: Schema): string[] {
  const wanted: (keyof Schema)[] =
    schema.type === 'array'
      ? ['maxItems']
      : typeof schema.additionalProperties === 'object'
        ? ['maxProperties']
        : schema['x-kubernetes-int-or-string'] || (schema.type === 'string' && !schema.enum)
          ? ['maxLength']
          : schema.type === 'integer'
            ? ['minimum', 'format']
            : [];
  return wanted.filter((bound) => schema[bound] === undefined);
}

describe('every rule', () => {
  const described = RULES.map((rule) => [ruleField(rule), rule] as const);

  test.each(described)('of %s tells what to write in one line', (_, { message }) => {
    expect(message).toMatch(/^[a-zA-Z.]+ [^\n]+$/);
    expect(message.length).toBeLessThan(250);
  });

  test('differs from the others of its field in what it says', () => {
    const said = described.map(([field, { message }]) => `${field} ${message}`);
    expect(new Set(said).size).toBe(said.length);
  });

  test('is at its place in the CRD', () => {
    const count = (schema: Schema): number =>
      (schema['x-kubernetes-validations']?.length ?? 0) +
      [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])]
        .map(count)
        .reduce((sum, inner) => sum + inner, 0);
    const [version] = customResourceDefinition().spec.versions;
    expect(count(version?.schema.openAPIV3Schema ?? {})).toBe(RULES.length);
  });
});

describe('generated files', () => {
  test('the reference has a row for every field of the spec', () => {
    const reference = apiReference();
    for (const { path } of places('spec'))
      if (path !== 'spec' && !path.endsWith('{}')) expect(reference).toContain(`\`${path}`);
  });

  test('crds/ and docs/api.md are up to date', async () => {
    const script = fileURLToPath(new URL('../../../src/generate.ts', import.meta.url));
    await expect(promisify(execFile)(process.execPath, [script, '--check'])).resolves.toMatchObject({ stderr: '' });
  });
});
