import { DNS_LABEL } from './patterns.ts';
import type { Rule } from './rules/forms.ts';
import { isLabel, urlRule, upstreamRules, resourceRules, nameRule, storageRules, imageRule } from './rules/forms.ts';
import { accessRules, privateModuleRules } from './rules/auth.ts';
import { environmentRules } from './rules/environments.ts';
import { exposureRules } from './rules/exposure.ts';
import { gatewayRules } from './rules/gateway.ts';

/** All of them, in the order in which they are told. */
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
  ...environmentRules,
  ...accessRules,
  ...gatewayRules,
  ...exposureRules,
];

export type { Rule } from './rules/forms.ts';
export { ruleField } from './rules/forms.ts';
export { RESERVED_ENVIRONMENTS } from './rules/environments.ts';
