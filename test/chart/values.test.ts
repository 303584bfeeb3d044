import { describe, expect, jest, test } from '@jest/globals';
import { CHART, helm, template } from './support/chart.ts';

// Each test starts a program, on a machine that may have other work.
jest.setTimeout(60_000);

describe('values.schema.json refuses, and says where and why,', () => {
  test.each<[object, string]>([
    [{ replicaCount: 3 }, "at '': additional properties 'replicaCount' not allowed"],
    [{ crds: { enable: true } }, "at '/crds': additional properties 'enable' not allowed"],
    [{ replicas: 0 }, "at '/replicas': minimum: got 0, want 1"],
    [{ replicas: '2' }, "at '/replicas': got string, want integer"],
    [{ replicas: 1.5 }, "at '/replicas': got number, want integer"],
    [{ watchNamespaces: 'build' }, "at '/watchNamespaces': got string, want array"],
    [{ watchNamespaces: ['Build'] }, "at '/watchNamespaces/0': 'Build' does not match pattern"],
    [{ watchNamespaces: ['a', 'a'] }, "at '/watchNamespaces': items at 0 and 1 are equal"],
    [{ crds: { keep: 'yes' } }, "at '/crds/keep': got string, want boolean"],
    [{ crds: null }, "missing property 'crds'"],
    [{ logLevel: 'trace' }, "at '/logLevel': value must be one of 'debug', 'info', 'warn', 'error'"],
    [{ image: 'example.com/operator:1' }, "at '/image': got string, want object"],
    [{ image: { tag: 1 } }, "at '/image/tag': got number, want string"],
    [{ image: { tag: 'a b' } }, "at '/image/tag': 'a b' does not match pattern"],
    [{ image: { digest: 'sha256:12' } }, "at '/image/digest': 'sha256:12' does not match pattern"],
    [{ image: { pullPolicy: 'Sometimes' } }, "at '/image/pullPolicy': value must be one of"],
    [{ images: { nginx: 'a image' } }, "at '/images/nginx': 'a image' does not match pattern"],
    [{ imagePullSecrets: ['registry'] }, "at '/imagePullSecrets/0': got string, want object"],
    [{ resources: { request: {} } }, "at '/resources': additional properties 'request' not allowed"],
    [{ networkPolicy: { apiServerPorts: [0] } }, "at '/networkPolicy/apiServerPorts/0': minimum: got 0, want 1"],
    [{ networkPolicy: { apiServerPorts: [] } }, "at '/networkPolicy/apiServerPorts': minItems: got 0, want 1"],
    [{ serviceMonitor: { interval: '30' } }, "at '/serviceMonitor/interval': '30' does not match pattern"],
    [{ podAnnotations: { port: 8080 } }, "at '/podAnnotations/port': got number, want string"],
    [{ tolerations: {} }, "at '/tolerations': got object, want array"],
    [{ fullnameOverride: 'Cache' }, "at '/fullnameOverride': 'Cache' does not match pattern"],
  ])('%j', async (values, message) => {
    const { status, stdout, stderr } = await helm(['template', 'goproxycache-operator', CHART], values);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(1);
  });

  test('but not what a parent chart adds', async () => {
    await expect(template({ enabled: true, global: { imageRegistry: 'r.example' } })).resolves.not.toEqual([]);
  });
});

describe('helm lint --strict', () => {
  test.each<[string, object]>([
    ['the defaults', {}],
    [
      'everything switched on',
      {
        watchNamespaces: ['build'],
        imagePullSecrets: [{ name: 'registry' }],
        networkPolicy: { enabled: true },
        serviceMonitor: { enabled: true, interval: '30s', labels: { release: 'prometheus' } },
        serviceAccount: { annotations: { note: 'yes' } },
        podAnnotations: { note: 'yes' },
      },
    ],
  ])('has no complaint about %s', async (_, values) => {
    const { status, stdout } = await helm(['lint', '--strict', CHART], values);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(stdout).not.toMatch(/\[(WARNING|ERROR)\]/);
    expect(status).toBe(0);
  });
});
