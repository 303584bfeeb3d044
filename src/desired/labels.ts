/**
 * Labels of a cache's objects: a fixed set. Those of the custom resource are not copied, since Argo CD would take the children
 * for its own and prune them (facts: argocd-operator#414, argo-cd#8683).
 */
export const MANAGER = 'goproxycache-operator';
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const INSTANCE = 'app.kubernetes.io/instance';
export const COMPONENT = 'app.kubernetes.io/component';
export const ENVIRONMENT = 'goproxycache.io/environment';
/** On a PersistentVolumeClaim: what becomes of it when the environment goes. */
export const RETENTION = 'goproxycache.io/retention';

/** A canary is a component of its own: a Deployment's selector cannot change, and `engine` would match both engines' pods. */
export type EngineComponent = 'engine' | 'canary';
export type Component = 'gateway' | EngineComponent;

/** What a selector of pods matches: never changes during the life of a Deployment. */
export const selectorLabels = (cache: string, component: Component, environment?: string): Record<string, string> => ({
  'app.kubernetes.io/name': 'goproxycache',
  [INSTANCE]: cache,
  [COMPONENT]: component,
  ...(environment !== undefined && { [ENVIRONMENT]: environment }),
});

export const objectLabels = (cache: string, component?: Component, environment?: string): Record<string, string> => ({
  ...(component === undefined
    ? { 'app.kubernetes.io/name': 'goproxycache', [INSTANCE]: cache }
    : selectorLabels(cache, component, environment)),
  [MANAGED_BY]: MANAGER,
});
