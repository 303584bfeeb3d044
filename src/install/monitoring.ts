import type { V1ServiceSpec } from '@kubernetes/client-node';
import { HEALTH_PORT, LABELS, NAME, SELECTOR } from './names.ts';
import type { Installation } from './options.ts';

/** A Service of the port that has the metrics, and a ServiceMonitor when one is wanted. */
export function monitoring({ namespace, serviceMonitor }: Installation): object[] {
  const { enabled, interval, labels } = serviceMonitor;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME, namespace, labels: LABELS },
      spec: {
        type: 'ClusterIP',
        selector: SELECTOR,
        ports: [{ name: 'health', port: HEALTH_PORT, targetPort: 'health', protocol: 'TCP' }],
      } satisfies V1ServiceSpec,
    },
    ...(enabled
      ? [
          {
            apiVersion: 'monitoring.coreos.com/v1',
            kind: 'ServiceMonitor',
            metadata: { name: NAME, namespace, labels: { ...labels, ...LABELS } },
            spec: {
              selector: { matchLabels: SELECTOR },
              endpoints: [{ port: 'health', ...(interval !== undefined && { interval }) }],
            },
          },
        ]
      : []),
  ];
}
