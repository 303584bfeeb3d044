import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { ownNamespace } from '../../../src/cli/ownnamespace.ts';

test('a pod knows its namespace from the file beside its token', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ownnamespace-'));
  try {
    writeFileSync(join(folder, 'namespace'), 'goproxycache-system\n');
    expect(ownNamespace(join(folder, 'namespace'))).toBe('goproxycache-system');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is no pod is told which option to add', () => {
  expect(() => ownNamespace('/nowhere/namespace')).toThrow(
    '--leader-election needs a namespace for its Lease, and /nowhere/namespace is not there to tell one: add --leader-election-namespace <namespace>',
  );
});
