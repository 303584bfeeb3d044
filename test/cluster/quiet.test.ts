import { beforeAll, expect, jest, test } from '@jest/globals';
import { describeWrite, writesOf } from '../support/audit.ts';
import { EXISTING_CLUSTER } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { OPERATOR_USER } from '../support/operatorpod.ts';
import { clusterSuite, readyCache, smallSpec } from '../support/suite.ts';

jest.setTimeout(600_000);

const { namespace, upstream } = clusterSuite('quiet');
const WINDOW_SECONDS = 300;
const SETTLED_SECONDS = 20;

beforeAll(
  () =>
    readyCache(namespace, 'acme', smallSpec(upstream().url, { environments: [{ name: 'prod' }, { name: 'staging' }] })),
  240_000,
);

const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000);
const writes = async (since: Date): Promise<string[]> =>
  (await writesOf(OPERATOR_USER, since)).filter(({ objectRef }) => objectRef?.resource !== 'leases').map(describeWrite);

// The audit log is a file of the testbed's API server.
(EXISTING_CLUSTER ? test.skip : test)('a converged operator writes nothing but a Lease for five minutes', async () => {
  expect(await writes(new Date(0))).not.toEqual([]);
  await eventually('the last caches are at rest', 120, async () => {
    const recent = await writes(ago(SETTLED_SECONDS));
    return recent.length === 0 ? { value: undefined } : { missing: recent.join('; ') };
  });
  const begin = new Date();
  await eventually(
    'five minutes have passed',
    WINDOW_SECONDS + 10,
    async () => {
      // Ends at the first write: there is nothing to wait for after it.
      const over = Date.now() - begin.getTime() >= WINDOW_SECONDS * 1000;
      return over || (await writes(begin)).length > 0 ? { value: undefined } : { missing: 'time' };
    },
    5000,
  );
  expect(await writes(begin)).toEqual([]);
});
