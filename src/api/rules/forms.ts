import { isCIDR } from '../cidr.ts';
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
  OWN_HEADER,
  PRINTABLE,
  PROXY_URL,
  QUANTITY,
  SIZE,
  TAKEN_HEADER,
  VISIBLE,
} from '../patterns.ts';
import { compareQuantities, isQuantity } from '../quantity.ts';

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

export const matches = (pattern: string) => {
  const expression = new RegExp(pattern);
  return (text: string) => expression.test(text);
};
export const isLabel = matches(DNS_LABEL);
export const isHostname = matches(HOSTNAME);
const isUrl = matches(PROXY_URL);
const hasShortHost = matches(HOST_LENGTH);
const isAnnotation = matches(ANNOTATION);
const isLabelKey = matches(LABEL_KEY);
const isLabelValue = matches(LABEL_VALUE);
export const isOwnHeader = matches(OWN_HEADER);
export const isTakenHeader = matches(TAKEN_HEADER);
const isImage = matches(IMAGE);
export const isHeaderValue = matches(HEADER_VALUE);
const isSize = matches(SIZE);

export interface UpstreamInput {
  type: string;
  url?: string;
  fallThrough?: string;
}
export interface ResourcesInput {
  requests?: Record<string, string | number>;
  limits?: Record<string, string | number>;
}

/** What is admitted here, the printer of the gateway's configuration can print (src/gateway/check.ts). */
export const urlRule = (path: string, remedy: string): Rule => ({
  path,
  cel: `self.matches('${PROXY_URL}') && self.matches('${HOST_LENGTH}')`,
  check: (self: string) => isUrl(self) && hasShortHost(self),
  message: `url must be http:// or https:// with a host name or an IPv4 address and maybe a port and a path, ${remedy}`,
});

export const upstreamRules = (path: string): Rule[] => [
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

export const resourceRules = (path: string): Rule[] => [
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

export const sizeRule = (path: string): Rule => ({
  path,
  cel:
    `self.matches('${SIZE}') && isQuantity(self) && ` +
    "quantity(self).compareTo(quantity('1Mi')) >= 0 && quantity(self).compareTo(quantity('1Pi')) <= 0",
  check: (self: string) => isSize(self) && compareQuantities(self, '1Mi') >= 0 && compareQuantities(self, '1Pi') <= 0,
  message: 'size must be a quantity from 1Mi to 1Pi: write for example 50Gi',
});

/** For fields that name another object: refused here, not only when the operator's own object is. */
export const nameRule = (path: string, what: string): Rule => ({
  path,
  cel: `self.matches('${HOSTNAME}')`,
  check: (self: string) => isHostname(self),
  message: `${path.slice(path.lastIndexOf('.') + 1)} must be the name of ${what}: lower-case letters, digits, '-' and '.'`,
});

export const storageRules = (path: string): Rule[] => [
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

export const imageRule = (path: string): Rule => ({
  path,
  cel: `self.matches('${IMAGE}')`,
  check: (self: string) => isImage(self),
  message: 'image must be an image reference: write for example registry.example.com/team/image:v1.2.3',
});

export const annotationRule = (path: string): Rule => ({
  path,
  cel: `self.all(key, key.size() <= 253 && key.matches('${ANNOTATION}'))`,
  check: (self: Record<string, string>) => Object.keys(self).every((key) => key.length <= 253 && isAnnotation(key)),
  message:
    'annotations must have keys of letters, digits and -_. with maybe a domain and / before: write for example example.com/owner',
});

/** A text that has to have a form. */
export const formRule = (path: string, form: string, message: string): Rule => ({
  path,
  cel: `self.matches('${form}')`,
  check: matches(form),
  message,
});

export const printableRule = (path: string, field: string, example: string): Rule =>
  formRule(path, PRINTABLE, `${field} must be printable ASCII: write for example ${example}`);

export const visibleRule = (path: string, field: string, example: string): Rule =>
  formRule(path, VISIBLE, `${field} must be printable ASCII without a space: write for example ${example}`);

export const claimRule = (path: string): Rule =>
  formRule(
    path,
    CLAIM,
    `${path.slice(path.lastIndexOf('.') + 1)} must be the name of a claim, or a path with dots, of letters, digits and _:/.@-: write for example roles or realm_access.roles`,
  );

export const cidrRule = (path: string): Rule => ({
  path: `${path}[]`,
  cel: 'isCIDR(self)',
  check: isCIDR,
  message: `${path.slice(path.lastIndexOf('.') + 1)} must be ranges of addresses: write for example 10.0.0.0/8, or 10.1.2.3/32 for one address`,
});

/** Ours: selectors of Services and of the operator look at them. */
const isOwnLabel = (key: string) => key.startsWith('app.kubernetes.io/') || key.startsWith('goproxycache.io/');

export const labelRule = (path: string): Rule => ({
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
