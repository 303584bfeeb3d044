import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import { compareQuantities } from '../../../src/api/quantity.ts';
import { RETENTION } from '../../../src/desired/labels.ts';
import { children } from './children.ts';
import type { Json } from './json.ts';

/** The StorageClass of a lane that is the default, the only one that lets volumes grow. */
const EXPANDABLE = 'expandable';

/** Reasons of StorageReady for a claim that cannot be what the spec asks for. */
export type Refused = 'StorageClassDiffers' | 'CannotShrink' | 'CannotExpand';

/** A claim as it should be after all that happened to a cache: data is kept, so it may differ from what a new cache would get. */
export interface Kept {
  size: string;
  className: string;
  retention: string;
  /** Whether the spec asks for it now. What it does not ask for stays when it was to be retained. */
  wanted: boolean;
  refused: Refused | undefined;
}

export type Claims = ReadonlyMap<string, Kept>;

/**
 * The claims after another spec. The one thing in which a chain may differ from a fresh deployment, written without the operator's own
 * code: a claim grows where its class allows it, never shrinks, never changes its class, and outlives its environment with Retain.
 */
export function follow(before: Claims, spec: Json): Claims {
  const wanted = children(spec).filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const left = [...before].filter(([name, { retention }]) => !names.has(name) && retention !== 'Delete');
  const now = wanted.map(({ metadata: { name, annotations = {} }, spec: claim }): [string, Kept] => {
    const { storageClassName, resources } = claim as V1PersistentVolumeClaimSpec;
    const size = resources?.requests?.['storage'] ?? '';
    const retention = annotations[RETENTION] ?? '';
    const kept = before.get(name) ?? { size, className: storageClassName ?? EXPANDABLE };
    const refused = refusal(kept, size, storageClassName);
    return [name, { className: kept.className, size: refused ? kept.size : size, retention, wanted: true, refused }];
  });
  return new Map([
    ...left.map(([name, kept]): [string, Kept] => [name, { ...kept, wanted: false, refused: undefined }]),
    ...now,
  ]);
}

function refusal(kept: Pick<Kept, 'size' | 'className'>, size: string, className?: string): Refused | undefined {
  if (className !== undefined && className !== kept.className) return 'StorageClassDiffers';
  const difference = compareQuantities(size, kept.size);
  if (difference < 0) return 'CannotShrink';
  return difference > 0 && kept.className !== EXPANDABLE ? 'CannotExpand' : undefined;
}

/** What StorageReady has to say: nothing, or one of these. */
export const refusals = (claims: Claims): ReadonlySet<Refused> =>
  new Set([...claims.values()].flatMap(({ refused }) => refused ?? []));
