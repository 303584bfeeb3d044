import { INSTANCE, selectorLabels } from '../desired/labels.ts';
import { PORTS } from '../desired/names.ts';
import { HEALTH_PORT, LABELS, NAME, SELECTOR } from './names.ts';
import type { Installation } from './options.ts';

/**
 * In: probes and metrics. Out: the API server, the status port of gateways (docs/decisions/0007), DNS. The address of an API server is
 * not known here, so its ports are open to every address.
 */
export function networkPolicy({ namespace, networkPolicy, watchNamespaces }: Installation): object[] {
  if (!networkPolicy.enabled) return [];
  const gateways = Object.entries(selectorLabels('', 'gateway')).filter(([label]) => label !== INSTANCE);
  const namespaceSelector =
    watchNamespaces.length === 0
      ? {}
      : { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: watchNamespaces }] };
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: NAME, namespace, labels: LABELS },
      spec: {
        podSelector: { matchLabels: SELECTOR },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: HEALTH_PORT, protocol: 'TCP' }] }],
        egress: [
          { ports: networkPolicy.apiServerPorts.map((port) => ({ port, protocol: 'TCP' })) },
          {
            to: [{ namespaceSelector, podSelector: { matchLabels: Object.fromEntries(gateways) } }],
            ports: [{ port: PORTS.gatewayStatus, protocol: 'TCP' }],
          },
          {
            ports: [
              { port: 53, protocol: 'UDP' },
              { port: 53, protocol: 'TCP' },
            ],
          },
        ],
      },
    },
  ];
}
