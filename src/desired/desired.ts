import type { EffectiveSpec } from '../api/effective.ts';
import { engineDeployment, engines, engineService } from './engine.ts';
import { httpRoute, ingress } from './exposure.ts';
import {
  gatewayConfigMap,
  gatewayDeployment,
  gatewayDisruptionBudget,
  gatewayPeersService,
  gatewayService,
} from './gateway.ts';
import { objectLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { serviceMonitor } from './monitoring.ts';
import { serviceAccountName } from './names.ts';
import { engineNetworkPolicy, gatewayNetworkPolicy } from './network.ts';
import { claim } from './storage.ts';

/**
 * Every object of a cache, in the order in which they are created: what others need comes first. Pure: the same spec gives
 * the same bytes, with no cluster, clock or chance involved. The operator applies the list, `render` prints it.
 */
export function desired(cache: string, namespace: string, spec: EffectiveSpec): Manifest[] {
  const all = engines(cache, spec);
  return [
    serviceAccount(cache, namespace),
    ...all.flatMap((engine) => claim(cache, namespace, engine)),
    ...all.map((engine) => engineService(cache, namespace, engine)),
    gatewayService(cache, namespace, spec),
    ...gatewayPeersService(cache, namespace, spec),
    gatewayConfigMap(cache, namespace, spec),
    ...all.map((engine) => engineNetworkPolicy(cache, namespace, engine)),
    gatewayNetworkPolicy(cache, namespace, spec),
    ...gatewayDisruptionBudget(cache, namespace, spec),
    ...all.map((engine) => engineDeployment(cache, namespace, spec, engine)),
    gatewayDeployment(cache, namespace, spec),
    ...ingress(cache, namespace, spec),
    ...httpRoute(cache, namespace, spec),
    ...serviceMonitor(cache, namespace, spec),
  ];
}

/** An account without rights or token for all pods, so that they do not run as the namespace's default one. */
const serviceAccount = (cache: string, namespace: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: serviceAccountName(cache), namespace, labels: objectLabels(cache) },
  automountServiceAccountToken: false,
});
