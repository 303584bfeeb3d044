import type { Client } from '../kube/client.ts';
import { isNotFound } from '../kube/errors.ts';
import { resources } from '../kube/paths.ts';
import type { Recorder } from '../runtime/events.ts';
import type { StatusInput } from './status.ts';
import { buildStatus, statusChanged, transitions } from './status.ts';
import { PROGRESS } from './verdicts/workload.ts';
import type { World } from './world.ts';

/** One status write when something changed, none otherwise; an event for every condition that turned. */
export async function report(
  { client, world, recorder }: { client: Client; world: World; recorder: Recorder },
  input: StatusInput,
  signal: AbortSignal,
): Promise<void> {
  const { cache, verdicts } = input;
  const status = buildStatus(input);
  if (!statusChanged(cache.status, status)) return;
  // It was made from this version of the cache, and of this one only it is true; a status asks for no UID, so it may be of another.
  const { name, namespace, resourceVersion = '' } = cache.metadata;
  const written = await client
    .applyStatus(
      resources.GoProxyCache,
      { apiVersion: cache.apiVersion, kind: cache.kind, metadata: { name, namespace, resourceVersion }, status },
      { signal },
    )
    .catch((error: unknown) => {
      // It was deleted meanwhile: nothing failed, and nobody is left to be told.
      if (isNotFound(error)) return undefined;
      throw error;
    });
  if (!written) return;
  world.caches.upsert(written as typeof cache & typeof written);
  for (const { type, status: value, reason, message } of transitions(cache.status, verdicts)) {
    const good = type === 'Ready' && value === 'True';
    const bad =
      type !== 'Ready' &&
      type !== 'Reconciling' &&
      value === (type === 'Stalled' ? 'True' : 'False') &&
      !PROGRESS.has(reason);
    if (good || bad) recorder.event(cache, { type: good ? 'Normal' : 'Warning', reason, note: message });
  }
}
