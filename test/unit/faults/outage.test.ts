import { describe, expect, test } from '@jest/globals';
import type { Audited } from '../../faults/outage/requests.ts';
import { asked } from '../../faults/outage/requests.ts';

const line = (verb: string, resource: string, more: Partial<Audited> & { name?: string } = {}): Audited => ({
  verb,
  user: { username: 'system:serviceaccount:operator:operator' },
  objectRef: { resource, ...(more.name !== undefined && { name: more.name }) },
  stage: verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete',
  requestURI: `/api/v1/${resource}`,
  requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
  stageTimestamp: '2026-01-01T00:00:01.000000Z',
  ...more,
});

describe('the audit log of an outage', () => {
  test('counts the pages of a LIST once', () => {
    const second = line('list', 'services', { requestURI: '/api/v1/services?limit=500&continue=abc' });
    expect(asked([line('list', 'services'), second]).lists).toEqual(new Map([['services', 1]]));
  });

  test('counts a LIST that is made again', () => {
    const lists = asked([line('list', 'services'), line('list', 'services'), line('list', 'configmaps')]).lists;
    expect(lists).toEqual(
      new Map([
        ['services', 2],
        ['configmaps', 1],
      ]),
    );
  });

  test('counts a WATCH once, when it begins', () => {
    const end = line('watch', 'services', { stage: 'ResponseComplete' });
    expect(asked([line('watch', 'services'), end]).watches).toEqual(new Map([['services', 1]]));
    expect(asked([line('watch', 'services'), end]).all).toBe(1);
  });

  test('names what was written, but for events, and when the first of it was', () => {
    const found = asked([
      line('create', 'events', { name: 'told', stageTimestamp: '2026-01-01T00:00:00.500000Z' }),
      line('patch', 'configmaps', { name: 'two', stageTimestamp: '2026-01-01T00:00:02.000000Z' }),
      line('patch', 'services', { name: 'one' }),
      line('get', 'services', { name: 'one' }),
    ]);
    expect(found.written).toEqual(['configmaps/two', 'services/one']);
    expect(found.firstWriteAt).toBe(Date.parse('2026-01-01T00:00:01Z'));
  });
});
