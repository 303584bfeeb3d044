import type { Client } from '../kube/client.ts';
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
  const { name, namespace } = cache.metadata;
  const written = await client.applyStatus(
    resources.GoProxyCache,
    { apiVersion: cache.apiVersion, kind: cache.kind, metadata: { name, namespace }, status },
    { signal },
  );
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
