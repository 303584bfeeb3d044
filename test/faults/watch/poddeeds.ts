import { COMPONENT } from '../../../src/desired/labels.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { State } from '../bed/lane.ts';
import { settled } from '../oracle/observe.ts';
import { stableName } from '../proxy/key.ts';
import { setSeconds } from './cachedeeds.ts';
import type { Deed } from './deeds.ts';
import type { Stage } from './stage.ts';
import { backAtBegin, reasonOf } from './stage.ts';

type Pod = KubeObject<unknown, PodStatus>;
interface PodStatus {
  conditions?: { type: string; status: string }[];
  containerStatuses: { name: string; ready: boolean; restartCount: number; state: object; lastState?: object }[];
}

const { Pod: POD, Deployment: DEPLOYMENT, GoProxyCache: CACHE } = resources;
const REPLACED_MS = 30_000;

const gatewayPods = (state: State): Pod[] =>
  [...state.values()]
    .filter(({ kind, metadata }) => kind === POD.kind && metadata.labels?.[COMPONENT] === 'gateway')
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name)) as Pod[];

/** The first by name; which one that is changes only with the deed itself. */
function podOf({ lane, namespace }: Stage): Pod {
  const [pod] = gatewayPods(lane.state(namespace));
  if (!pod) throw new Error(`no gateway pod is in ${namespace}`);
  return pod;
}

const common = {
  about: (stage: Stage) => ({ namespace: stage.namespace, name: stableName(POD.kind, podOf(stage).metadata.name) }),
  overwritten: async (stage: Stage) => {
    const patch = { metadata: { annotations: { 'example.com/note': 'something' } } };
    await stage.lane.client.mergePatch(POD, podOf(stage).metadata, patch);
  },
  makes: () => [],
};

/** A gateway pod goes, and one crashes. */
export const podDeeds: readonly [Deed, Deed] = [
  {
    ...common,
    name: 'crashed',
    needs: [DEPLOYMENT.kind, CACHE.kind],
    do: (stage) => patchStatus(stage, crashed),
    // The Deployment tells that a pod is missing, the pod alone why.
    holds: (_, state) => reasonOf(state, 'GatewayReady') === 'CrashLoop' || reasonOf(state, 'GatewayReady'),
    after: async (stage) => {
      await patchStatus(stage, recovered);
      await backAtBegin(stage);
    },
  },
  {
    ...common,
    name: 'deleted',
    needs: [DEPLOYMENT.kind, CACHE.kind],
    do: async (stage) => {
      const { lane, namespace } = stage;
      const before = gatewayPods(lane.state(namespace));
      const { name, uid = '' } = podOf(stage).metadata;
      await lane.client.remove(POD, { name, namespace }, { uid });
      const isReplaced = (state: State) => {
        const now = gatewayPods(state);
        const isWhole = now.length === before.length && now.every(({ status }) => status?.conditions?.every(isTrue));
        return (isWhole && !now.some(({ metadata }) => metadata.uid === uid)) || 'the pod is not replaced';
      };
      await lane.until(namespace, isReplaced, REPLACED_MS);
      // Ready with this is only who asks the pods that are there, and not the one that was.
      await setSeconds(stage, 31);
    },
    holds: (_, state) => settled(state),
    after: async (stage) => {
      await setSeconds(stage, null);
      await backAtBegin(stage);
    },
  },
];

const isTrue = ({ status }: { status: string }) => status === 'True';

async function patchStatus(stage: Stage, change: (status: PodStatus) => PodStatus): Promise<void> {
  const { metadata, status } = podOf(stage);
  if (!status) throw new Error(`pod ${metadata.name} has no status`);
  await stage.lane.client.mergePatch(POD, metadata, { status: change(status) }, { subresource: 'status' });
}

const withReadiness = ({ conditions = [] }: PodStatus, status: string) =>
  conditions.map((condition) =>
    condition.type === 'Ready' || condition.type === 'ContainersReady' ? { ...condition, status } : condition,
  );

const crashed = (status: PodStatus): PodStatus => ({
  conditions: withReadiness(status, 'False'),
  containerStatuses: status.containerStatuses.map((container) => ({
    ...container,
    ready: false,
    restartCount: container.restartCount + 1,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1, reason: 'Error' } },
  })),
});

const recovered = (status: PodStatus): PodStatus => ({
  conditions: withReadiness(status, 'True'),
  containerStatuses: status.containerStatuses.map((container) => ({
    ...container,
    ready: true,
    state: { running: {} },
  })),
});
