import type { Rule } from './forms.ts';
import { nameRule, annotationRule, labelRule } from './forms.ts';
import type { EnvironmentInput } from './environments.ts';

/** Of how the gateway is reached and watched. */
export const exposureRules: Rule[] = [
  annotationRule('spec.exposure.service.annotations'),
  annotationRule('spec.exposure.ingress.annotations'),
  nameRule('spec.exposure.ingress.ingressClassName', 'an IngressClass'),
  nameRule('spec.exposure.ingress.tlsSecretName', 'a Secret'),
  nameRule('spec.exposure.gatewayAPI.parentRefs[].name', 'a Gateway'),
  nameRule('spec.exposure.gatewayAPI.parentRefs[].namespace', 'a Namespace'),
  nameRule('spec.exposure.gatewayAPI.parentRefs[].sectionName', 'a listener'),
  labelRule('spec.monitoring.serviceMonitor.labels'),
  {
    path: 'spec',
    field: 'exposure.ingress.tlsSecretName',
    cel: '!has(self.exposure) || !has(self.exposure.ingress) || !has(self.exposure.ingress.tlsSecretName) || (has(self.environments) && self.environments.exists(e, has(e.hostnames) && e.hostnames.size() > 0))',
    check: (self: { exposure?: { ingress?: { tlsSecretName?: string } }; environments?: EnvironmentInput[] }) =>
      self.exposure?.ingress?.tlsSecretName === undefined ||
      (self.environments ?? []).some((e) => (e.hostnames ?? []).length > 0),
    message: 'tlsSecretName needs a host name to serve: give an environment hostnames, or leave tlsSecretName out',
  },
  {
    path: 'spec',
    field: 'gateway.tls.plainHTTP',
    cel:
      "!has(self.gateway) || !has(self.gateway.tls) || (has(self.gateway.tls.plainHTTP) && self.gateway.tls.plainHTTP == 'Enabled') || " +
      '!has(self.exposure) || (!has(self.exposure.ingress) && !has(self.exposure.gatewayAPI))',
    check: (self: {
      gateway?: { tls?: { plainHTTP?: string } };
      exposure?: { ingress?: object; gatewayAPI?: object };
    }) =>
      self.gateway?.tls === undefined ||
      self.gateway.tls.plainHTTP === 'Enabled' ||
      (self.exposure?.ingress === undefined && self.exposure?.gatewayAPI === undefined),
    message:
      'plainHTTP must be Enabled beside an Ingress or an HTTPRoute, which end TLS themselves and ask the gateway over http: write plainHTTP: Enabled, or leave gateway.tls out',
  },
];
