import { expect, test } from '@jest/globals';
import { printObjects } from '../../../src/cli/output.ts';
import { installation } from '../../../src/install/install.ts';
import type { InstallOptions } from '../../../src/install/options.ts';
import { expectGolden } from '../golden.ts';

/** The CRD has a file of its own (crds/). The image is named, so that a new version changes no golden file. */
const base: InstallOptions = { crds: { enabled: false }, image: 'registry.example/goproxycache-operator:1' };
const cases: Record<string, InstallOptions> = {
  'cluster-wide': {},
  namespaced: { namespace: 'ops', createNamespace: false, watchNamespaces: ['build', 'ops'] },
  full: {
    imagePullPolicy: 'Always',
    imagePullSecrets: [{ name: 'registry' }],
    images: { athens: 'mirror.example/athens:1', nginx: 'mirror.example/nginx:1', envoy: 'mirror.example/envoy:1' },
    replicas: 3,
    logLevel: 'debug',
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '1Gi' } },
    networkPolicy: { enabled: true, apiServerPorts: [16443] },
    serviceMonitor: { enabled: true, interval: '30s', labels: { release: 'prometheus' } },
    podLabels: { team: 'platform' },
    podAnnotations: { 'example.com/note': 'yes' },
    priorityClassName: 'system-cluster-critical',
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'dedicated', operator: 'Exists' }],
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'goproxycache-operator' } },
          },
        ],
      },
    },
    topologySpreadConstraints: [],
  },
};

test.each(Object.entries(cases))('%s', (name, options) => {
  const objects = installation({ ...base, ...options });
  expect(objects.length).toBeGreaterThan(5);
  expectGolden(import.meta.dirname, `${name}.yaml`, printObjects(objects, 'yaml'));
});
