import { describe, expect, test } from '@jest/globals';
import type { RequestKey } from '../../faults/proxy/contract.ts';
import { createLeadership } from '../../faults/proxy/leadership.ts';

const lease: RequestKey = {
  operation: 'UPDATE',
  kind: 'Lease',
  namespace: 'operator',
  name: 'leader',
  subresource: '',
  occurrence: 1,
};

function elected() {
  const leadership = createLeadership();
  const write = (holderIdentity: string) => {
    const body = { spec: { holderIdentity } };
    leadership.asked(lease, 'operator', body);
    leadership.done(lease, body);
  };
  write('one');
  return { leadership, write };
}

describe('the leadership that the fault proxy sees', () => {
  test('is that of the instance whose identity is in the Lease', () => {
    expect(elected().leadership.leaderFor('operator')).toBe('operator');
  });

  test('is nobody’s for a process that has given the Lease back', () => {
    const { write, leadership } = elected();
    write('');
    expect(leadership.leaderFor('operator')).toBe('nobody');
  });

  test('is no matter of an instance that started again without an election', () => {
    const { write, leadership } = elected();
    write('');
    leadership.starts('operator');
    expect(leadership.leaderFor('operator')).toBeUndefined();
  });
});
