import * as z from 'zod';
import { annotations, atMost, ATOMIC, objectName, text } from './fields.ts';

export const exposure = z.strictObject({
  service: z
    .strictObject({
      type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).default('ClusterIP').describe('Type of the Service.'),
      annotations: annotations()
        .optional()
        .describe('Annotations of the Service, for example for a cloud load balancer.'),
    })
    .prefault({})
    .describe('The Service of the gateway. It has the name of the cache and listens on port 80.'),
  ingress: z
    .strictObject({
      ingressClassName: objectName()
        .optional()
        .describe("Class of the Ingress. Left out: the cluster's default class."),
      annotations: annotations().optional().describe('Annotations of the Ingress.'),
      tlsSecretName: objectName()
        .optional()
        .describe('Secret of type kubernetes.io/tls for the host names of the environments.'),
    })
    .optional()
    .describe(
      'An Ingress in front of the gateway, for the host names of the environments, or for every host when there are none.',
    ),
  gatewayAPI: z
    .strictObject({
      parentRefs: z
        .array(
          z
            .strictObject({
              name: objectName().describe('Name of the Gateway.'),
              namespace: text(63)
                .optional()
                .describe(
                  'Namespace of the Gateway, which decides itself whom it admits (allowedRoutes). Left out: the namespace of the cache.',
                ),
              sectionName: objectName().optional().describe('Name of one listener of the Gateway.'),
            })
            .describe('A Gateway to attach to.'),
        )
        .min(1)
        .max(8)
        .describe('The Gateways to attach to.')
        .meta(ATOMIC),
    })
    .optional()
    .describe('An HTTPRoute of the Gateway API in front of the gateway.'),
});

export const monitoring = z.strictObject({
  serviceMonitor: z
    .strictObject({
      intervalSeconds: z
        .int()
        .min(5)
        .max(3600)
        .optional()
        .describe("Seconds between two scrapes. Left out: Prometheus' own setting."),
      labels: z
        .record(z.string(), atMost(63, z.string()))
        .refine((map) => Object.keys(map).length <= 16, { error: 'must have at most 16 entries' })
        .meta({ maxProperties: 16 })
        .optional()
        .describe(
          'Labels of the ServiceMonitor by which your Prometheus chooses it (its serviceMonitorSelector), for example release: kube-prometheus-stack.',
        ),
    })
    .optional()
    .describe('A ServiceMonitor of the prometheus-operator for the metrics of the gateway. Left out: none.'),
});
