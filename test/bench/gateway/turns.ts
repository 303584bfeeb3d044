import { get } from './get.ts';
import { say } from './say.ts';
import type { RunningGateway } from './servers/gateway.ts';
import { load } from './wrk.ts';
import type { Load, Sample, Target } from './wrk.ts';

/**
 * Loads the targets one after the other, again and again, each round beginning with another: other work on the machine then
 * slows all of them alike. Gives the samples of each target, in the order of the targets; those of one round belong together.
 * @throws when a target does not answer 200, or a gateway not from its cache.
 */
export async function inTurns(targets: readonly Target[], how: Load, rounds: number): Promise<Sample[][]> {
  const samples: Sample[][] = targets.map(() => []);
  for (const target of targets) await expectHit(target, how.path);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < targets.length; turn++) {
      const index = (turn + round) % targets.length;
      const target = targets[index];
      if (target === undefined) continue;
      const sample = await load(target, how);
      if (sample.errors > 0) say(`${target.name}: ${sample.errors} errors of ${how.path}`);
      samples[index]?.push(sample);
      (target as Partial<RunningGateway>).forgetLog?.();
    }
  }
  return samples;
}

/** Asks twice: the first answer fills the cache. */
async function expectHit(target: Target, path: string): Promise<void> {
  await get(target, path);
  const { status, headers } = await get(target, path);
  if (status !== 200) throw new Error(`${target.name} answers ${status} to ${path}`);
  const cache = headers['x-cache'] ?? 'HIT';
  if (cache !== 'HIT') throw new Error(`${target.name} answers ${path} with ${String(cache)}`);
}
