import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { effective } from '../../../src/api/effective.ts';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import { names, specs } from '../../apiserver/support/arbitrary.ts';
import { largest } from '../../apiserver/support/largest.ts';

const metadata = { name: 'acme' };

describe('validate never throws', () => {
  /** Whatever JSON can say, wrongly typed on purpose. */
  const check = (object: unknown, old?: unknown) => {
    const result = validate(object as Parameters<typeof validate>[0], old as Parameters<typeof validate>[1]);
    for (const problem of result.problems) expect(describeProblem(problem)).toContain(problem.message);
    expect(result.spec === undefined).toBe(result.problems.length > 0);
    return result;
  };

  test('on any JSON, before or after a change', () => {
    const json = fc.jsonValue({ noUnicodeString: false });
    fc.assert(
      fc.property(json, json, json, (meta, spec, old) => {
        check({ metadata: meta, spec }, { spec: old });
      }),
    );
  });

  test('on specs that are nearly right, before or after a change to any JSON', () => {
    fc.assert(
      fc.property(names, specs(), fc.oneof(specs(), fc.jsonValue()), (name, spec, old) => {
        check({ metadata: { name }, spec }, { spec: old });
      }),
    );
  });

  test.each([
    ['no metadata', {}],
    ['metadata of null', { metadata: null }],
    ['a number as name', { metadata: { name: 1 } }],
    ['no name', { metadata: {} }],
  ])('on an object with %s: it finds the name wrong', (_, object) => {
    expect(check(object).problems.map(({ field }) => field)).toEqual(['metadata.name']);
  });

  test('on JSON that is nested too deep to be walked', () => {
    const depth = 100_000;
    const deep: unknown = JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
    expect(check({ metadata, spec: { deep } }).problems).toEqual([]);
  });
});

describe('what validate accepts', () => {
  test('has an effective spec in which every environment has an upstream and the default one exists', () => {
    fc.assert(
      fc.property(specs(), (given) => {
        const { spec } = validate({ metadata, spec: given });
        fc.pre(spec !== undefined);
        const { environments, defaultEnvironment } = effective(spec, DEFAULT_IMAGES);
        expect(environments.map(({ name }) => name)).toContain(defaultEnvironment);
        for (const { upstreams } of environments) expect(upstreams.length).toBeGreaterThan(0);
      }),
    );
  });

  test('is valid again with its defaults filled in, and stays as it is', () => {
    fc.assert(
      fc.property(specs(), (given) => {
        const { spec } = validate({ metadata, spec: given });
        fc.pre(spec !== undefined);
        expect(validate({ metadata, spec })).toEqual({ spec, problems: [] });
      }),
    );
  });

  test('can be as large as every bound admits', () => {
    expect(validate({ metadata, spec: largest() }).problems).toEqual([]);
  });

  test.each([
    ['no spec', undefined],
    ['null', null],
    [
      'fields that are null, as if they were left out',
      { engine: null, environments: null, gateway: { cache: { size: null } } },
    ],
    ['fields it does not know, since the CRD can be newer than the operator', { later: 1, gateway: { later: [] } }],
  ])('includes %s, and it means the defaults', (_, spec) => {
    expect(validate({ metadata, spec })).toEqual(validate({ metadata, spec: {} }));
  });
});

describe('problems', () => {
  test.each<[string, unknown, string, unknown]>([
    ['a value of the wrong type', { gateway: { replicas: '2' } }, 'spec.gateway.replicas', '2'],
    [
      'a bound',
      { environments: [{ name: 'a' }, { name: 'x'.repeat(21) }] },
      'spec.environments[1].name',
      'x'.repeat(21),
    ],
    ['a missing field', { upstreams: [{}] }, 'spec.upstreams[0].type', undefined],
    [
      'a second item of a name',
      { imagePullSecrets: [{ name: 'a' }, { name: 'a' }] },
      'spec.imagePullSecrets[1]',
      { name: 'a' },
    ],
    ['a rule', { environments: [{ name: 'a' }, { name: 'sumdb' }] }, 'spec.environments[1].name', 'sumdb'],
    [
      'a rule about two fields',
      { upstreams: [{ type: 'Direct', url: 'http://a' }] },
      'spec.upstreams[0].url',
      'http://a',
    ],
    ['a rule about a field that is missing', { upstreams: [{ type: 'URL' }] }, 'spec.upstreams[0].url', undefined],
  ])('name field and value of %s', (_, spec, field, value) => {
    expect(validate({ metadata, spec }).problems).toEqual([{ field, value, message: expect.any(String) }]);
  });

  test('pair the environments of a change by name, not by place', () => {
    const sized = (...sizes: [string, string][]) => ({
      spec: { environments: sizes.map(([name, size]) => ({ name, storage: { size } })) },
    });
    const before = sized(['a', '1Gi'], ['b', '5Gi']);
    expect(validate({ metadata, ...sized(['b', '5Gi'], ['a', '1Gi']) }, before).problems).toEqual([]);
    expect(validate({ metadata, ...sized(['c', '1Gi'], ['b', '4Gi']) }, before).problems).toMatchObject([
      { field: 'spec.environments[1].storage.size', value: '4Gi' },
    ]);
  });

  test.each([
    [{ field: 'spec.a', value: undefined, message: 'must be there' }, 'spec.a: nothing: must be there'],
    [{ field: 'spec.a', value: 'b"', message: 'is wrong' }, 'spec.a: "b\\"": is wrong'],
    [{ field: 'spec.a', value: 'b'.repeat(100), message: 'is long' }, `spec.a: "${'b'.repeat(76)}...: is long`],
  ])('read as one sentence: %j', (problem, sentence) => {
    expect(describeProblem(problem)).toBe(sentence);
  });
});
