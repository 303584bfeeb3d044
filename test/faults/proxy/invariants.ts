import { compareQuantities, isQuantity } from '../../../src/api/quantity.ts';
import type { GoProxyCache } from '../../../src/api/types.ts';
import { INSTANCE, MANAGER, RETENTION } from '../../../src/desired/labels.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { controllerOf } from '../../../src/kube/objects.ts';
import type { RequestKey } from './contract.ts';

/** A write of an operator. */
export interface Write {
  readonly key: RequestKey;
  readonly instance: string;
  readonly fieldManager: string | undefined;
  /** The body as it was sent, and as JSON. */
  readonly text: string;
  readonly body: unknown;
}

/** What the invariants need to know of the world. */
export interface Facts {
  /** The caches of the write's namespace that are there, or were a moment ago, or that this operator has been told are there. */
  readonly caches: readonly KubeObject[];
  /** Of those, the ones that are really there now. */
  readonly live: readonly KubeObject[];
  /** The object before a DELETE or a write of a claim. */
  readonly before: KubeObject | undefined;
  /** Texts in Secrets of the namespace. */
  readonly secrets: readonly string[];
  /** Who holds the Lease, if this operator takes part in an election: an instance, `nobody`, or undefined. */
  readonly leader: string | undefined;
}

type Claim = KubeObject<{ resources?: { requests?: { storage?: string } } }, { phase?: string }>;

/** What is wrong with a write that was asked for, whatever becomes of it: one half-sentence each. */
export function brokenByAsking(write: Write, facts: Facts): string[] {
  const { key, instance } = write;
  if (key.kind === 'Lease') return managed(write);
  return [
    ...managed(write),
    ...(key.namespace === '' ? ['it writes outside of all namespaces'] : []),
    ...(key.namespace !== '' && facts.caches.length === 0 ? ['no cache is in the namespace'] : []),
    ...(facts.leader !== undefined && facts.leader !== instance ? [`the Lease is held by ${facts.leader}`] : []),
    ...facts.secrets.filter((text) => write.text.includes(text)).map(() => 'it has the text of a Secret in it'),
    ...wrongOwner(write, facts),
    ...smaller(write, facts),
    ...(key.operation === 'DELETE' && !uidOf(write)
      ? ['it deletes by name only, without the uid as a precondition']
      : []),
  ];
}

/** What is wrong with a write that the API server answered with this status and body. */
export function brokenByDoing(write: Write, facts: Facts, status: number, answer: () => string): string[] {
  const { kind, operation, subresource } = write.key;
  if (status === 422 && subresource === '' && kind === 'Deployment' && answer().includes('immutable'))
    return ['it changes what cannot be changed'];
  const { before } = facts;
  if (operation !== 'DELETE' || status >= 300 || before === undefined) return [];
  return kind === 'PersistentVolumeClaim' ? wrongClaimDelete(before as Claim, facts.live) : wrongDelete(before, facts);
}

function managed({ key, fieldManager }: Write): string[] {
  if (key.operation === 'DELETE' || fieldManager === MANAGER) return [];
  return [`its field manager is ${fieldManager ?? 'not given'}`];
}

const uidOf = ({ body }: Write) => (body as { preconditions?: { uid?: string } } | undefined)?.preconditions?.uid;

/** A whole object is written as a child of the cache; only a claim that is kept has no owner. */
function wrongOwner({ key, body }: Write, { caches }: Facts): string[] {
  if (key.operation !== 'APPLY' || key.subresource !== '' || caches.length === 0) return [];
  const object = body as KubeObject;
  const owner = controllerOf(object);
  const isKept = key.kind === 'PersistentVolumeClaim' && object.metadata.annotations?.[RETENTION] === 'Retain';
  if (!owner) return isKept ? [] : ['it has no owner'];
  if (isKept) return ['a claim that is to be kept has an owner, with which it would be deleted'];
  if (caches.some(({ metadata }) => metadata.uid === owner.uid && metadata.name === owner.name)) return [];
  return [`its owner ${owner.name} (${owner.uid}) is not there`];
}

const storageOf = (claim: Claim | undefined) => claim?.spec?.resources?.requests?.storage;

function smaller({ key, body }: Write, { before }: Facts): string[] {
  if (key.kind !== 'PersistentVolumeClaim' || key.operation === 'DELETE') return [];
  const [wanted, has] = [storageOf(body as Claim), storageOf(before as Claim | undefined)];
  if (wanted === undefined || has === undefined || !isQuantity(wanted) || !isQuantity(has)) return [];
  return compareQuantities(wanted, has) < 0 ? [`it makes a volume of ${has} one of ${wanted}`] : [];
}

/** A cache that goes while a child of it is being deleted takes nothing away from the right to do so: the child would go with it. */
function wrongDelete(before: KubeObject, { caches }: Facts): string[] {
  const owner = controllerOf(before);
  if (owner && caches.some(({ metadata }) => metadata.uid === owner.uid)) return [];
  return [`the object belongs to ${owner ? `${owner.name} (${owner.uid}), which is not there` : 'nobody'}`];
}

/** A claim that holds data goes only when it is to be deleted with its environment, and the environment is gone. */
function wrongClaimDelete(before: Claim, live: readonly KubeObject[]): string[] {
  const owner = controllerOf(before);
  const cacheName = before.metadata.labels?.[INSTANCE];
  const cache = live.find(({ metadata }) => (owner ? metadata.uid === owner.uid : metadata.name === cacheName));
  if (!cache) return ['it deletes a volume of a cache that is not there'];
  if (before.status?.phase === 'Pending') return [];
  if (!owner || before.metadata.annotations?.[RETENTION] !== 'Delete')
    return ['it deletes a volume that is to be kept'];
  return wantsClaim(cache as GoProxyCache & KubeObject, before.metadata.name)
    ? ['it deletes a volume that the spec asks for']
    : [];
}

/** Whether a spec asks for a volume of this name: read off the spec itself, not with the code under test. */
function wantsClaim({ metadata, spec }: GoProxyCache & KubeObject, claim: string): boolean {
  const { environments = [{ name: 'prod' }], storage: common } = (spec ?? {}) as {
    environments?: { name: string; storage?: { type?: string }; canary?: { storage?: { type?: string } } }[];
    storage?: { type?: string };
  };
  return environments.some(({ name, storage, canary }) => {
    const own = storage ?? common;
    if (claim === `${metadata.name}--${name}`) return own?.type !== 'EmptyDir';
    if (!canary || claim !== `${metadata.name}--${name}--canary`) return false;
    return (canary.storage ?? own)?.type !== 'EmptyDir';
  });
}
