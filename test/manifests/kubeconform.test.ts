import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump } from 'js-yaml';
import { cacheOf } from '../support/cache.ts';
import { CHECKOUT } from '../support/environment.ts';
import type { Finding, Kubeconform } from './support/kubeconform.ts';
import { startKubeconform } from './support/kubeconform.ts';
import { CACHE_FILES, OUTPUTS } from './support/outputs.ts';

let kubeconform: Kubeconform;
beforeAll(async () => {
  kubeconform = await startKubeconform();
}, 300_000);
afterAll(() => kubeconform.close());

const findings = async (objects: object[]): Promise<Finding[]> =>
  kubeconform.check(objects.map((object) => `---\n${dump(object)}`).join(''));
const wrong = (all: Finding[]): string[] =>
  all
    .filter(({ status }) => status === 'statusInvalid' || status === 'statusError')
    .map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);

describe('kubeconform -strict finds nothing wrong', () => {
  test.each(OUTPUTS)(
    'in the output of $what',
    async ({ print }) => {
      const all = await kubeconform.check(await print());
      expect(all.length).toBeGreaterThan(0);
      expect(wrong(all)).toEqual([]);
    },
    60_000,
  );

  test.each(CACHE_FILES)('in %s', async (file) => {
    const all = await kubeconform.check(readFileSync(join(CHECKOUT, file), 'utf8'));
    expect(all.length).toBeGreaterThan(0);
    expect(wrong(all)).toEqual([]);
  });
});

describe('kubeconform -strict finds', () => {
  const deployment = (more: object, spec: object = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'a' },
    spec: {
      selector: {},
      template: { metadata: {}, spec: { containers: [{ name: 'a', image: 'a', ...more }] } },
      ...spec,
    },
  });
  const route = (spec: object) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'a' },
    spec,
  });
  const monitor = (spec: object) => ({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'ServiceMonitor',
    metadata: { name: 'a' },
    spec: { selector: {}, endpoints: [], ...spec },
  });

  test.each<[string, object, RegExp]>([
    ['a misspelt field of a pod', deployment({ imagePulPolicy: 'Always' }), /imagePulPolicy/],
    ['a misspelt field of a Deployment', deployment({}, { replica: 1 }), /replica/],
    ['a text where a number belongs', deployment({}, { replicas: '2' }), /replicas/],
    ['a list where a quantity belongs', deployment({ resources: { limits: { cpu: [] } } }), /cpu/],
    [
      'a field that is missing',
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' }, spec: {} },
      /selector/,
    ],
    ['a misspelt label block', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', label: {} } }, /label/],
    ['a kind of another version', { ...deployment({}), apiVersion: 'apps/v1beta1' }, /schema/],
    ['a misspelt field of a GoProxyCache', cacheOf('a', { gatway: {} } as object), /gatway/],
    ['an unknown value in a GoProxyCache', cacheOf('a', { gateway: { type: 'Apache' } } as object), /type/],
    ['a misspelt field of a ServiceMonitor', monitor({ endpoint: [] }), /endpoint/],
    ['a misspelt field of an HTTPRoute', route({ parentRef: [] }), /parentRef/],
  ])('%s', async (_, object, message) => {
    expect(wrong(await findings([object]))).toEqual([expect.stringMatching(message)]);
  });

  test.each<[string, object]>([
    ['a number or a text as a port', deployment({ livenessProbe: { httpGet: { port: 'http' } } })],
    ['a number or a text as a quantity', deployment({ resources: { limits: { cpu: 1, memory: '1Gi' } } })],
    ['any key in a map', deployment({}, { selector: { matchLabels: { 'a.example/b': 'c' } } })],
  ])('%s to be right', async (_, object) => {
    expect(wrong(await findings([object]))).toEqual([]);
  });
});
