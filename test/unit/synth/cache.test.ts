import { describe, expect, test } from '@jest/globals';
import { App, Chart, Testing } from 'cdk8s';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import type { CacheProps } from '../../../src/synth/cache.ts';
import { GoProxyCache, specOf } from '../../../src/synth/cache.ts';

const chart = () => new Chart(new App(), 'chart', { namespace: 'team' });

describe('the construct GoProxyCache', () => {
  test('is one custom resource, called like the construct, in the namespace of the chart', () => {
    const own = chart();
    new GoProxyCache(own, 'acme');
    expect(Testing.synth(own)).toEqual([
      {
        apiVersion: 'goproxycache.io/v1alpha1',
        kind: 'GoProxyCache',
        metadata: { name: 'acme', namespace: 'team' },
        spec: {},
      },
    ]);
  });

  test('takes name, namespace, labels and annotations, and writes environments as the list that they are', () => {
    const own = chart();
    new GoProxyCache(own, 'id', {
      name: 'acme',
      namespace: 'other',
      labels: { team: 'go' },
      annotations: { 'example.com/owner': 'go' },
      storage: { size: '20Gi' },
      environments: { prod: {}, staging: { replicas: 0 } },
    });
    expect(Testing.synth(own)).toEqual([
      {
        apiVersion: 'goproxycache.io/v1alpha1',
        kind: 'GoProxyCache',
        metadata: {
          name: 'acme',
          namespace: 'other',
          labels: { team: 'go' },
          annotations: { 'example.com/owner': 'go' },
        },
        spec: { storage: { size: '20Gi' }, environments: [{ name: 'prod' }, { name: 'staging', replicas: 0 }] },
      },
    ]);
  });

  const wrong: { name: string; props: object }[] = [
    { name: 'a--b', props: {} },
    { name: 'acme', props: { gateway: { replicas: 0 } } },
    { name: 'acme', props: { storage: { size: 'big' } } },
    { name: 'acme', props: { storage: { size: 10 } } },
    { name: 'acme', props: { storag: {} } },
    { name: 'acme', props: { environments: { index: {} } } },
    { name: 'acme', props: { environments: { one: {}, two: {} } } },
    { name: 'acme', props: { environments: { prod: { replicas: 2 } } } },
    {
      name: 'acme',
      props: {
        privateModules: [
          { name: 'a', patterns: ['a'] },
          { name: 'a', patterns: ['b'] },
        ],
      },
    },
  ];
  test.each(wrong)('refuses $name with $props by the sentence of the cluster', ({ name, props }) => {
    const { problems } = validate({ metadata: { name }, spec: specOf(props) });
    expect(problems).not.toEqual([]);
    expect(() => new GoProxyCache(chart(), name, props as CacheProps)).toThrow(
      expect.objectContaining({
        message: problems.map((problem) => `${name}: ${describeProblem(problem)}`).join('\n'),
      }),
    );
  });

  test.each([
    {
      props: { namespace: 'Team' },
      message: `acme: namespace: "Team": must be at most 63 lower-case letters, digits and '-': write for example goproxy`,
    },
    {
      props: { labels: { a: 1 } },
      message: 'acme: labels: {"a":1}: must be an object of texts: put each value into quotes',
    },
    {
      props: { annotations: 'x' },
      message: 'acme: annotations: "x": must be an object of texts: put each value into quotes',
    },
    {
      props: { environments: [{ name: 'prod' }] },
      message:
        'acme: environments: [{"name":"prod"}]: must have each environment under its name: write for example { prod: {}, staging: { replicas: 0 } }',
    },
    {
      props: { environments: { prod: { name: 'live' } } },
      message:
        'acme: environments: {"prod":{"name":"live"}}: must have each environment under its name: write for example { prod: {}, staging: { replicas: 0 } }',
    },
    {
      props: { environments: { prod: null } },
      message:
        'acme: environments: {"prod":null}: must have each environment under its name: write for example { prod: {}, staging: { replicas: 0 } }',
    },
  ])('refuses $props, which are not of the spec, in one sentence', ({ props, message }) => {
    expect(() => new GoProxyCache(chart(), 'acme', props as unknown as CacheProps)).toThrow(
      expect.objectContaining({ message }),
    );
  });
});
