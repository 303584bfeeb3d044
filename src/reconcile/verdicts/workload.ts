import type { Reason, Verdict } from '../../api/conditions.ts';
import type { ContainerStatus, Deployment, Pod } from '../world.ts';

export type Finding = Pick<Verdict, 'status' | 'reason' | 'message'>;

/** Whether a Deployment does what its spec asks for, and if not, the cause as its pods tell it. */
export function judgeWorkload(name: string, deployment: Deployment | undefined, pods: Pod[]): Finding {
  if (!deployment) return { status: 'False', reason: 'RollingOut', message: `Deployment ${name} is being made` };
  const wanted = deployment.spec?.replicas ?? 1;
  if (isComplete(deployment, wanted)) {
    if (wanted === 0)
      return { status: 'True', reason: 'ScaledToZero', message: `Deployment ${name} is scaled to zero` };
    return { status: 'True', reason: 'Serving', message: `${wanted} of ${wanted} pods of Deployment ${name} serve` };
  }
  const refused = deployment.status?.conditions?.find((c) => c.type === 'ReplicaFailure' && c.status === 'True');
  if (refused)
    return {
      status: 'False',
      reason: 'PodsRefused',
      message: `Deployment ${name}: ${sentence(refused.message)}: change the quota or policy that refuses its pods`,
    };
  for (const pod of pods) {
    const cause = podCause(pod, secretsOf(deployment));
    if (cause) return cause;
  }
  const ready = deployment.status?.availableReplicas ?? 0;
  return {
    status: 'False',
    reason: 'RollingOut',
    message: `Deployment ${name}: ${ready} of ${wanted} pods serve, ${deployment.status?.updatedReplicas ?? 0} of them from the latest template`,
  };
}

function isComplete({ metadata, status }: Deployment, wanted: number): boolean {
  return (
    (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
    (status?.replicas ?? 0) === wanted &&
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted
  );
}

const sentence = (text: string | undefined) =>
  (text ?? '')
    .trim()
    .replace(/[.:\s]+$/, '')
    .slice(0, 500);

const WAITING: Record<string, { reason: Reason; remedy: string }> = {
  ErrImagePull: {
    reason: 'ImagePullFailed',
    remedy: 'check the name of the image, that the registry can be reached, and imagePullSecrets',
  },
  ImagePullBackOff: {
    reason: 'ImagePullFailed',
    remedy: 'check the name of the image, that the registry can be reached, and imagePullSecrets',
  },
  ErrImageNeverPull: { reason: 'ImagePullFailed', remedy: 'load the image onto the node' },
  InvalidImageName: { reason: 'InvalidImage', remedy: 'correct the image' },
  CreateContainerConfigError: { reason: 'ContainerConfigError', remedy: 'create what the container refers to' },
  CreateContainerError: { reason: 'ContainerConfigError', remedy: 'see kubectl describe pod' },
  RunContainerError: { reason: 'ContainerConfigError', remedy: 'see kubectl describe pod' },
};

/** The Secrets that its pods mount. */
const secretsOf = ({ spec }: Deployment): string[] =>
  (spec?.template?.spec?.volumes ?? []).flatMap(({ secret, projected }) =>
    [secret?.secretName, ...(projected?.sources ?? []).map((source) => source.secret?.name)].filter(
      (name) => name !== undefined,
    ),
  );

/** What keeps one pod from serving, if it says so. */
function podCause(pod: Pod, secrets: string[]): Finding | undefined {
  const name = `Pod ${pod.metadata.name}`;
  const scheduled = pod.status?.conditions?.find((c) => c.type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    // The scheduler says so of a pod whose volume is missing, too; StorageReady knows the cause and the remedy.
    if (/persistentvolumeclaim/i.test(scheduled.message ?? ''))
      return { status: 'False', reason: 'RollingOut', message: `${name} waits for its volume` };
    return {
      status: 'False',
      reason: 'Unschedulable',
      message: `${name} fits on no node: ${sentence(scheduled.message)}: lower the resources, or add room`,
    };
  }
  if (scheduled?.status === 'True' && isUnstarted(pod) && secrets.length > 0)
    return {
      status: 'False',
      reason: 'RollingOut',
      message: `${name} is being started, for which it needs the Secret ${secrets.join(' and the Secret ')}: if this stays, see whether it is there`,
    };
  for (const container of pod.status?.containerStatuses ?? []) {
    const cause = containerCause(name, container);
    if (cause) return cause;
  }
  return undefined;
}

/** The kubelet mounts first, and tells an event alone of what it misses. The operator reads no Secret, so all are named. */
const isUnstarted = ({ status }: Pod): boolean =>
  status?.conditions?.some((c) => c.type === 'PodReadyToStartContainers' && c.status === 'False') ?? false;

function containerCause(name: string, container: ContainerStatus): Finding | undefined {
  const waiting = container.state?.waiting;
  const known = WAITING[waiting?.reason ?? ''];
  if (known)
    return {
      status: 'False',
      reason: known.reason,
      message: `${name}: ${sentence(waiting?.message ?? waiting?.reason)}: ${known.remedy}`,
    };
  if (waiting?.reason !== 'CrashLoopBackOff') return undefined;
  const end = container.lastState?.terminated;
  return {
    status: 'False',
    reason: 'CrashLoop',
    message: `${name} ends again and again (exit code ${end?.exitCode ?? '?'}, ${end?.reason ?? 'unknown reason'}): see kubectl logs ${name.slice(4)} --previous`,
  };
}

/** The worst of several findings: one that needs a person, then one that needs time, then none. */
export function worst(findings: Finding[]): Finding | undefined {
  const failing = findings.filter((f) => f.status !== 'True');
  return failing.find((f) => !PROGRESS.has(f.reason)) ?? failing[0];
}

/** Reasons that pass by themselves. */
export const PROGRESS: ReadonlySet<Reason> = new Set([
  'RollingOut',
  'ConfigPending',
  'ClaimPending',
  'Progressing',
  'Resizing',
]);
