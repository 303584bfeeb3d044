import type { EffectiveSpec } from '../api/effective.ts';
import type { Engine } from './engine.ts';
import { gatewayPorts } from './gateway.ts';
import { objectLabels, selectorLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { gatewayName, PORTS } from './names.ts';

/**
 * Written as plain JSON and sent as such: client-node's typed serialiser knows the field `from` as `_from` and would send a
 * policy that admits everybody (kubernetes-client/javascript#2962).
 */
const policy = (
  name: string,
  namespace: string,
  labels: Record<string, string>,
  podSelector: Record<string, string>,
  ingress: object[],
): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace, labels },
  spec: { podSelector: { matchLabels: podSelector }, policyTypes: ['Ingress'], ingress },
});

/** Only the gateway talks to an engine: nobody passes by limits and cache. */
export const engineNetworkPolicy = (
  cache: string,
  namespace: string,
  { name, component, environment }: Engine,
): Manifest =>
  policy(
    name,
    namespace,
    objectLabels(cache, component, environment.name),
    selectorLabels(cache, component, environment.name),
    [
      {
        from: [{ podSelector: { matchLabels: selectorLabels(cache, 'gateway') } }],
        ports: [{ port: PORTS.engine, protocol: 'TCP' }],
      },
    ],
  );

/** Everybody may ask the gateway. The status port is open too: the operator reads it, and it tells no secret. */
export const gatewayNetworkPolicy = (cache: string, namespace: string, spec: EffectiveSpec): Manifest =>
  policy(gatewayName(cache), namespace, objectLabels(cache, 'gateway'), selectorLabels(cache, 'gateway'), [
    {
      ports: Object.values(gatewayPorts(spec)).map((port) => ({ port, protocol: 'TCP' })),
    },
    ...(spec.gateway.cache.sharing === 'None'
      ? []
      : [
          {
            from: [{ podSelector: { matchLabels: selectorLabels(cache, 'gateway') } }],
            ports: [{ port: PORTS.gatewayPeers, protocol: 'TCP' }],
          },
        ]),
  ]);
