import { expect, test } from '@jest/globals';
import { createOperator } from '../../faults/bed/operator.ts';

test('the operator of a lane is never two: one that is being started runs already', async () => {
  const prepared = Promise.withResolvers<never>();
  const operator = createOperator(() => prepared.promise);
  const first = operator.start();
  expect(operator.running).toBe(true);
  await expect(operator.start()).rejects.toThrow('runs already');
  prepared.reject(new Error('no kubeconfig'));
  await expect(first).rejects.toThrow('no kubeconfig');
  expect(operator.running).toBe(false);
});
