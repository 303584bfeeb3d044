import { expect, test } from '@jest/globals';
import { describeWrite, parseWrites } from '../../support/audit.ts';

const entry = {
  verb: 'patch',
  user: { username: 'system:serviceaccount:a:b' },
  objectRef: { resource: 'goproxycaches', subresource: 'status', namespace: 'team', name: 'acme' },
  stageTimestamp: '2026-11-23T08:00:00.000000Z',
};

test('an audit log is read although its last line is still being written', () => {
  const line = JSON.stringify(entry);
  expect(parseWrites(`${line}\n${line}\n${line.slice(0, 40)}`)).toEqual([entry, entry]);
});

test('a write is described by verb, resource and object', () => {
  expect(describeWrite(entry)).toBe('2026-11-23T08:00:00.000000Z patch goproxycaches/status team/acme');
});
