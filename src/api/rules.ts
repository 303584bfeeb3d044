import { isCIDR } from './cidr.ts';
import { compareQuantities, isQuantity } from './quantity.ts';
import {
  ANNOTATION,
  CLAIM,
  DNS_LABEL,
  HEADER_VALUE,
  HOSTNAME,
  HOST_LENGTH,
  IMAGE,
  LABEL_KEY,
  LABEL_VALUE,
  MODULE_PATTERN,
  OWN_HEADER,
  PRINTABLE,
  PROXY_URL,
  QUANTITY,
  SECRET_KEY,
  SIZE,
  TAKEN_HEADER,
  VISIBLE,
} from './patterns.ts';

/**
 * Every rule of the spec that a plain schema cannot say, once: the CRD prints the CEL, the operator and synth run the check,
 * docs/api.md prints both. test/apiserver holds CEL and check in agreement on generated objects.
 */
export interface Rule {
  /** Where `self` is: fields joined by dots, `[]` for each item of a list. Empty for the whole object. */
  path: string;
  /** Where the mistake is to be corrected, seen from `path`, when it is not `self` as a whole: fields joined by dots. */
  field?: string;
  /** The rule for the API server. `self` is the value at the path. */
  cel: string;
  /** The same rule here. It sees only values that the schema admits. */
  check(self: never): boolean;
  /** Says what to write instead, with the field's name first. */
  message: string;
}

/** The field a rule speaks of, for people: spec.environments[].name. */
export const ruleField = ({ path, field }: Rule): string => [path, field].filter(Boolean).join('.');

/** Names that mean something else as the first part of a path at the gateway, or in the name of an object. */
export const RESERVED_ENVIRONMENTS = ['sumdb', 'catalog', 'index', 'metrics', 'debug', 'healthz', 'readyz', 'gateway'];

const matches = (pattern: string) => {
  const expression = new RegExp(pattern);
  return (text: string) => expression.test(text);
};
const isLabel = matches(DNS_LABEL);
const isHostname = matches(HOSTNAME);
const isUrl = matches(PROXY_URL);
const hasShortHost = matches(HOST_LENGTH);
const isAnnotation = matches(ANNOTATION);
const isLabelKey = matches(LABEL_KEY);
const isLabelValue = matches(LABEL_VALUE);
const isOwnHeader = matches(OWN_HEADER);
const isTakenHeader = matches(TAKEN_HEADER);
const isImage = matches(IMAGE);
const isHeaderValue = matches(HEADER_VALUE);
const isSize = matches(SIZE);

interface UpstreamInput {
  type: string;
  url?: string;
  fallThrough?: string;
}
interface EnvironmentInput {
  name: string;
  default?: boolean;
  hostnames?: string[];
  mirror?: { to: string };
}
interface ResourcesInput {
  requests?: Record<string, string | number>;
  limits?: Record<string, string | number>;
}

/** What is admitted here, the printer of the gateway's configuration can print (src/gateway/check.ts). */
const urlRule = (path: string, remedy: string): Rule => ({
  path,
  cel: `self.matches('${PROXY_URL}') && self.matches('${HOST_LENGTH}')`,
  check: (self: string) => isUrl(self) && hasShortHost(self),
  message: `url must be http:// or https:// with a host name or an IPv4 address and maybe a port and a path, ${remedy}`,
});

const upstreamRules = (path: string): Rule[] => [
  {
    path: `${path}[]`,
    field: 'url',
    cel: "(self.type == 'URL') == has(self.url)",
    check: (self: UpstreamInput) => (self.type === 'URL') === (self.url !== undefined),
    message: 'url goes with type URL: set url, or choose type Direct or GoDefault and leave url out',
  },
  urlRule(`${path}[].url`, 'without user, query, comma or space: write for example https://goproxy.cn'),
  {
    path: `${path}[]`,
    field: 'fallThrough',
    cel: "self.type == 'URL' || !has(self.fallThrough)",
    check: (self: UpstreamInput) => self.type === 'URL' || self.fallThrough === undefined,
    message: 'fallThrough goes with type URL, since nothing follows Direct or GoDefault: leave fallThrough out',
  },
  {
    path,
    cel: "self.all(u, u.type != 'Direct') || (self[self.size() - 1].type == 'Direct' && self.filter(u, u.type == 'Direct').size() == 1)",
    check: (self: UpstreamInput[]) => self.slice(0, -1).every((u) => u.type !== 'Direct'),
    message: 'upstreams after one of type Direct are never asked: make Direct the last one',
  },
  {
    path,
    cel: "self.size() == 1 || self.all(u, u.type != 'GoDefault')",
    check: (self: UpstreamInput[]) => self.length === 1 || self.every((u) => u.type !== 'GoDefault'),
    message:
      'upstreams with type GoDefault can have no other entry, since it is a whole chain by itself: leave the others out, or name the proxies with type URL',
  },
];

const resourceRules = (path: string): Rule[] => [
  ...['requests', 'limits'].flatMap((kind) =>
    ['cpu', 'memory'].map((name) => ({
      path: `${path}.${kind}.${name}`,
      cel: `string(self).matches('${QUANTITY}')`,
      check: (self: string | number) => isQuantity(self),
      message: `${name} must be a quantity: write for example ${name === 'cpu' ? '500m or 2' : '512Mi or 2Gi'}`,
    })),
  ),
  ...['cpu', 'memory'].map((name) => ({
    path,
    field: `requests.${name}`,
    cel:
      `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || ` +
      `!string(self.requests.${name}).matches('${QUANTITY}') || !string(self.limits.${name}).matches('${QUANTITY}') || ` +
      `quantity(string(self.requests.${name})).compareTo(quantity(string(self.limits.${name}))) <= 0`,
    check: (self: ResourcesInput) => {
      const request = self.requests?.[name];
      const limit = self.limits?.[name];
      if (request === undefined || limit === undefined || !isQuantity(request) || !isQuantity(limit)) return true;
      return compareQuantities(request, limit) <= 0;
    },
    message: `requests.${name} cannot exceed limits.${name}: lower the request or raise the limit`,
  })),
];

const sizeRule = (path: string): Rule => ({
  path,
  cel:
    `self.matches('${SIZE}') && isQuantity(self) && ` +
    "quantity(self).compareTo(quantity('1Mi')) >= 0 && quantity(self).compareTo(quantity('1Pi')) <= 0",
  check: (self: string) => isSize(self) && compareQuantities(self, '1Mi') >= 0 && compareQuantities(self, '1Pi') <= 0,
  message: 'size must be a quantity from 1Mi to 1Pi: write for example 50Gi',
});

/** For fields that name another object: refused here, not only when the operator's own object is. */
const nameRule = (path: string, what: string): Rule => ({
  path,
  cel: `self.matches('${HOSTNAME}')`,
  check: (self: string) => isHostname(self),
  message: `${path.slice(path.lastIndexOf('.') + 1)} must be the name of ${what}: lower-case letters, digits, '-' and '.'`,
});

const storageRules = (path: string): Rule[] => [
  nameRule(`${path}.storageClassName`, 'a StorageClass'),
  sizeRule(`${path}.size`),
  ...(['storageClassName', 'retentionPolicy'] as const).map((field) => ({
    path,
    field,
    cel: `!has(self.${field}) || !has(self.type) || self.type == 'PersistentVolumeClaim'`,
    check: (self: { type?: string; storageClassName?: string; retentionPolicy?: string }) =>
      self[field] === undefined || (self.type ?? 'PersistentVolumeClaim') === 'PersistentVolumeClaim',
    message: `${field} goes with type PersistentVolumeClaim: choose that type, or leave ${field} out`,
  })),
];

const imageRule = (path: string): Rule => ({
  path,
  cel: `self.matches('${IMAGE}')`,
  check: (self: string) => isImage(self),
  message: 'image must be an image reference: write for example registry.example.com/team/image:v1.2.3',
});

const annotationRule = (path: string): Rule => ({
  path,
  cel: `self.all(key, key.size() <= 253 && key.matches('${ANNOTATION}'))`,
  check: (self: Record<string, string>) => Object.keys(self).every((key) => key.length <= 253 && isAnnotation(key)),
  message:
    'annotations must have keys of letters, digits and -_. with maybe a domain and / before: write for example example.com/owner',
});

/** A text that has to have a form. */
const formRule = (path: string, form: string, message: string): Rule => ({
  path,
  cel: `self.matches('${form}')`,
  check: matches(form),
  message,
});

const printableRule = (path: string, field: string, example: string): Rule =>
  formRule(path, PRINTABLE, `${field} must be printable ASCII: write for example ${example}`);

const visibleRule = (path: string, field: string, example: string): Rule =>
  formRule(path, VISIBLE, `${field} must be printable ASCII without a space: write for example ${example}`);

const claimRule = (path: string): Rule =>
  formRule(
    path,
    CLAIM,
    `${path.slice(path.lastIndexOf('.') + 1)} must be the name of a claim, or a path with dots, of letters, digits and _:/.@-: write for example roles or realm_access.roles`,
  );

const accessRules: Rule[] = [
  claimRule('spec.environments[].access.requiredClaims[].claim'),
  printableRule('spec.environments[].access.requiredClaims[].values[]', 'values', 'core'),
];

interface AuthInput {
  environments?: { access?: object }[];
  gateway?: { auth?: object; tls?: object };
  exposure?: { ingress?: { tlsSecretName?: string }; gatewayAPI?: object };
}

const authRules: Rule[] = [
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

const privateModuleRules: Rule[] = [
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

const cidrRule = (path: string): Rule => ({
  path: `${path}[]`,
  cel: 'isCIDR(self)',
  check: isCIDR,
  message: `${path.slice(path.lastIndexOf('.') + 1)} must be ranges of addresses: write for example 10.0.0.0/8, or 10.1.2.3/32 for one address`,
});

/** Ours: selectors of Services and of the operator look at them. */
const isOwnLabel = (key: string) => key.startsWith('app.kubernetes.io/') || key.startsWith('goproxycache.io/');

const labelRule = (path: string): Rule => ({
  path,
  cel:
    `self.all(key, key.size() <= 253 && key.matches('${LABEL_KEY}') && self[key].matches('${LABEL_VALUE}') && ` +
    "!key.startsWith('app.kubernetes.io/') && !key.startsWith('goproxycache.io/'))",
  check: (self: Record<string, string>) =>
    Object.entries(self).every(
      ([key, value]) => key.length <= 253 && isLabelKey(key) && isLabelValue(value) && !isOwnLabel(key),
    ),
  message:
    'labels must have keys and values of letters, digits and -_. and no key of app.kubernetes.io/ or goproxycache.io/, which are ours: write for example release: monitoring',
});

export const RULES: Rule[] = [
  {
    path: '',
    field: 'metadata.name',
    cel: `self.metadata.name.size() <= 32 && self.metadata.name.matches('${DNS_LABEL}') && !self.metadata.name.contains('--')`,
    check: ({ metadata: { name } }: { metadata: { name?: unknown } }) =>
      typeof name === 'string' && name.length <= 32 && isLabel(name) && !name.includes('--'),
    message:
      "name must have at most 32 characters, start with a letter, and have no dot and no '--', since its objects are named <name>--<environment>: write for example acme-go",
  },
  nameRule('spec.imagePullSecrets[].name', 'a Secret'),
  ...upstreamRules('spec.upstreams'),
  imageRule('spec.engine.image'),
  ...resourceRules('spec.engine.resources'),
  {
    path: 'spec.checksumDatabase.name',
    cel: "self == 'sum.golang.org'",
    check: (self: string) => self === 'sum.golang.org',
    message:
      'name must be sum.golang.org, the only database the go command knows without a key: put the address of a mirror into url',
  },
  urlRule(
    'spec.checksumDatabase.url',
    'without user, query or space: write for example https://goproxy.cn/sumdb/sum.golang.org',
  ),
  ...privateModuleRules,
  ...storageRules('spec.storage'),
  {
    path: 'spec.environments',
    cel: 'self.filter(e, has(e.default) && e.default).size() <= 1',
    check: (self: EnvironmentInput[]) => self.filter((e) => e.default).length <= 1,
    message: 'environments can have only one default: leave default: true at one of them',
  },
  {
    path: 'spec.environments',
    cel: "self.size() == 1 || self.exists(e, e.name == 'prod' || (has(e.default) && e.default))",
    check: (self: EnvironmentInput[]) => self.length === 1 || self.some((e) => e.name === 'prod' || e.default === true),
    message: 'environments need one that is the default, when none is called prod: set default: true at one of them',
  },
  {
    path: 'spec.environments',
    cel: 'self.all(e, !has(e.hostnames) || e.hostnames.all(h, self.exists_one(f, has(f.hostnames) && h in f.hostnames)))',
    check: (self: EnvironmentInput[]) => {
      const all = self.flatMap((e) => [...new Set(e.hostnames ?? [])]);
      return new Set(all).size === all.length;
    },
    message: 'environments cannot share a host name: leave it at the environment it should choose',
  },
  {
    path: 'spec.environments[].name',
    cel: `self.matches('${DNS_LABEL}') && !self.contains('--')`,
    check: (self: string) => isLabel(self) && !self.includes('--'),
    message:
      "name must be lower-case letters, digits and single '-', and start with a letter: write for example prod or team-a",
  },
  {
    path: 'spec.environments[].name',
    cel: `!(self in [${RESERVED_ENVIRONMENTS.map((name) => `'${name}'`).join(', ')}])`,
    check: (self: string) => !RESERVED_ENVIRONMENTS.includes(self),
    message: `name is reserved (${RESERVED_ENVIRONMENTS.join(', ')} mean something else at the gateway): choose another, for example prod`,
  },
  {
    path: 'spec.environments[].hostnames[]',
    cel: `self.matches('${HOSTNAME}')`,
    check: (self: string) => isHostname(self),
    message:
      'hostnames must be lower-case host names without port or wildcard: write for example staging.goproxy.example.com',
  },
  {
    path: 'spec.environments[].replicas',
    cel: 'self <= 1',
    check: (self: number) => self <= 1,
    message:
      'replicas can be 0 or 1, since the volume of an environment (ReadWriteOnce) serves one pod: set 1, and scale gateway.replicas, which answers what is cached',
  },
  ...upstreamRules('spec.environments[].upstreams'),
  ...resourceRules('spec.environments[].resources'),
  ...storageRules('spec.environments[].storage'),
  imageRule('spec.environments[].canary.engine.image'),
  ...storageRules('spec.environments[].canary.storage'),
  {
    path: 'spec.environments[].canary.match.header.name',
    cel: `self.matches('${OWN_HEADER}')`,
    check: (self: string) => isOwnHeader(self),
    message:
      'name must be a header of your own, of letters, digits and single hyphens after X-: write for example X-Canary',
  },
  {
    path: 'spec.environments[].canary.match.header.value',
    cel: `self.matches('${HEADER_VALUE}')`,
    check: (self: string) => isHeaderValue(self),
    message: 'value must be one word of letters, digits, hyphen, dot and underscore: write for example 1',
  },
  {
    path: 'spec.environments',
    cel: 'self.all(e, !has(e.mirror) || (e.mirror.to != e.name && self.exists(f, f.name == e.mirror.to)))',
    check: (self: EnvironmentInput[]) =>
      self.every(
        ({ name, mirror }) => mirror === undefined || (mirror.to !== name && self.some((e) => e.name === mirror.to)),
      ),
    message:
      'mirror.to must be the name of another environment of this cache: add that environment, or leave mirror out',
  },
  ...accessRules,
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
