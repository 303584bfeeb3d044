import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { EffectiveSpec } from '../api/effective.ts';
import { objectLabels, selectorLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { gatewayName, PORTS } from './names.ts';

/**
 * A ServiceMonitor for the metrics of the gateway pods, and a Service of their status port for it to find: the Service that clients use
 * may be open to the world, so it does not get that port.
 */
export function serviceMonitor(cache: string, namespace: string, spec: EffectiveSpec): Manifest[] {
  const wanted = spec.serviceMonitor;
  if (!wanted) return [];
  const name = gatewayName(cache);
  const { intervalSeconds } = wanted;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, labels: objectLabels(cache, 'gateway') },
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        selector: selectorLabels(cache, 'gateway'),
        // A pod that is not ready is the one to look at.
        publishNotReadyAddresses: true,
        ports: [{ name: 'status', port: PORTS.gatewayStatus, targetPort: 'status', protocol: 'TCP' }],
      } satisfies V1ServiceSpec,
    },
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'ServiceMonitor',
      metadata: { name, namespace, labels: { ...wanted.labels, ...objectLabels(cache, 'gateway') } },
      spec: {
        selector: { matchLabels: selectorLabels(cache, 'gateway') },
        endpoints: [{ port: 'status', ...(intervalSeconds !== undefined && { interval: `${intervalSeconds}s` }) }],
      },
    },
  ];
}
