import type { Condition } from './status.ts';

/** The conditions of a cache, in the order they are printed. Reconciling and Stalled are abnormal-true (kstatus). */
export const CONDITIONS = {
  Ready: 'The whole cache serves what the spec asks for: True when storage, engines and gateway are ready.',
  Reconciling: 'The operator or the cluster is still working on the latest spec (kstatus, abnormal when True).',
  Stalled: 'The operator cannot go on without a change by a person (kstatus, abnormal when True).',
  StorageReady: 'Every environment has the volume it asks for.',
  EnginesReady: 'The engine of every environment serves.',
  GatewayReady: 'Every gateway pod serves, with the wanted configuration.',
  UpstreamsReachable: 'The gateway pods reach every upstream of type URL. Files in the cache are served without it.',
  VersionsSupported: 'The programs that run are not older than the versions in which known security holes were closed.',
} as const;
export type ConditionType = keyof typeof CONDITIONS;

/** The reasons of conditions and events: a closed set, each with what it means. */
export const REASONS = {
  AllServing: 'Everything that the spec asks for is there and serves.',
  Progressing: 'Work goes on; the message names what is awaited.',
  Degraded: 'Something does not serve; the message of the condition named there says what to do.',
  Converged: 'Nothing is left to do.',
  NotStalled: 'Nothing stands in the way.',
  Paused: 'spec.paused is true: the operator leaves the objects alone.',
  InvalidSpec:
    'The spec breaks a rule that the API server did not check, for example since the object is older than the rule.',
  NameClash: 'An object that the cache needs exists already and belongs to somebody else.',
  ApplyRefused: 'The API server refused an object of the cache, by validation, admission or quota.',
  Forbidden: 'The operator lacks a permission.',
  Bound: 'The volume is there.',
  ClaimPending: 'The volume has not been provisioned yet.',
  ClaimDeleting: 'Somebody deleted the claim while it is in use; Kubernetes holds it until its pod ends.',
  ClaimLost: 'The volume behind the claim is gone.',
  StorageClassMissing: 'The StorageClass named in the spec does not exist.',
  NoDefaultStorageClass: 'The spec names no StorageClass and the cluster has no default one.',
  StorageClassDiffers:
    'The claim was made with another StorageClass than the spec names now; a bound claim cannot change it.',
  CannotExpand: 'The spec asks for a larger volume and the StorageClass does not allow it.',
  CannotShrink: 'The spec asks for a smaller volume than the claim has; a volume never shrinks.',
  Resizing: 'The volume is growing.',
  Serving: 'All pods serve.',
  RollingOut: 'Pods are being started or replaced.',
  ScaledToZero: 'The spec asks for no engine pod; cached files are served all the same.',
  ImagePullFailed: 'The image cannot be pulled.',
  InvalidImage: 'The image reference is not valid.',
  Unschedulable: 'No node has room for a pod, or none fits its constraints.',
  CrashLoop: 'A container ends again and again.',
  ContainerConfigError: 'A container cannot be created, for example since a Secret is missing.',
  PodsRefused: 'The cluster does not admit the pods, for example by quota or policy.',
  ConfigPending: 'A gateway pod does not serve the wanted configuration yet.',
  ConfigRejected: 'A gateway pod refused the wanted configuration and keeps the last one that worked.',
  Reachable: 'Every upstream of type URL answered.',
  NotProbed: 'There is no upstream of type URL, or no gateway pod has reported yet.',
  DNSFailed: 'The host name of an upstream does not resolve.',
  ConnectionFailed: 'No TCP connection to an upstream can be made.',
  TLSFailed: 'The TLS handshake with an upstream fails.',
  HTTPFailed: 'An upstream answers with a server error.',
  VersionsCurrent: 'No program that runs is older than the lowest version we know to be safe.',
  VersionOutdated:
    'A program that runs is older than the lowest version we know to be safe; a distribution may have patched it all the same.',
  NotReported: 'No gateway pod has said yet which version it runs.',
  TimedOut: 'An upstream does not answer in time.',
} as const;
export type Reason = keyof typeof REASONS;

/** What is known about one condition; when it last changed is added by mergeConditions. */
export interface Verdict {
  type: ConditionType;
  status: 'True' | 'False' | 'Unknown';
  reason: Reason;
  message: string;
}

/**
 * Conditions from verdicts. lastTransitionTime moves only when the status changes (KEP-1623); conditions of types we do not
 * know (written by somebody else) are not kept, since status has one owner.
 */
export function mergeConditions(
  before: readonly Condition[] | undefined,
  verdicts: readonly Verdict[],
  generation: number,
  now: string,
): Condition[] {
  return verdicts.map((verdict) => {
    const previous = before?.find((condition) => condition.type === verdict.type);
    return {
      type: verdict.type,
      status: verdict.status,
      observedGeneration: generation,
      lastTransitionTime: previous?.status === verdict.status ? previous.lastTransitionTime : now,
      reason: verdict.reason,
      // A cut may halve a surrogate pair, which the API server would store as another character: never equal again.
      message: verdict.message.slice(0, 32000).toWellFormed(),
    };
  });
}
