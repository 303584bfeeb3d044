import { resources } from '../../../src/kube/paths.ts';
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
    makes: ({ begin }) => [...begin.keys()].map((key) => key.replace('/', ' ')),
    do: async ({ lane, namespace, spec }) => {
      await remove.do(lane, namespace);
      await create(spec).do(lane, namespace);
    },
    holds: asAtBegin,
  },
];
