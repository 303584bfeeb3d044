import { OWN_HEADER, TAKEN_HEADER } from '../patterns.ts';
import type { Rule } from './forms.ts';
import { isOwnHeader, isTakenHeader, resourceRules, sizeRule, nameRule, imageRule, cidrRule } from './forms.ts';
import { authRules } from './auth.ts';

/** Of the gateway. */
export const gatewayRules: Rule[] = [
  imageRule('spec.gateway.image'),
  ...resourceRules('spec.gateway.resources'),
  {
    path: 'spec.gateway',
    field: 'envoy',
    cel: "!has(self.envoy) || (has(self.type) && self.type == 'Envoy')",
    check: (self: { type?: string; envoy?: object }) => self.envoy === undefined || self.type === 'Envoy',
    message: 'envoy goes with type Envoy: write type: Envoy, or leave envoy out',
  },
  imageRule('spec.gateway.envoy.image'),
  ...resourceRules('spec.gateway.envoy.resources'),
  sizeRule('spec.gateway.cache.size'),
  {
    path: 'spec.gateway.clientAddress',
    field: 'trustedCIDRs',
    cel: "(self.source != 'Connection') == has(self.trustedCIDRs)",
    check: (self: { source: string; trustedCIDRs?: string[] }) =>
      (self.source !== 'Connection') === (self.trustedCIDRs !== undefined),
    message:
      'trustedCIDRs goes with source XForwardedFor or ProxyProtocol: name the addresses of the load balancers in front, or choose Connection and leave trustedCIDRs out',
  },
  cidrRule('spec.gateway.clientAddress.trustedCIDRs'),
  {
    path: 'spec.gateway.routing.order',
    cel: 'self.all(a, self.exists_one(b, b == a))',
    check: (self: string[]) => new Set(self).size === self.length,
    message: 'order must name each way once: leave the second one out',
  },
  {
    path: 'spec.gateway.routing.header',
    cel: `self.matches('${OWN_HEADER}') && !self.lowerAscii().matches('${TAKEN_HEADER}')`,
    check: (self: string) => isOwnHeader(self) && !isTakenHeader(self.toLowerCase()),
    message:
      'header must start with X- and be none that proxies use (X-Forwarded-For, X-Real-IP, X-Request-Id, ...): write for example X-Env',
  },
  cidrRule('spec.gateway.allowedCIDRs'),
  {
    path: 'spec.gateway.limits',
    field: 'burst',
    cel: '!has(self.burst) || has(self.requestsPerSecond)',
    check: (self: { burst?: number; requestsPerSecond?: number }) =>
      self.burst === undefined || self.requestsPerSecond !== undefined,
    message: 'burst goes with requestsPerSecond: set requestsPerSecond, or leave burst out',
  },
  ...authRules,
  nameRule('spec.gateway.tls.secretRef.name', 'a Secret'),
];
