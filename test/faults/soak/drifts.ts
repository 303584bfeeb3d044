/** What others do to the objects of a cache. */
import { isConflict, isNotFound } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resourceOf } from '../../../src/kube/paths.ts';
import { INSTANCE, MANAGED_BY } from '../../../src/desired/labels.ts';
import type { Lane } from '../bed/lane.ts';

export const DRIFTS = ['deleted', 'changed', 'other label', 'label gone'] as const;
export type Drift = (typeof DRIFTS)[number];

/** Does it to one of the objects that the cache of a namespace owns; which one, `pick` says. Nothing when there is none, or it has just gone. */
export async function drift(lane: Lane, namespace: string, what: Drift, pick: number): Promise<void> {
  const children = [...lane.state(namespace)]
    .filter(([, child]) => isOwned(child))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const [, child] = children[Math.floor(pick * children.length)] ?? [];
  if (!child) return;
  try {
    if (what === 'deleted')
      await lane.client.remove(resourceOf(child), child.metadata, { uid: child.metadata.uid ?? '' });
    else await lane.client.mergePatch(resourceOf(child), child.metadata, patchOf(child, what));
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

/** No claim has an owner; to delete one is to lose what is in it. */
const isOwned = ({ metadata: { ownerReferences = [], deletionTimestamp } }: KubeObject): boolean =>
  deletionTimestamp === undefined && ownerReferences.some(({ kind }) => kind === 'GoProxyCache');

function patchOf(child: KubeObject, what: Exclude<Drift, 'deleted'>): object {
  if (what === 'label gone') return { metadata: { labels: { [MANAGED_BY]: null } } };
  if (what === 'changed' && child.kind === 'Deployment') return { spec: { replicas: 7 } };
  if (what === 'changed' && child.kind === 'ConfigMap')
    return { data: { [Object.keys((child as { data?: object }).data ?? {})[0] ?? 'more']: 'changed by hand' } };
  return { metadata: { labels: { [INSTANCE]: 'of-another' } } };
}
