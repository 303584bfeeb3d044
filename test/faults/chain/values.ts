import type { Place } from '../../apiserver/support/schema.ts';

const IMAGES = ['registry.acme.example/go/one:v1', 'registry.acme.example/go/two:v2', `a@sha256:${'0f'.repeat(32)}`];

/** Texts by the end of their path: valid ones, and none of them a default. Those of two paths come first. */
const TEXTS: Readonly<Record<string, readonly unknown[]>> = {
  'imagePullSecrets[].name': ['pull-one', 'pull-two', 'pull-three'],
  'upstreams[].url': ['https://goproxy.cn', 'http://proxy.acme.example:8080/go/', 'https://10.0.0.1'],
  'checksumDatabase.name': ['sum.golang.org'],
  'checksumDatabase.url': ['https://goproxy.cn/sumdb/sum.golang.org', 'https://sum.acme.example/'],
  'privateModules[].name': ['acme', 'corp', 'lab'],
  'cache.size': ['1Gi', '20Gi', '1.5Gi'],
  'environments[].name': ['dev', 'qa', 'team-a'],
  'environments[].replicas': [0, 1],
  'gateway.replicas': [3, 1, 4],
  'header.name': ['X-Canary', 'X-Acme-Try'],
  'header.value': ['1', 'v0.19.0'],
  'mirror.to': ['dev', 'qa'],
  'jwt[].name': ['ci', 'people', 'robots'],
  'jwt[].issuer': ['https://idp.acme.example', 'https://login.acme.example/realms/go'],
  'tls.secretRef.name': ['tls-one', 'tls-two'],
  'secretRef.name': ['keys-one', 'keys-two'],
  'secretRef.key': ['keys.json', 'more.json'],
  'parentRefs[].name': ['edge', 'inner', 'lab'],
  'parentRefs[].namespace': ['gateways', 'infra'],
  'requests.cpu': ['50m', 1, '0.2'],
  'requests.memory': ['64Mi', 134217728, '0.25Gi'],
  'limits.cpu': [2, '1500m', '4'],
  'limits.memory': ['1Gi', '3G', 2147483648],
  image: IMAGES,
  size: ['12Gi', '20Gi', '30Gi'],
  storageClassName: ['fixed', 'expandable'],
  'hostnames[]': ['go.acme.example', 'modules.acme.example', 'cache.lab.example'],
  'patterns[]': ['git.acme.example/*', 'github.com/acme', '*.lab.example/x'],
  'audiences[]': ['goproxy', 'https://go.acme.example', 'ci'],
  roleClaim: ['groups', 'realm_access.roles'],
  claim: ['team', 'realm_access.teams', 'https://acme.example/org'],
  'values[]': ['core', 'a platform', 'lab'],
  header: ['X-Stage', 'X-Acme-Env'],
  'trustedCIDRs[]': ['10.0.0.0/8', 'fd00::/8', '192.0.2.7/32'],
  'allowedCIDRs[]': ['10.0.0.0/8', '2001:db8::/32', '198.51.100.0/24'],
  'annotations{}': ['one', 'two {with} "odd"; $characters\n', 'three'],
  'labels{}': ['one', 'two', 'three'],
  ingressClassName: ['public', 'internal'],
  tlsSecretName: ['ingress-one', 'ingress-two'],
  sectionName: ['https', 'http'],
};

/** Different valid values for a leaf, at least two where the schema and the rules admit two. */
export function valuesOf({ path, schema }: Place): readonly unknown[] {
  if (schema.enum) return schema.enum;
  const known = Object.entries(TEXTS).find(([end]) => path.endsWith(`.${end}`));
  if (known) return known[1];
  if (schema.type === 'boolean') return [true, false];
  const { minimum, maximum } = schema;
  if (schema.type === 'integer' && minimum !== undefined && maximum !== undefined)
    return [minimum + 1, maximum, Math.floor((minimum + maximum) / 2)];
  throw new Error(`values.ts has none for ${path}`);
}
