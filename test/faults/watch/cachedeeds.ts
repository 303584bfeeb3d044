import { resources } from '../../../src/kube/paths.ts';
import type { Lane } from '../bed/lane.ts';
import { settled } from '../oracle/observe.ts';
import { change, create, isSteady, remove } from '../workloads/workload.ts';
import type { Deed } from './deeds.ts';
import { watchedKinds } from './kinds.ts';
import type { Stage } from './stage.ts';
import { asAtBegin, backAtBegin } from './stage.ts';

/** A change that gateways take up in place; null takes it back. */
export const setSeconds = (stage: Stage, mutableTTLSeconds: number | null): Promise<void> =>
  change('seconds', { gateway: { cache: { mutableTTLSeconds } } }).do(stage.lane, stage.namespace);

const common = {
  about: ({ namespace }: Stage) => ({ namespace, name: 'cache' }),
  overwritten: (stage: Stage) => setSeconds(stage, 77),
};
/** Lanes whose garbage collection has heard of caches, which takes half a minute on a new API server. */
const collecting = new WeakSet<Lane>();
const COLLECTED_MS = 120_000;

/** Until what belongs to a deleted cache goes at once, as it does everywhere. */
async function untilCollected(stage: Stage): Promise<void> {
  const { lane, namespace, spec } = stage;
  if (collecting.has(lane)) return;
  await remove.do(lane, namespace);
  await lane.until(namespace, isSteady, COLLECTED_MS);
  await create(spec).do(lane, namespace);
  await backAtBegin(stage);
  collecting.add(lane);
}

const others = watchedKinds.filter((kind) => kind !== resources.GoProxyCache.kind);

/** A person changes a cache, deletes it, and deletes it and makes it anew. */
export const cacheDeeds: readonly [Deed, Deed, Deed] = [
  {
    ...common,
    name: 'changed',
    needs: [],
    makes: () => [],
    do: (stage) => setSeconds(stage, 31),
    holds: (_, state) => settled(state),
    after: async (stage) => {
      await setSeconds(stage, null);
      await backAtBegin(stage);
    },
  },
  {
    ...common,
    name: 'deleted',
    needs: others,
    before: untilCollected,
    makes: () => [],
    do: ({ lane, namespace }) => remove.do(lane, namespace),
    holds: (_, state) => isSteady(state),
    after: async (stage) => {
      await create(stage.spec).do(stage.lane, stage.namespace);
      await backAtBegin(stage);
    },
  },
  {
    ...common,
    name: 'replaced',
    needs: others,
    before: untilCollected,
    makes: ({ begin }) => [...begin.keys()].map((key) => key.replace('/', ' ')),
    do: async ({ lane, namespace, spec }) => {
      await remove.do(lane, namespace);
      await create(spec).do(lane, namespace);
    },
    holds: asAtBegin,
  },
];
