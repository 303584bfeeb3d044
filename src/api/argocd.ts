import { dump } from 'js-yaml';
import { GROUP, KIND } from './types.ts';

/** The scripts of argocd/resource_customizations/goproxycache.io/GoProxyCache. */
export interface ArgoScripts {
  health: string;
  discovery: string;
  /** By the name of the action. */
  actions: Record<string, string>;
}

/** The same scripts as keys of argocd-cm, for an Argo CD that does not know the resource: a whole ConfigMap, to be merged into that one. */
export function argocdConfigMap({ health, discovery, actions }: ArgoScripts): string {
  const definitions = Object.entries(actions).map(([name, script]) => ({ name, 'action.lua': script }));
  return dump(
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'argocd-cm',
        namespace: 'argocd',
        labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' },
      },
      data: {
        [`resource.customizations.health.${GROUP}_${KIND}`]: health,
        [`resource.customizations.actions.${GROUP}_${KIND}`]: dump(
          { 'discovery.lua': discovery, definitions },
          { lineWidth: -1 },
        ),
      },
    },
    { lineWidth: -1 },
  );
}
