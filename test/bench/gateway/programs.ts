import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const testbed = join(import.meta.dirname, '../../testbed');

/** Sees to the programs that the bench needs and the tests do not: wrk, vegeta and goproxy. @throws when one cannot be had. */
export function prepare(): void {
  for (const [script = '', ...words] of [
    ['packages-install.sh', 'wrk'],
    ['build.sh', 'bench'],
  ]) {
    const { status } = spawnSync(join(testbed, script), words, { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`test/testbed/${script} ${words.join(' ')} failed`);
  }
}
