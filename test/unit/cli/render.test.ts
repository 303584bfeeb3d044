import { describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { DEFAULT_IMAGES } from '../../../src/api/images.ts';
import { printObjects } from '../../../src/cli/output.ts';
import { render, UsageError } from '../../../src/cli/render.ts';

const cache = (spec: string, name = 'acme') =>
  `apiVersion: goproxycache.io/v1alpha1\nkind: GoProxyCache\nmetadata: {name: ${name}}\nspec: ${spec}\n`;
const rendered = (text: string) => render(text, DEFAULT_IMAGES, 'team');

describe('render', () => {
  test('prints the children of every cache in a stream, and skips other objects', () => {
    const stream = [cache('{}'), 'kind: Namespace\n', cache('{}', 'other')].join('---\n');
    const names = rendered(stream)
      .filter((o) => o.kind === 'Deployment')
      .map((o) => `${o.metadata.namespace}/${o.metadata.name}`);
    expect(names).toEqual(['team/acme--prod', 'team/acme--gateway', 'team/other--prod', 'team/other--gateway']);
  });

  test.each([
    ['', 'there is no GoProxyCache (goproxycache.io) in the input'],
    ['a: [', 'the input is not YAML'],
    [cache('{environments: [{name: index}]}'), 'acme: spec.environments[0].name: "index": name is reserved'],
    [cache('{gateway: {replicas: 0}}'), 'acme: spec.gateway.replicas: 0: '],
    [cache('{}', 'a--b'), 'a--b: metadata.name: '],
  ])('says in one sentence what is wrong with %j', (text, message) => {
    expect(() => rendered(text)).toThrow(UsageError);
    expect(() => rendered(text)).toThrow(message);
  });

  test('tells all problems at once', () => {
    const text = [cache('{gateway: {replicas: 0}}', 'one'), cache('{storage: {size: big}}', 'two')].join('---\n');
    expect(() => rendered(text)).toThrow(/one: .*\ntwo: /);
  });
});

describe('output', () => {
  test('a YAML stream and a JSON List hold the same objects', () => {
    const objects = rendered(cache('{}'));
    expect(loadAll(printObjects(objects, 'yaml'))).toEqual(JSON.parse(JSON.stringify(objects)));
    expect((JSON.parse(printObjects(objects, 'json')) as { items: unknown }).items).toEqual(
      JSON.parse(JSON.stringify(objects)),
    );
  });

  test.each(['yes', 'on', 'n', '0644', '1e3', 'null', '~', '2026-01-01'])(
    'quotes %s, which kubectl would not read as text',
    (text) => {
      const yaml = printObjects([{ value: text }], 'yaml').replace('---\n', '');
      expect(load(yaml)).toEqual({ value: text });
      expect(yaml).toMatch(/^value: ['"]/);
    },
  );
});
