import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { Deed } from './deeds.ts';
import type { Stage } from './stage.ts';
import { asAtBegin, AWAITED_CLASS, backAtBegin, reasonOf, removeClass } from './stage.ts';

const { GoProxyCache: CACHE, StorageClass: CLASS } = resources;
const TOLD_MS = 60_000;

const make = ({ lane }: Stage, allowVolumeExpansion: boolean) =>
  lane.client.apply(CLASS, {
    apiVersion: 'storage.k8s.io/v1',
    kind: CLASS.kind,
    metadata: { name: AWAITED_CLASS },
    provisioner: 'example.com/none',
    allowVolumeExpansion,
  } as KubeObject);

const isKnown: Deed['holds'] = (_, state) =>
  reasonOf(state, 'StorageReady') === 'ClaimPending' || reasonOf(state, 'StorageReady');

const common = {
  // The operator writes a status to the version of the cache that it knows.
  needs: [CACHE.kind],
  about: () => ({ namespace: '', name: AWAITED_CLASS }),
  makes: () => [],
};

/** The class that a claim waits for is made, and goes. */
export const classDeeds: readonly [Deed, Deed] = [
  {
    ...common,
    name: 'made',
    overwritten: async (stage) => {
      await make(stage, false);
    },
    do: async (stage) => {
      await make(stage, true);
    },
    holds: isKnown,
    after: async (stage) => {
      await removeClass(stage.lane);
      await backAtBegin(stage);
    },
  },
  {
    ...common,
    name: 'deleted',
    before: async (stage) => {
      await make(stage, false);
      await stage.lane.until(stage.namespace, (state) => isKnown(stage, state), TOLD_MS);
    },
    overwritten: async (stage) => {
      await make(stage, true);
    },
    do: ({ lane }) => removeClass(lane),
    holds: asAtBegin,
  },
];
