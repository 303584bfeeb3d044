import { DNS_LABEL, HEADER_VALUE, HOSTNAME, OWN_HEADER } from '../patterns.ts';
import type { Rule } from './forms.ts';
import {
  isLabel,
  isHostname,
  isOwnHeader,
  isHeaderValue,
  upstreamRules,
  resourceRules,
  storageRules,
  imageRule,
} from './forms.ts';

/** Names that mean something else as the first part of a path at the gateway, or in the name of an object. */
export const RESERVED_ENVIRONMENTS = ['sumdb', 'catalog', 'index', 'metrics', 'debug', 'healthz', 'readyz', 'gateway'];

export interface EnvironmentInput {
  name: string;
  default?: boolean;
  hostnames?: string[];
  mirror?: { to: string };
}
/** Of environments, one by one and all together. */
export const environmentRules: Rule[] = [
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
];
