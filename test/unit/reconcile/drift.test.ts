import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { covers, isAsWanted } from '../../../src/reconcile/drift.ts';

describe('covers', () => {
  test.each([
    ['the same object', { a: 1, b: ['x'] }, { a: 1, b: ['x'] }, true],
    ['a field that the server defaulted', { a: 1, added: true }, { a: 1 }, true],
    ['a changed field', { a: 2 }, { a: 1 }, false],
    ['a missing field', {}, { a: 1 }, false],
    [
      'a container that somebody injected',
      [{ name: 'mesh' }, { name: 'engine', image: 'i' }],
      [{ name: 'engine', image: 'i' }],
      true,
    ],
    ['a changed container', [{ name: 'engine', image: 'j' }], [{ name: 'engine', image: 'i' }], false],
    [
      'two items of one name',
      [{ name: 'edge' }, { name: 'edge', namespace: 'a' }],
      [{ name: 'edge' }, { name: 'edge', namespace: 'a' }],
      true,
    ],
    ['one of two items of one name', [{ name: 'edge' }], [{ name: 'edge' }, { name: 'edge', namespace: 'a' }], false],
    ['a removed container', [], [{ name: 'engine' }], false],
    ['a longer list of plain values', ['ALL', 'NET_ADMIN'], ['ALL'], false],
    ['a selector with one label more', { selector: { app: 'a', added: 'x' } }, { selector: { app: 'a' } }, false],
    [
      'a selector of pods with one expression more',
      { podSelector: { matchLabels: { app: 'a' }, matchExpressions: [{ key: 'b', operator: 'Exists' }] } },
      { podSelector: { matchLabels: { app: 'a' } } },
      false,
    ],
    [
      'a Gateway more in front of a route',
      { parentRefs: [{ name: 'edge', group: 'defaulted' }, { name: 'other' }] },
      { parentRefs: [{ name: 'edge' }] },
      false,
    ],
    [
      'a Gateway with fields that the server defaulted',
      { parentRefs: [{ name: 'edge', group: 'defaulted' }] },
      { parentRefs: [{ name: 'edge' }] },
      true,
    ],
    [
      'a rule of spreading that somebody added',
      { topologySpreadConstraints: [{ topologyKey: 'host' }, { topologyKey: 'zone' }] },
      { topologySpreadConstraints: [{ topologyKey: 'host' }] },
      true,
    ],
    ['an empty list that the server leaves out', undefined, [], true],
    [
      'a quantity that the server writes in another way',
      { limits: { cpu: '1500m' } },
      { limits: { cpu: '1.5' } },
      true,
    ],
    ['a tiny quantity', { requests: { cpu: '1u' } }, { requests: { cpu: '0.001m' } }, true],
    [
      'a quantity over the limit',
      { limits: { memory: '9223372036854775807' } },
      { limits: { memory: '20000Pi' } },
      true,
    ],
    ['another size of a volume', { emptyDir: { sizeLimit: '1Gi' } }, { emptyDir: { sizeLimit: '1024Mi' } }, true],
    ['a changed quantity', { limits: { cpu: '2' } }, { limits: { cpu: '1.5' } }, false],
    ['a label that looks like another quantity', { labels: { a: '1000m' } }, { labels: { a: '1' } }, false],
  ])('%s', (_, live, wanted, expected) => {
    expect(covers(live, wanted)).toBe(expected);
  });

  test('every value covers itself', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => covers(value, value)));
  });
});

describe('an object is as wanted', () => {
  const policy = (ingress: object[], more = {}) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'acme' },
    spec: { ingress, ...more },
  });
  const ports = [{ port: 80, protocol: 'TCP' }];
  test.each([
    ['the same', policy([{ ports }]), true],
    ['with a field of somebody else', policy([{ ports }], { egress: [] }), true],
    ['with a rule narrowed by somebody', policy([{ ports, from: [{ podSelector: {} }] }]), false],
    ['with a range of ports', policy([{ ports: [{ port: 80, protocol: 'TCP', endPort: 90 }] }]), false],
  ])('%s', (_, live, expected) => {
    expect(isAsWanted(live, policy([{ ports }]))).toBe(expected);
  });
});
