import type { Reason, Verdict } from '../../api/conditions.ts';
import { compareQuantities, isQuantity } from '../../api/quantity.ts';
import type { Manifest } from '../../desired/manifest.ts';
import { claimDifference } from '../plan.ts';
import type { Claim, StorageClass } from '../world.ts';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';
type Finding = Pick<Verdict, 'status' | 'reason' | 'message'>;

export interface StorageInput {
  /** Each wanted claim with the live one of its name. */
  claims: { wanted: Manifest; live: Claim | undefined }[];
  /** Absent when the operator may not read them. */
  storageClasses: StorageClass[] | undefined;
}

/** StorageReady: the worst finding over all claims. */
export function storageVerdict({ claims, storageClasses }: StorageInput): Verdict {
  const findings = claims.map(({ wanted, live }) => judge(wanted as Manifest & Claim, live, storageClasses));
  const worst =
    findings.find((f) => f.status === 'False') ??
    findings.find((f) => f.status === 'Unknown') ??
    findings.find((f) => f.reason !== 'Bound');
  const count =
    claims.length === 0
      ? 'no engine asks for a volume'
      : `${claims.length} volume${claims.length === 1 ? ' is' : 's are'} bound`;
  return { type: 'StorageReady', ...(worst ?? { status: 'True', reason: 'Bound', message: count }) };
}

function judge(wanted: Manifest & Claim, live: Claim | undefined, classes: StorageClass[] | undefined): Finding {
  const name = `PersistentVolumeClaim ${wanted.metadata.name}`;
  if (!live) return { status: 'False', reason: 'ClaimPending', message: `${name} is being made` };
  if (live.metadata.deletionTimestamp !== undefined)
    return {
      status: 'False',
      reason: 'ClaimDeleting',
      message: `${name} was deleted and goes, with its data, as soon as no pod uses it: save the data now if it matters, then delete the engine's pod; an empty volume is made in its place`,
    };
  if (live.status?.phase === 'Lost')
    return {
      status: 'False',
      reason: 'ClaimLost',
      message: `${name} has lost its volume ${live.spec?.volumeName ?? ''}: restore the PersistentVolume, or delete the claim to start with an empty one`,
    };
  if (live.status?.phase !== 'Bound') return pending(name, live, classes);
  return bound(name, wanted, live, classes);
}

function pending(name: string, live: Claim, classes: StorageClass[] | undefined): Finding {
  const wantedClass = live.spec?.storageClassName;
  const waits = `${name} waits for its volume (class ${wantedClass ?? 'default'})`;
  if (!classes)
    return {
      status: 'False',
      reason: 'ClaimPending',
      message: `${waits}; if it lasts, kubectl describe pvc ${live.metadata.name} says why: this operator may not read StorageClasses`,
    };
  const known = classes.map((storageClass) => storageClass.metadata.name).sort();
  const choice = known.length > 0 ? `one of: ${known.join(', ')}` : 'one that exists (the cluster has none)';
  if (wantedClass !== undefined && wantedClass !== '' && !known.includes(wantedClass))
    return {
      status: 'False',
      reason: 'StorageClassMissing',
      message: `${name} waits for StorageClass ${wantedClass}, which does not exist: create it, or set storageClassName to ${choice}`,
    };
  const hasDefault = classes.some((storageClass) => storageClass.metadata.annotations?.[DEFAULT_CLASS] === 'true');
  if (wantedClass === undefined && !hasDefault)
    return {
      status: 'False',
      reason: 'NoDefaultStorageClass',
      message: `${name} names no StorageClass and the cluster has no default: set storageClassName to ${choice}`,
    };
  return { status: 'False', reason: 'ClaimPending', message: waits };
}

const requested = (claim: Claim) => claim.spec?.resources?.requests?.['storage'] ?? '';

function bound(name: string, wanted: Manifest & Claim, live: Claim, classes: StorageClass[] | undefined): Finding {
  const [want, have] = [requested(wanted), requested(live)];
  const className = live.spec?.storageClassName ?? '';
  const no = (reason: Reason, message: string): Finding => ({ status: 'False', reason, message: `${name} ${message}` });
  switch (claimDifference(wanted, live)) {
    case 'class':
      return no(
        'StorageClassDiffers',
        `is bound with StorageClass ${className}, and a bound claim cannot change to ${wanted.spec?.storageClassName ?? ''}: restore storageClassName, or move to a new environment`,
      );
    case 'smaller':
      return no(
        'CannotShrink',
        `has ${have} and a volume never shrinks to ${want}: restore the size, or move to a new environment`,
      );
    case 'larger':
      return expands(classes, className)
        ? resizing(name, have, want)
        : no('CannotExpand', cannotExpand(classes, className, have, want));
    case 'same':
      return isSmaller(live.status?.capacity?.storage, have)
        ? resizing(name, live.status?.capacity?.storage ?? '', have)
        : { status: 'True', reason: 'Bound', message: '' };
  }
}

const expands = (classes: StorageClass[] | undefined, className: string): boolean =>
  classes?.some((c) => c.metadata.name === className && c.allowVolumeExpansion) ?? false;

/** Where StorageClasses may not be read, growth was tried: the condition Stalled has the API server's words. */
const cannotExpand = (classes: StorageClass[] | undefined, className: string, have: string, want: string): string =>
  classes
    ? `has ${have} and StorageClass ${className} does not allow ${want}: set allowVolumeExpansion on the class, or restore the size`
    : `has ${have} and did not grow to ${want}: set allowVolumeExpansion on StorageClass ${className}, or restore the size`;

const isSmaller = (capacity: string | undefined, size: string) =>
  capacity !== undefined && isQuantity(capacity) && isQuantity(size) && compareQuantities(capacity, size) < 0;

const resizing = (name: string, from: string, to: string): Finding => ({
  status: 'True',
  reason: 'Resizing',
  message: `${name} grows from ${from} to ${to}`,
});
