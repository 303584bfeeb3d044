import { compareQuantities, isQuantity } from '../api/quantity.ts';
import type { GoProxyCache } from '../api/types.ts';
import type { Manifest } from '../desired/manifest.ts';
import type { KubeObject } from '../kube/objects.ts';
import { isAsWanted } from './drift.ts';
import { kept } from './kept.ts';
import { APPLIED, goesWith, owned, ownership } from './ownership.ts';
import type { Claim, StorageClass } from './world.ts';

/** What to do with one object. */
export type Step =
  | { do: 'apply'; object: Manifest & KubeObject; exists: true }
  /** Make it. `found` says what to do when there is one of this name after all, which the caches do not have. */
  | { do: 'apply'; object: Manifest & KubeObject; exists: false; found: (live: KubeObject) => Plan }
  /** Delete it, and let the next reconcile make it anew: for what cannot be changed in place. */
  | { do: 'remove'; object: KubeObject };

/** Why an object is left alone. */
export interface Blocked {
  object: Manifest;
  reason: 'NameClash' | 'Leftover' | 'Deleting' | 'KindMissing';
}

export interface Plan {
  steps: Step[];
  blocked: Blocked[];
}

/** The observed side of a plan. */
export interface Observed {
  cache: GoProxyCache;
  /** What is {@link kept} of the live object of the same kind and name, whoever made it. */
  live(manifest: Manifest): KubeObject | undefined;
  /** All objects of which this cache is an owner. */
  children: KubeObject[];
  /** Whether the API server knows a kind (false for HTTPRoute without the Gateway API, ServiceMonitor without the prometheus-operator). */
  isServed(kind: string): boolean;
  /** Absent when the operator may not read StorageClasses: then the API server has the word on what they allow. */
  storageClass?: ((name: string | undefined) => StorageClass | undefined) | undefined;
}

/**
 * Compares what should be with what is. Converged means no step at all: an object is applied only when it is missing, when
 * what we want of it changed, or when somebody changed it.
 */
export function makePlan(desired: Manifest[], observed: Observed): Plan {
  const plan: Plan = { steps: [], blocked: [] };
  for (const manifest of desired) planObject(manifest, observed, plan);
  // Whose the Deployment of an engine is, his is the claim of the same name, with our labels or without (synth --render).
  const foreign = plan.blocked.filter(({ object, reason }) => object.kind === 'Deployment' && reason === 'NameClash');
  const names = foreign.map(({ object }) => object.metadata.name);
  plan.steps = plan.steps.filter(
    ({ object }) => object.kind !== 'PersistentVolumeClaim' || !names.includes(object.metadata.name),
  );
  const wanted = new Set(desired.map(identity));
  for (const child of observed.children)
    if (!wanted.has(identity(child)) && goesWith(child, observed.cache))
      plan.steps.push({ do: 'remove', object: child });
  return plan;
}

/** What tells an object from the others of its namespace. */
export const identity = (object: { kind: string; metadata: { name: string } }) =>
  `${object.kind}/${object.metadata.name}`;

function planObject(manifest: Manifest, observed: Observed, plan: Plan): void {
  const live = observed.live(manifest);
  if (live) planLive(manifest, live, observed, plan);
  else if (!observed.isServed(manifest.kind)) plan.blocked.push({ object: manifest, reason: 'KindMissing' });
  else {
    const found = (unseen: KubeObject): Plan => {
      const more: Plan = { steps: [], blocked: [] };
      // Without its phase: a claim is made anew only when the watches have it, and the cache was read again.
      planLive(manifest, kept({ ...unseen, status: undefined }), observed, more);
      return more;
    };
    plan.steps.push({ do: 'apply', object: owned(manifest, observed.cache), exists: false, found });
  }
}

function planLive(manifest: Manifest, live: KubeObject, observed: Observed, plan: Plan): void {
  const owner = ownership(live, observed.cache);
  if (owner !== 'ours') plan.blocked.push({ object: manifest, reason: owner === 'foreign' ? 'NameClash' : 'Leftover' });
  else if (live.metadata.deletionTimestamp !== undefined) plan.blocked.push({ object: manifest, reason: 'Deleting' });
  else if (manifest.kind === 'PersistentVolumeClaim') planClaim(manifest, live as Claim, observed, plan);
  else planExisting(owned(manifest, observed.cache), live, plan);
}

function planExisting(object: Manifest & KubeObject, live: KubeObject, plan: Plan): void {
  const unchanged =
    live.metadata.annotations?.[APPLIED] === object.metadata.annotations?.[APPLIED] && isAsWanted(live, kept(object));
  if (unchanged) return;
  // Of this name there may be another one by now, which is not ours: then the API server refuses.
  const { uid = '' } = live.metadata;
  plan.steps.push({ do: 'apply', object: { ...object, metadata: { ...object.metadata, uid } }, exists: true });
}

/**
 * A claim is data. Bound, only its size may change, upwards, where the class allows it; verdicts/storage.ts says what could
 * not be done. Not bound yet it holds nothing, so a wrong one is made anew.
 */
function planClaim(manifest: Manifest, live: Claim, observed: Observed, plan: Plan): void {
  const wanted = manifest as Manifest & Claim;
  if (live.status?.phase === 'Pending' && !canBind(wanted, live, observed)) {
    plan.steps.push({ do: 'remove', object: live });
    return;
  }
  const className = live.spec?.storageClassName;
  const isNamed = wanted.spec?.storageClassName !== undefined && className !== undefined;
  const spec = {
    accessModes: live.spec?.accessModes ?? [],
    ...(isNamed && { storageClassName: className }),
    resources: { requests: { storage: sizeOf(wanted, live, observed) } },
  };
  const object = owned({ ...manifest, spec }, observed.cache);
  // Named even where the spec names none (any more): the API server would take its absence for a change. No part of the hash then, so that
  // a class which the API server chose is no reason to apply the claim again.
  const named = className === undefined ? object : { ...object, spec: { ...spec, storageClassName: className } };
  planExisting(named, live, plan);
}

/** A claim keeps its size unless it may grow. */
function sizeOf(wanted: Claim, live: Claim, { storageClass }: Observed): string | undefined {
  const expandable = !storageClass || storageClass(live.spec?.storageClassName)?.allowVolumeExpansion === true;
  const grows = expandable && claimDifference(wanted, live) === 'larger';
  return (grows ? wanted : live).spec?.resources?.requests?.['storage'];
}

/** Whether an unbound claim asks for what the spec does, and not for a class that is gone from both spec and cluster. */
function canBind(wanted: Claim, live: Claim, observed: Observed): boolean {
  const className = live.spec?.storageClassName;
  const isNamed = wanted.spec?.storageClassName !== undefined || !className;
  const exists = !observed.storageClass || observed.storageClass(className) !== undefined;
  return claimDifference(wanted, live) === 'same' && (isNamed || exists);
}

/** How the wanted claim differs from the live one, in what cannot simply be applied. */
export function claimDifference(wanted: Claim, live: Claim): 'same' | 'class' | 'larger' | 'smaller' {
  const wantedClass = wanted.spec?.storageClassName;
  if (wantedClass !== undefined && wantedClass !== live.spec?.storageClassName) return 'class';
  const [want, have] = [wanted, live].map((claim) => claim.spec?.resources?.requests?.['storage'] ?? '0');
  if (want === undefined || have === undefined || !isQuantity(want) || !isQuantity(have)) return 'same';
  const difference = compareQuantities(want, have);
  return difference === 0 ? 'same' : difference > 0 ? 'larger' : 'smaller';
}
