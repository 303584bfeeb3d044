/** The node of a lane: kwok plays its pods, and the few lines of a scheduler that one node needs. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { V1PersistentVolumeClaimStatus, V1PodSpec } from '@kubernetes/client-node';
import { isQuantity, compareQuantities } from '../../../src/api/quantity.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { keyOf, keyOfObject } from '../../../src/kube/objects.ts';
import { objectPath, resources } from '../../../src/kube/paths.ts';
import type { ApiServer } from '../../testbed/apiserver.ts';
import type { Mirror } from './mirror.ts';
import { others } from './resources.ts';

const NODE = 'node';
/** One pod may ask for so much. */
const ROOM = { cpu: '64', memory: '256Gi' } as const;
/** A pod with this in the name of an image cannot pull it. */
export const ABSENT_IMAGE = 'absent.example.com/';

type Pod = KubeObject<V1PodSpec, { phase?: string; conditions?: object[] }>;
type Claim = KubeObject<unknown, V1PersistentVolumeClaimStatus>;

const stage = (name: string, kind: string, matchExpressions: object[], next: object) =>
  JSON.stringify({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions }, next },
  });
const is = (key: string, operator: string, values?: string[]) => ({ key, operator, ...(values && { values }) });

/** Templates of the status that kwok writes; it answers no probe, so a pod that runs is ready. */
const NODE_STATUS = `
conditions:
- {type: Ready, status: "True", reason: KubeletReady, message: plays pods, lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }}}
allocatable: {cpu: 1k, memory: 1Ti, pods: 10k}
capacity: {cpu: 1k, memory: 1Ti, pods: 10k}
`;
const POD_STATUS = `
{{ $now := Now }}
conditions:
- {type: PodScheduled, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- {name: {{ .name | Quote }}, image: {{ .image | Quote }}, imageID: "", ready: true, started: true, restartCount: 0, state: {running: {startedAt: {{ $now | Quote }}}}}
{{ end }}
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName ( or .spec.hostNetwork false ) ( or .metadata.uid "" ) ( or .metadata.name "" ) ( or .metadata.namespace "" ) | Quote }}
phase: Running
startTime: {{ $now | Quote }}
`;

const KWOK = [
  JSON.stringify({
    apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
    kind: 'KwokConfiguration',
    options: { podPlayStageParallelism: 16 },
  }),
  stage('node-ready', 'Node', [is('.status.conditions.[] | select( .type == "Ready" ) | .status', 'NotIn', ['True'])], {
    statusTemplate: NODE_STATUS,
  }),
  stage('pod-ready', 'Pod', [is('.metadata.deletionTimestamp', 'DoesNotExist'), is('.status.podIP', 'DoesNotExist')], {
    statusTemplate: POD_STATUS,
  }),
  stage('pod-gone', 'Pod', [is('.metadata.deletionTimestamp', 'Exists')], {
    finalizers: { empty: true },
    delete: true,
  }),
].join('\n---\n');

/** Starts kwok, which gives its pods addresses of `cidr`. */
export async function startNode(server: ApiServer, client: Client, cidr: string): Promise<void> {
  const config = join(dirname(server.kubeconfigPath), 'kwok.yaml');
  await writeFile(config, KWOK);
  await client.apply(others.Node, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: NODE, labels: { 'kubernetes.io/hostname': NODE } },
  });
  server.run('kwok', [
    `--config=${config}`,
    `--kubeconfig=${server.kubeconfigPath}`,
    `--manage-single-node=${NODE}`,
    `--cidr=${cidr}`,
    '--node-ip=127.0.0.1',
    '--node-lease-duration-seconds=0',
    '--v=ERROR',
  ]);
}

/** Binds pods to the node, those that a real node could start. The others say what keeps them, as a scheduler or a kubelet does. */
export function schedule(client: Client, mirror: Mirror, run: (work: () => Promise<unknown>) => void): void {
  /** Pods that were bound, or what they were told last, by UID. */
  const told = new Map<string, string>();

  function look(pod: Pod): void {
    const { uid = '', deletionTimestamp } = pod.metadata;
    if (pod.spec?.nodeName !== undefined || deletionTimestamp !== undefined) return;
    const obstacle = obstacleOf(pod, mirror);
    const text = JSON.stringify(obstacle ?? 'bound');
    if (told.get(uid) === text) return;
    told.set(uid, text);
    run(() => (obstacle ? tell(client, pod, obstacle) : bind(client, pod)));
  }

  mirror.each('Pod', (object, deleted) => {
    if (deleted) told.delete(object.metadata.uid ?? '');
    else look(object as Pod);
  });
  const again = ({ metadata: { namespace } }: KubeObject): void => {
    for (const [, object] of mirror.state(namespace ?? '')) if (object.kind === 'Pod') look(object as Pod);
  };
  mirror.each('PersistentVolumeClaim', again);
  mirror.each('Secret', again);
}

async function bind(client: Client, pod: Pod): Promise<void> {
  const { name, uid } = pod.metadata;
  const body = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, uid },
    target: { apiVersion: 'v1', kind: 'Node', name: NODE },
  };
  await client.transport.json('POST', objectPath(resources.Pod, pod.metadata, 'binding'), { body });
}

const tell = (client: Client, pod: Pod, status: object) =>
  client.mergePatch(resources.Pod, pod.metadata, { status }, { subresource: 'status' });

/** The status of a pod that cannot start, or undefined. */
function obstacleOf(pod: Pod, mirror: Mirror): object | undefined {
  const { namespace } = pod.metadata;
  const { containers = [], volumes = [] } = pod.spec ?? {};
  const unscheduled = (message: string) => ({
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  });
  const claimNames = volumes.flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
  const claims = claimNames.map(
    (name) => mirror.get('PersistentVolumeClaim', keyOf(namespace, name)) as Claim | undefined,
  );
  const going = claims.find((claim) => claim?.metadata.deletionTimestamp !== undefined);
  if (going)
    return unscheduled(`0/1 nodes are available: persistentvolumeclaim "${going.metadata.name}" is being deleted.`);
  const unbound = claims.filter((claim) => claim?.status?.phase !== 'Bound');
  if (unbound.length > 0)
    return unscheduled('0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.');
  for (const resource of ['cpu', 'memory'] as const) {
    const asked = containers.map(({ resources: needs }) => String(needs?.requests?.[resource] ?? '0'));
    if (asked.some((quantity) => isQuantity(quantity) && compareQuantities(quantity, ROOM[resource]) > 0))
      return unscheduled(`0/1 nodes are available: 1 Insufficient ${resource}.`);
  }
  // A real one is bound by now; here it is not, or kwok would start it.
  const scheduled = { type: 'PodScheduled', status: 'True' };
  const secrets = volumes.flatMap(({ secret, projected }) => [
    ...(secret?.secretName === undefined ? [] : [secret.secretName]),
    ...(projected?.sources ?? []).flatMap((source) => source.secret?.name ?? []),
  ]);
  if (secrets.some((name) => mirror.get('Secret', keyOf(namespace, name)) === undefined))
    return { conditions: [scheduled, { type: 'PodReadyToStartContainers', status: 'False' }] };
  if (containers.some(({ image = '' }) => image.startsWith(ABSENT_IMAGE)))
    return {
      conditions: [scheduled],
      containerStatuses: containers.map(({ name, image = '' }) => ({
        name,
        image,
        imageID: '',
        ready: false,
        restartCount: 0,
        state: image.startsWith(ABSENT_IMAGE)
          ? { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}"` } }
          : { running: {} },
      })),
    };
  return undefined;
}

/** Resolves when the node is ready. */
export async function nodeIsReady(mirror: Mirror): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const isReady = (node: KubeObject) =>
    (node.status as { conditions?: { type: string; status: string }[] } | undefined)?.conditions?.some(
      ({ type, status }) => type === 'Ready' && status === 'True',
    );
  mirror.each('Node', (node) => {
    if (keyOfObject(node) === NODE && isReady(node)) resolve(undefined);
  });
  await promise;
}
