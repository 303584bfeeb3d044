/** What somebody else does to a child. */
import { randomUUID } from 'node:crypto';
import { INSTANCE, MANAGED_BY } from '../../../src/desired/labels.ts';
import type { KubeObject, OwnerReference } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { APPLIED } from '../../../src/reconcile/ownership.ts';
import { others } from '../bed/resources.ts';
import { controllerOf } from '../../../src/kube/objects.ts';
import { keyText } from '../proxy/key.ts';
import { additions, changes, removals } from './mutations.ts';
import type { Site, Struck } from './site.ts';
import { heals, isCollected, live, put, refOf, remove, seen, tells, withChild } from './site.ts';
import { sweep } from './sweep.ts';

export interface Corruption {
  readonly name: string;
  /** Which children it is for; all when absent. */
  readonly of?: (child: KubeObject) => boolean;
  strike(site: Site): Promise<Struck>;
}

const CLAIM = 'PersistentVolumeClaim';
const isClaim = ({ kind }: KubeObject) => kind === CLAIM;
const isDeployment = ({ kind }: KubeObject) => kind === 'Deployment';
const isOwned = (child: KubeObject) => controllerOf(child) !== undefined;
const FINALIZER = 'drift.example.com/hold';
/** A foreign object has no label of ours, so that no watch tells of its end: such a cache is looked at every 15 s. */
const UNWATCHED_MS = 20_000;
/** In every namespace. */
const OTHER = { apiVersion: 'v1', kind: 'ServiceAccount', name: 'default' } as const;

type Meta = KubeObject['metadata'];
const withMeta =
  (change: (metadata: Meta) => Partial<Meta>) =>
  (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, ...change(object.metadata) } });
const without = (record: Readonly<Record<string, string>> = {}, ...names: string[]) =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));

/** Controllers of Kubernetes keep notes of their own in annotations. */
const notOurs = (annotations: Readonly<Record<string, string>> = {}) =>
  without(annotations, ...Object.keys(annotations).filter((name) => name.startsWith('goproxycache.io/')));

/** One that is done to the metadata, and mended. */
const mended = (name: string, change: (metadata: Meta) => Partial<Meta>, of?: Corruption['of']): Corruption => ({
  name,
  ...(of && { of }),
  strike: async (site) => {
    await put(site, withMeta(change));
    return { problems: await heals(site) };
  },
});

/** An owner that is not there has the child collected, unless the operator comes first. */
const disowned = (name: string, change: () => Partial<OwnerReference>): Corruption => ({
  name,
  of: isOwned,
  strike: async (site) => {
    const { metadata } = await put(
      site,
      withMeta(({ ownerReferences = [] }) => ({
        ownerReferences: ownerReferences.map((owner) => ({ ...owner, ...change() })),
      })),
    );
    const late = await isCollected(site, metadata.uid);
    return { problems: [...late, ...(await heals(site))] };
  },
});

/** A volume that a pod uses is not gone when it is deleted: the message says how it goes, and what is lost. */
async function removed(site: Site): Promise<Struck> {
  await remove(site);
  if (site.resource.kind !== CLAIM) return { problems: await heals(site) };
  const problems = await tells(site, /^ClaimDeleting: PersistentVolumeClaim .* then delete the engine's pod/);
  await removePods(site);
  return { problems: [...problems, ...(await heals(site))] };
}

/** Of the Deployment that has the name of the child. */
const replicaSetsOf = (site: Site): KubeObject[] =>
  [...site.lane.state(site.namespace).values()].filter(
    (object) => object.kind === 'ReplicaSet' && controllerOf(object)?.name === refOf(site).name,
  );

/** Of an engine: its Deployment, its pods and its claim have one name. */
async function removePods(site: Site): Promise<void> {
  const { lane, somebody, namespace } = site;
  const sets = replicaSetsOf(site);
  const pods = [...lane.state(namespace).values()].filter(
    (object) => object.kind === 'Pod' && sets.some(({ metadata }) => controllerOf(object)?.uid === metadata.uid),
  );
  await Promise.all(pods.map(({ metadata }) => somebody.remove(resources.Pod, metadata, { uid: metadata.uid ?? '' })));
}

/** Whose it says it is, it is not ours: nothing is written to it until it says so again. */
async function leftAlone(site: Site, change: (object: KubeObject) => KubeObject): Promise<string[]> {
  const { lane, namespace, resource } = site;
  await put(site, change);
  const told = await tells(site, /^NameClash: .* exists and belongs to somebody else/);
  const written = lane.proxy
    .seen(namespace)
    .filter(({ key, status = 0 }) => key.kind === resource.kind && key.name === refOf(site).name && status < 300);
  return [...told, ...written.map(({ key }) => `${keyText(key)} was done to what is somebody else's`)];
}

export const corruptions: readonly Corruption[] = [
  { name: 'deleted', strike: removed },
  {
    name: 'deleted in the foreground',
    of: (child) => !isClaim(child),
    strike: async (site) => {
      const { uid } = (await live(site)).metadata;
      await remove(site, 'Foreground');
      const late = await isCollected(site, uid);
      return { problems: [...late, ...(await heals(site))] };
    },
  },
  {
    name: 'deleted, and held by a finalizer',
    of: (child) => !isClaim(child),
    strike: async (site) => {
      await put(
        site,
        withMeta(({ finalizers = [] }) => ({ finalizers: [...finalizers, FINALIZER] })),
      );
      await remove(site);
      const told = await tells(site, new RegExp(`${site.resource.kind} .* is being deleted`));
      await put(
        site,
        withMeta(({ finalizers = [] }) => ({ finalizers: finalizers.filter((f) => f !== FINALIZER) })),
      );
      return { problems: [...told, ...(await heals(site))] };
    },
  },
  { name: 'its fields changed', strike: (site) => sweep(site, changes) },
  { name: 'its fields removed', strike: (site) => sweep(site, removals) },
  { name: 'more added to its fields', strike: (site) => sweep(site, additions) },
  mended('labels stomped', ({ labels = {} }) => ({
    labels: Object.fromEntries(Object.keys(labels).map((name) => [name, 'stomped'])),
  })),
  mended('labels removed', () => ({ labels: {} })),
  mended('labels of selectors removed', ({ labels }) => ({ labels: without(labels, INSTANCE, MANAGED_BY) })),
  disowned("owner's UID changed", () => ({ uid: randomUUID() })),
  disowned("owner's name changed", () => ({ name: 'other' })),
  mended(
    'owner no longer the controller',
    ({ ownerReferences = [] }) => ({
      ownerReferences: ownerReferences.map((owner) => ({ ...owner, controller: false })),
    }),
    isOwned,
  ),
  mended('owner removed', () => ({ ownerReferences: [] }), isOwned),
  mended('hash removed', ({ annotations }) => ({ annotations: without(annotations, APPLIED) })),
  mended('hash faked', ({ annotations }) => ({ annotations: { ...annotations, [APPLIED]: 'faked' } })),
  mended('our annotations removed', ({ annotations }) => ({ annotations: notOurs(annotations) })),
  {
    name: 'decorated by somebody',
    strike: async (site) => {
      // Applied anew because of the hash, and what is somebody's stays all the same.
      const kept = await put(
        site,
        withMeta(({ labels, annotations = {}, finalizers = [] }) => ({
          labels: { ...labels, 'drift.example.com/label': 'kept' },
          annotations: { ...annotations, [APPLIED]: 'faked', 'drift.example.com/annotation': 'kept' },
          finalizers: [...finalizers, FINALIZER],
        })),
      );
      const applied = hashOf(site);
      const whole = withMeta(({ annotations }) => ({ annotations: { ...annotations, [APPLIED]: applied } }))(kept);
      return { problems: await heals(site, withChild(site, whole)), kept: whole };
    },
  },
  {
    name: 'taken over by another manager',
    strike: async (site) => {
      const { metadata, ...content } = await live(site);
      const { name, namespace, labels = {}, annotations, ownerReferences } = metadata;
      const stored = await site.somebody.apply(site.resource, {
        ...content,
        metadata: {
          name,
          ...(namespace !== undefined && { namespace }),
          labels: { ...labels, [INSTANCE]: 'taken' },
          ...(annotations && { annotations }),
          ...(ownerReferences && { ownerReferences }),
        },
      });
      await seen(site, stored);
      return { problems: await heals(site) };
    },
  },
  {
    name: 'controlled by somebody else for a while',
    strike: async (site) => {
      const { uid = '' } = (await site.somebody.get(resources.ServiceAccount, { ...refOf(site), name: OTHER.name }))
        .metadata;
      const owners = (await live(site)).metadata.ownerReferences;
      const told = await leftAlone(
        site,
        withMeta(() => ({ ownerReferences: [{ ...OTHER, uid, controller: true }] })),
      );
      await put(
        site,
        withMeta(() => ({ ownerReferences: owners ?? [] })),
      );
      return { problems: [...told, ...(await heals(site))] };
    },
  },
  {
    name: "somebody's own of this name for a while",
    strike: async (site) => {
      const { labels, annotations, ownerReferences = [] } = (await live(site)).metadata;
      const told = await leftAlone(
        site,
        withMeta(() => ({ labels: {}, annotations: notOurs(annotations), ownerReferences: [] })),
      );
      if (site.resource.kind === CLAIM)
        await put(
          site,
          withMeta(() => ({ labels: labels ?? {}, annotations: annotations ?? {}, ownerReferences })),
        );
      else await remove(site);
      return { problems: [...told, ...(await heals(site, site.before, UNWATCHED_MS))] };
    },
  },
  {
    name: 'grown',
    of: isClaim,
    strike: async (site) => {
      const kept = await put(site, (claim) => ({
        ...claim,
        spec: { ...(claim.spec as object), resources: { requests: { storage: '999Gi' } } },
      }));
      const told = await tells(site, /^CannotShrink: .* has 999Gi and a volume never shrinks/);
      // Its size is part of what is applied from now on.
      const hash = (await live(site)).metadata.annotations?.[APPLIED] ?? '';
      const grown = withMeta(({ annotations }) => ({ annotations: { ...annotations, [APPLIED]: hash } }))(kept);
      return { problems: [...told, ...(await heals(site, withChild(site, grown)))], kept: grown, isForGood: true };
    },
  },
  {
    name: 'scaled',
    of: isDeployment,
    strike: async (site) => {
      const { somebody, resource } = site;
      await somebody.mergePatch(resource, refOf(site), { spec: { replicas: 7 } }, { subresource: 'scale' });
      await seen(site, await live(site));
      return { problems: await heals(site) };
    },
  },
  {
    name: 'pods deleted',
    of: isDeployment,
    strike: async (site) => {
      await removePods(site);
      return { problems: await heals(site) };
    },
  },
  {
    name: 'ReplicaSets deleted',
    of: isDeployment,
    strike: async (site) => {
      for (const { metadata } of replicaSetsOf(site))
        await site.somebody.remove(others.ReplicaSet, metadata, { uid: metadata.uid ?? '' });
      return { problems: await heals(site) };
    },
  },
];

/** What the operator writes as the hash. */
function hashOf(site: Site): string {
  const { marks } = site.before.get(site.key) as { marks: { applied?: string } };
  return marks.applied ?? '';
}
