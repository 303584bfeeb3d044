import { resourceOf } from '../../../src/kube/paths.ts';
import type { Lane } from '../bed/lane.ts';
import type { Json } from '../chain/json.ts';
import { writeSpec } from '../chain/write.ts';
import { cacheOf, settle } from '../oracle/observe.ts';

const SEEN_MS = 30_000;
const WITH_DEV: Json = { environments: [{ name: 'prod' }, { name: 'dev' }] };

/**
 * Makes an environment, pauses the cache, and takes all labels off the objects of that environment: watches tell of these as if they were deleted
 * (docs/decisions/0027). The cache is left paused.
 */
export async function stripEnvironment(lane: Lane, namespace: string, settleMs: number): Promise<void> {
  await writeSpec(lane, namespace, WITH_DEV);
  await settle(lane, namespace, settleMs);
  await writeSpec(lane, namespace, { ...WITH_DEV, paused: true });
  await lane.until(
    namespace,
    (state) => {
      const { metadata, status } = cacheOf(state) ?? {};
      return (
        (metadata !== undefined && status?.observedGeneration === metadata.generation) || 'the pause is not seen yet'
      );
    },
    SEEN_MS,
  );
  const objects = [...lane.state(namespace).values()].filter(
    ({ metadata }) =>
      metadata.name === 'cache--dev' && metadata.ownerReferences?.some(({ kind }) => kind === 'GoProxyCache'),
  );
  if (!objects.some(({ kind }) => kind === 'Deployment')) throw new Error('the environment has no Deployment');
  for (const object of objects) {
    const labels = Object.fromEntries(Object.keys(object.metadata.labels ?? {}).map((name) => [name, null]));
    await lane.client.mergePatch(resourceOf(object), object.metadata, { metadata: { labels } });
  }
}
