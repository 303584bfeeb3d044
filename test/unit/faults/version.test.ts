import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { campaigns } from '../../faults/campaigns.ts';
import type { Versions } from '../../faults/version.ts';
import { sourceVersions } from '../../faults/version.ts';
import { CHECKOUT } from '../../support/environment.ts';

const names = campaigns.map(({ name }) => name);
const allBut = (...others: string[]) => names.filter((name) => !others.includes(name));

/** The versions of the sources, when one file has a line more. */
function versionsWith(changed?: string): Promise<Versions> {
  let found = false;
  const versions = sourceVersions(CHECKOUT, names, (file) => {
    const content = readFileSync(join(CHECKOUT, file));
    if (file !== changed) return content;
    found = true;
    return Buffer.concat([content, Buffer.from('\n')]);
  });
  return versions.finally(() => {
    if (changed !== undefined && !found) throw new Error(`${changed} is read by nobody`);
  });
}

describe('the version that results are kept for', () => {
  let before: Versions;
  beforeAll(async () => {
    before = await versionsWith();
  });

  test.each([
    ['a file of the operator', 'src/reconcile/plan.ts', names],
    ['a script that a gateway runs', 'src/gateway/pod/ready.sh', names],
    ['the fault proxy', 'test/faults/proxy/proxy.ts', names],
    ['a campaign', 'test/faults/campaigns/outage.ts', ['outage']],
    ['what one campaign imports', 'test/faults/drift/sweep.ts', ['drift']],
    [
      'what several import',
      'test/faults/workloads/workloads.ts',
      allBut('chain', 'misoperations', 'election', 'outage', 'upgrade', 'downloads'),
    ],
    ['the look of the report', 'test/faults/page.ts', []],
  ])('is another one after a change of %s', async (_, file, changed) => {
    const after = await versionsWith(file);
    expect(names.filter((name) => after.of(name) !== before.of(name))).toEqual(
      names.filter((name) => changed.includes(name)),
    );
    expect(after.all).not.toBe(before.all);
  });
});
