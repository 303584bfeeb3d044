import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { covers } from '../../../src/reconcile/drift.ts';
import { kept } from '../../../src/reconcile/kept.ts';

const object = (kind: string, fields: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', labels: { a: 'b' } },
  ...fields,
});
const configMap = (data: Record<string, string>) => object('ConfigMap', { data });

describe('what is kept of a child', () => {
  test.each(['Deployment', 'PersistentVolumeClaim'])('is all of a %s', (kind) => {
    const whole = object(kind, { spec: { replicas: 1 }, status: { replicas: 1 } });
    expect(kept(whole)).toEqual(whole);
  });

  test('is no status of another kind', () => {
    expect(kept(object('Service', { spec: { type: 'ClusterIP' }, status: { loadBalancer: {} } }))).toEqual(
      object('Service', { spec: { type: 'ClusterIP' } }),
    );
  });

  test('is no text of a ConfigMap', () => {
    const text = 'a line\n'.repeat(1000);
    expect(JSON.stringify(kept(configMap({ text }))).length).toBeLessThan(200);
    expect(kept({ ...configMap({}), data: undefined } as KubeObject)).toMatchObject({ kind: 'ConfigMap' });
  });

  test.each<[string, Record<string, string>, boolean]>([
    ['equal', { a: '1', b: '2' }, true],
    ['more than is wanted', { a: '1', b: '2', theirs: '3' }, true],
    ['another text', { a: '1', b: '3' }, false],
    ['one too few', { a: '1' }, false],
    ['the digest in place of its text', (kept(configMap({ a: '1', b: '2' })) as never)['data'], false],
  ])('shows whether a ConfigMap has what is wanted: %s', (_, data, expected) => {
    expect(covers(kept(configMap(data)), kept(configMap({ a: '1', b: '2' })))).toBe(expected);
  });
});
