import { expect, test } from '@jest/globals';
import type { Client } from '../../../src/kube/client.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { report } from '../../../src/reconcile/report.ts';
import type { World } from '../../../src/reconcile/world.ts';
import { cacheOf } from './fixtures.ts';

const { signal } = new AbortController();

/** Reports of a cache to an API server that answers with this status. Resolves with what the world and users were told. */
async function reportTo(status: number): Promise<string[]> {
  const told: string[] = [];
  const refused = new ApiError('PATCH', '/a/status', status, undefined);
  const client = { applyStatus: () => Promise.reject(refused) } as unknown as Client;
  const world = { caches: { upsert: () => told.push('world') } } as unknown as World;
  const recorder = { event: () => told.push('event'), flush: () => Promise.resolve() };
  const verdicts = [{ type: 'Ready', status: 'True', reason: 'AllServing', message: '' } as const];
  await report({ client, world, recorder }, { cache: cacheOf(), verdicts, now: '2026-01-01T00:00:00Z' }, signal);
  return told;
}

test('a cache that was deleted meanwhile is no failure, and nobody is told of it', async () => {
  expect(await reportTo(404)).toEqual([]);
});

test.each([409, 500])('a status that is answered with %i is tried again', async (status) => {
  await expect(reportTo(status)).rejects.toThrow(String(status));
});
