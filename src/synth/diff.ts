import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Files } from './folder.ts';
import { writeFolder } from './folder.ts';
import { SynthesisError } from './problems.ts';

/**
 * Prints what differs, by git, with its colours and settings. The paths in it are `<folder>/<path>`, as if it were in a repository.
 * @returns 0 when nothing differs, 1 when something does, as diff and `kubectl diff` do.
 */
export function printDiff(folder: string, before: Files, after: Files): 0 | 1 {
  const work = mkdtempSync(join(tmpdir(), 'goproxycache-diff-'));
  try {
    for (const [side, files] of [
      ['a', before],
      ['b', after],
    ] as const) {
      mkdirSync(join(work, side));
      writeFolder(join(work, side, folder), new Map(), files);
    }
    const words = ['--no-pager', 'diff', '--no-index', '--no-ext-diff', '--no-prefix', 'a', 'b'];
    const { status, signal, error } = spawnSync('git', words, { cwd: work, stdio: ['ignore', 'inherit', 'inherit'] });
    if (status === 0 || status === 1) return status;
    // Whoever reads has seen enough, `head` for example.
    if (signal === 'SIGPIPE') return 1;
    throw new SynthesisError([`git diff failed (${error?.message ?? `exit code ${status}`}): --diff needs git`]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
