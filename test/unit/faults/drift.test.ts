import { describe, expect, test } from '@jest/globals';
import { additions, changes, removals } from '../../faults/drift/mutations.ts';
import { ownedBy, ownsStill } from '../../faults/drift/owned.ts';

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: 'acme',
    labels: { app: 'acme', theirs: 'x' },
    managedFields: [
      {
        manager: 'us',
        operation: 'Apply',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:app': {} } },
          'f:spec': {
            'f:selector': {},
            'f:ports': { 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {}, 'f:name': {} } },
          },
        },
      },
      { manager: 'us', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': { 'f:loadBalancer': {} } } },
      { manager: 'them', operation: 'Update', fieldsV1: { 'f:metadata': { 'f:labels': { 'f:theirs': {} } } } },
    ],
  },
  spec: {
    selector: { app: 'acme' },
    ports: [
      { name: 'other', port: 81, protocol: 'TCP' },
      { name: 'http', port: 80, protocol: 'TCP' },
    ],
  },
};
const owned = ownedBy(service, 'us');
const whats = (mutations: readonly { what: string }[]) => mutations.map(({ what }) => what);

describe('what a manager owns', () => {
  test('is read off managedFields, items of lists by their keys', () => {
    expect(owned.leaves.map((path) => path.join('/'))).toEqual([
      'metadata/labels/app',
      'spec/selector',
      'spec/ports/1/port',
      'spec/ports/1/name',
    ]);
    expect(owned.items).toEqual([['spec', 'ports', 1]]);
  });

  test('is less when somebody took a field', () => {
    const [ours] = service.metadata.managedFields;
    const fieldsV1 = { ...ours?.fieldsV1, 'f:metadata': {} };
    const taken = { ...service, metadata: { ...service.metadata, managedFields: [{ ...ours, fieldsV1 }] } };
    expect(ownsStill(owned, owned)).toBe(true);
    expect(ownsStill(owned, ownedBy(taken, 'us'))).toBe(false);
  });
});

describe('what somebody does to it', () => {
  test('each value changes but the keys of items', () => {
    expect(whats(changes(service, owned))).toEqual([
      'metadata.labels.app changed',
      'spec.selector changed',
      'spec.ports[1].name changed',
    ]);
  });

  test('a change is one of that value alone', () => {
    const [label] = changes(service, owned);
    const changed = label?.tries[0]?.(service);
    expect(changed).toEqual({
      ...service,
      metadata: { ...service.metadata, labels: { app: 'acmex', theirs: 'x' } },
    });
  });

  test('each value and each item goes', () => {
    expect(whats(removals(service, owned))).toContain('spec.ports[1] removed');
    const last = removals(service, owned).at(-1);
    expect(last?.tries[0]?.(service)).toMatchObject({ spec: { ports: [{ name: 'other' }] } });
  });

  test('lists and maps get one more, atomic ones too', () => {
    const all = additions(service, owned);
    expect(whats(all)).toEqual(
      expect.arrayContaining([
        'something added to metadata.labels',
        'something added to spec.selector',
        'something added to spec.ports',
      ]),
    );
    const port = all.find(({ what }) => what.endsWith('spec.ports'));
    expect(port?.tries[0]?.(service)).toMatchObject({
      spec: { ports: [{ port: 81 }, { port: 80 }, { name: 'otherx', port: 82 }] },
    });
  });
});
