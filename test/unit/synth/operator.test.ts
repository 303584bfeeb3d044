import { describe, expect, test } from '@jest/globals';
import { App, ApiObject, Chart } from 'cdk8s';
import { installation } from '../../../src/install/install.ts';
import type { GoProxyCacheOperatorProps } from '../../../src/synth/operator.ts';
import { GoProxyCacheOperator, operatorProblems } from '../../../src/synth/operator.ts';

const operator = (props?: GoProxyCacheOperatorProps) =>
  new GoProxyCacheOperator(new Chart(new App(), 'chart'), 'operator', props);
const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the construct GoProxyCacheOperator', () => {
  const options: { what: string; props?: GoProxyCacheOperatorProps }[] = [
    { what: 'without options' },
    { what: 'in watched namespaces', props: { namespace: 'ops', watchNamespaces: ['team-a', 'team-b'] } },
    {
      what: 'with a mirror',
      props: {
        image: 'registry.example.com/operator:1',
        imagePullSecrets: [{ name: 'registry' }],
        images: { athens: 'registry.example.com/athens:1' },
      },
    },
    {
      what: 'with everything that is off by default',
      props: {
        networkPolicy: { enabled: true },
        serviceMonitor: { enabled: true, interval: '30s', labels: { release: 'monitoring' } },
      },
    },
    {
      what: 'without CRD, namespace and budget',
      props: { crds: { enabled: false }, createNamespace: false, podDisruptionBudget: { enabled: false } },
    },
    {
      what: 'placed with care',
      props: {
        replicas: 3,
        priorityClassName: 'system-cluster-critical',
        nodeSelector: { pool: 'infra' },
        tolerations: [{ key: 'infra', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 30 }],
        podLabels: { team: 'platform' },
        podAnnotations: { 'example.com/scrape': 'true' },
        resources: { requests: { cpu: '1', memory: '1Gi' } },
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'arch', operator: 'In', values: ['arm64'] }] }],
            },
          },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'zone',
            whenUnsatisfiable: 'DoNotSchedule',
            matchLabelKeys: ['pod-template-hash'],
          },
        ],
      },
    },
  ];
  test.each(options)('$what is what installation() makes, to the last field', ({ props }) => {
    expect(operator(props).objects.map((object) => json(object.toJson()))).toEqual(json(installation(props)));
  });

  test('has only API objects below it, so that nothing is left out of a chart', () => {
    const construct = operator();
    expect(construct.node.findAll().filter((node) => ApiObject.isApiObject(node))).toHaveLength(
      construct.objects.length,
    );
    expect(construct.namespace).toBe('goproxycache-system');
  });
});

describe('options of the operator', () => {
  test.each([
    { options: 'yes', problem: 'operator: "yes": must be an object of options, or false for no operator' },
    { options: { imgae: 'x' }, problem: 'operator.imgae: "x": is not an option: correct the spelling' },
    { options: { replicas: 0 }, problem: 'operator.replicas: 0: must be at least 1' },
    { options: { namespace: 'Ops' }, problem: 'operator.namespace: "Ops": must be ' },
  ])('$options are refused in one sentence', ({ options, problem }) => {
    const problems = operatorProblems('operator', options);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});
