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
  const check = (object: unknown) => {
    const result = validate(object as Parameters<typeof validate>[0]);
    for (const problem of result.problems) expect(describeProblem(problem)).toContain(problem.message);
    expect(result.spec === undefined).toBe(result.problems.length > 0);
    return result;
  };

  test('on any JSON', () => {
    const json = fc.jsonValue({ noUnicodeString: false });
    fc.assert(fc.property(json, json, (meta, spec) => void check({ metadata: meta, spec })));
  });

  test('on specs that are nearly right', () => {
    fc.assert(fc.property(names, specs(), (name, spec) => void check({ metadata: { name }, spec })));
  });

  test.each([
    ['no metadata', {}],
    ['metadata of null', { metadata: null }],
    ['a number as name', { metadata: { name: 1 } }],
    ['no name', { metadata: {} }],
  ])('on an object with %s: it finds the name wrong', (_, object) => {
    expect(check(object).problems.map(({ field }) => field)).toEqual(['metadata.name']);
  });

  const depth = 100_000;
  const deep: unknown = JSON.parse('{"a":'.repeat(depth) + '1' + '}'.repeat(depth));
  test.each<[string, object, string]>([
    ['an unknown field', { metadata, spec: { deep } }, 'spec.deep'],
    ['a known field', { metadata, spec: { gateway: { replicas: deep } } }, 'spec.gateway.replicas'],
    [
      'a value of a map',
      { metadata, spec: { exposure: { service: { annotations: { deep } } } } },
      'spec.exposure.service.annotations.deep',
    ],
    ['the name', { metadata: { name: deep } }, 'metadata.name'],
  ])('on JSON that is nested too deep to be walked, as %s', (_, object, field) => {
    expect(check(object).problems.map((problem) => problem.field)).toEqual([field]);
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
    ['unknown fields that are null', { later: null, gateway: { later: null } }],
  ])('includes %s, and it means the defaults', (_, spec) => {
    expect(validate({ metadata, spec })).toEqual(validate({ metadata, spec: {} }));
  });
});

describe('problems', () => {
  test.each<[string, unknown, string, unknown]>([
    ['a value of the wrong type', { gateway: { replicas: '2' } }, 'spec.gateway.replicas', '2'],
    [
      'a bound',
      { environments: [{ name: 'prod' }, { name: 'x'.repeat(21) }] },
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
    ['a rule', { environments: [{ name: 'prod' }, { name: 'sumdb' }] }, 'spec.environments[1].name', 'sumdb'],
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

  test.each<[unknown, string]>([
    [{ gateway: { replicas: '2' } }, 'spec.gateway.replicas: "2": must be a whole number: write it without quotes'],
    [{ gateway: { replicas: 1.5 } }, 'spec.gateway.replicas: 1.5: must be a whole number'],
    [{ gateway: { replicas: 101 } }, 'spec.gateway.replicas: 101: must be at most 100'],
    [{ gateway: { replicas: 0 } }, 'spec.gateway.replicas: 0: must be at least 1'],
    [{ paused: 'true' }, 'spec.paused: "true": must be true or false: write it without quotes'],
    [{ storage: { size: 10 } }, 'spec.storage.size: 10: must be a text: write it in quotes'],
    [{ storage: { size: '' } }, 'spec.storage.size: "": must not be empty'],
    [{ upstreams: '' }, 'spec.upstreams: "": must be a list'],
    [{ upstreams: [] }, 'spec.upstreams: []: must have at least 1 item'],
    [{ upstreams: [{}] }, 'spec.upstreams[0].type: nothing: must be set: write URL, Direct or GoDefault'],
    [{ gateway: { type: 'Apache' } }, 'spec.gateway.type: "Apache": must be Nginx or Envoy'],
    [{ engine: 'Athens' }, 'spec.engine: "Athens": must be a block of fields'],
    [{ environments: [{}] }, 'spec.environments[0].name: nothing: must be set: write a text'],
    [
      { engine: { resources: { limits: { cpu: 2 ** 60 } } } },
      'spec.engine.resources.limits.cpu: 1152921504606847000: must be a smaller whole number',
    ],
  ])('say of the shape of %j what to write instead', (spec, sentence) => {
    expect(validate({ metadata, spec }).problems.map(describeProblem)).toEqual([sentence]);
  });

  test.each<[string, unknown, string[]]>([
    ['the spec', { later: 1, enviroments: [] }, ['spec.later', 'spec.enviroments']],
    ['a block', { gateway: { autoscaling: { maxReplicas: 3 } } }, ['spec.gateway.autoscaling']],
    ['a list item', { environments: [{ name: 'prod' }, { name: 'a', size: '1Gi' }] }, ['spec.environments[1].size']],
    [
      'a list item of a list item',
      { environments: [{ name: 'prod', upstreams: [{ type: 'Direct', later: 1 }] }] },
      ['spec.environments[0].upstreams[0].later'],
    ],
    [
      'a set of quantities',
      { engine: { resources: { limits: { 'nvidia.com/gpu': 1 } } } },
      ['spec.engine.resources.limits.nvidia.com/gpu'],
    ],
    [
      'the prototype of an object',
      JSON.parse('{"__proto__":1,"gateway":{"constructor":2}}'),
      ['spec.gateway.constructor', 'spec.__proto__'],
    ],
  ])('name a field of %s that this version does not know, which the CRD may', (_, spec, fields) => {
    const message = 'is not a field of this version: correct the spelling, or install the operator that knows it';
    expect(validate({ metadata, spec }).problems).toEqual(
      fields.map((field) => ({ field, value: expect.anything(), message })),
    );
  });

  test.each([
    [{ field: 'spec.a', value: undefined, message: 'must be there' }, 'spec.a: nothing: must be there'],
    [{ field: 'spec.a', value: 'b"', message: 'is wrong' }, 'spec.a: "b\\"": is wrong'],
    [{ field: 'spec.a', value: 'b'.repeat(100), message: 'is long' }, `spec.a: "${'b'.repeat(76)}...: is long`],
  ])('read as one sentence: %j', (problem, sentence) => {
    expect(describeProblem(problem)).toBe(sentence);
  });
});
