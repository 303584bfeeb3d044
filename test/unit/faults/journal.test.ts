import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry } from '../../faults/journal.ts';
import { fileJournal } from '../../faults/journal.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
  path = join(folder, 'kept', '1.jsonl');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const plans = (campaign: string): Entry => ({
  kind: 'plans',
  campaign,
  plans: [{ id: `${campaign}/a` }],
  at: 1,
  ms: 1,
});
const killed: Entry = { kind: 'mutant', verdict: { name: 'no-back-off', plans: 1, ms: 1 }, at: 1 };
const same = () => 'v1';

function write(...entries: Entry[]): void {
  const journal = fileJournal(path, same);
  for (const entry of entries) journal.add(entry);
}

describe('a journal that is kept', () => {
  test('has all that was added, in this process and the next', () => {
    const journal = fileJournal(path, same);
    journal.add(plans('crash'));
    expect(journal.entries).toEqual([plans('crash')]);
    expect(fileJournal(path, same).entries).toMatchObject([plans('crash')]);
  });

  test('that was cut in the middle of a line has all before it, and what is added later', () => {
    write(plans('crash'), plans('api'));
    truncateSync(path, readFileSync(path).length - 20);
    write(plans('watch'));
    expect(fileJournal(path, same).entries).toMatchObject([plans('crash'), plans('watch')]);
  });

  test.each([
    ['crash', [plans('api'), killed]],
    ['mutants', [plans('crash'), plans('api')]],
  ])('does not count what was seen of other sources of %s', (changed, left) => {
    write(plans('crash'), plans('api'), killed);
    const now = fileJournal(path, (subject) => (subject === changed ? 'v2' : 'v1'));
    expect(now.entries).toMatchObject(left);
    expect(now.entries).toHaveLength(left.length);
  });
});
