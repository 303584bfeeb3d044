import type { ApiObject } from 'cdk8s';

/** Annotations of Argo CD (argo-cd: docs/user-guide/sync-waves.md, docs/user-guide/sync-options.md). */
export const SYNC_WAVE = 'argocd.argoproj.io/sync-wave';
const SYNC_OPTIONS = 'argocd.argoproj.io/sync-options';
const COMPARE_OPTIONS = 'argocd.argoproj.io/compare-options';

/** When an object is applied: what others need comes first. What has no wave is in the last of these, for Argo CD too. */
export const WAVE = { kindsAndNamespaces: -2, operator: -1, caches: 0 } as const;

/** These take everything below with them when they are deleted, volumes too: a person may do that, a sync may not. */
const KEPT = ['CustomResourceDefinition', 'Namespace'];

/** Marks an object of the operator's installation, or a namespace. */
export function markInstalled(object: ApiObject): void {
  const kept = KEPT.includes(object.kind);
  object.metadata.addAnnotation(SYNC_WAVE, String(kept ? WAVE.kindsAndNamespaces : WAVE.operator));
  if (!kept) return;
  object.metadata.addAnnotation(SYNC_OPTIONS, 'Prune=false,Delete=false');
  // Kept when it leaves git, it is no difference: the Application would be OutOfSync until somebody deletes it.
  object.metadata.addAnnotation(COMPARE_OPTIONS, 'IgnoreExtraneous');
}

/** Of a custom resource: before the very first sync its kind is not there, and a dry run of all would fail. */
export const CACHE_ANNOTATIONS = {
  [SYNC_WAVE]: String(WAVE.caches),
  [SYNC_OPTIONS]: 'SkipDryRunOnMissingResource=true',
};
