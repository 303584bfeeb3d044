import { DNS_LABEL, MODULE_PATTERN, SECRET_KEY } from '../patterns.ts';
import type { Rule } from './forms.ts';
import { nameRule, formRule, printableRule, visibleRule, claimRule } from './forms.ts';

export const accessRules: Rule[] = [
  claimRule('spec.environments[].access.requiredClaims[].claim'),
  printableRule('spec.environments[].access.requiredClaims[].values[]', 'values', 'core'),
];

interface AuthInput {
  environments?: { access?: object }[];
  gateway?: { auth?: object; tls?: object };
  exposure?: { ingress?: { tlsSecretName?: string }; gatewayAPI?: object };
}

export const authRules: Rule[] = [
  formRule(
    'spec.gateway.auth.jwt[].name',
    DNS_LABEL,
    "name must be a DNS label, of lower-case letters, digits and '-', that starts with a letter: write for example ci",
  ),
  visibleRule('spec.gateway.auth.jwt[].issuer', 'issuer', 'https://idp.acme.example'),
  visibleRule('spec.gateway.auth.jwt[].audiences[]', 'audiences', 'goproxy'),
  claimRule('spec.gateway.auth.jwt[].roleClaim'),
  nameRule('spec.gateway.auth.jwt[].jwks.secretRef.name', 'a Secret'),
  formRule(
    'spec.gateway.auth.jwt[].jwks.secretRef.key',
    SECRET_KEY,
    "key must be a key of a Secret: letters, digits and '-', '_', '.': write for example jwks.json",
  ),
  {
    path: 'spec.gateway.auth.jwt',
    cel: 'self.all(j, self.exists_one(k, k.issuer == j.issuer))',
    check: (self: { issuer: string }[]) => new Set(self.map(({ issuer }) => issuer)).size === self.length,
    message: 'jwt cannot have two entries of one issuer: put their audiences into one, and their keys into one JWKS',
  },
  {
    path: 'spec.gateway',
    field: 'limits.key',
    cel: "!has(self.limits) || !has(self.limits.key) || self.limits.key != 'Subject' || has(self.auth)",
    check: (self: { limits?: { key?: string }; auth?: object }) =>
      self.limits?.key !== 'Subject' || self.auth !== undefined,
    message: 'key of Subject needs auth, which says whose token it is: add gateway.auth, or choose ClientAddress',
  },
  {
    path: 'spec',
    field: 'gateway.auth',
    cel:
      '!has(self.gateway) || !has(self.gateway.auth) || has(self.gateway.tls) || (has(self.exposure) && ' +
      '(has(self.exposure.gatewayAPI) || (has(self.exposure.ingress) && has(self.exposure.ingress.tlsSecretName))))',
    check: ({ gateway, exposure }: AuthInput) =>
      gateway?.auth === undefined ||
      gateway.tls !== undefined ||
      exposure?.gatewayAPI !== undefined ||
      exposure?.ingress?.tlsSecretName !== undefined,
    message:
      'auth needs TLS, since the go command sends a token over https only: add gateway.tls, exposure.ingress.tlsSecretName, or a Gateway that ends TLS',
  },
  {
    path: 'spec',
    field: 'environments',
    cel: '!has(self.environments) || self.environments.all(e, !has(e.access)) || (has(self.gateway) && has(self.gateway.auth))',
    check: ({ environments = [], gateway }: AuthInput) =>
      gateway?.auth !== undefined || environments.every(({ access }) => access === undefined),
    message:
      'access of environments needs gateway.auth, which says who somebody is: add gateway.auth, or leave access out',
  },
];

export const privateModuleRules: Rule[] = [
  formRule(
    'spec.privateModules[].name',
    DNS_LABEL,
    "name must be a DNS label, of lower-case letters, digits and '-', that starts with a letter: write for example acme",
  ),
  formRule(
    'spec.privateModules[].patterns[]',
    MODULE_PATTERN,
    'patterns must be module paths, maybe with one * in an element, without https:// and a slash at the end: write for example git.acme.example/* or github.com/acme',
  ),
];
