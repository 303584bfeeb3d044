import * as fc from 'fast-check';
import { openAPISchema } from '../../../src/api/crd.ts';
import type { Schema } from '../../../src/api/crd.ts';
import { RESERVED_ENVIRONMENTS } from '../../../src/api/rules.ts';

/** Characters that mean something in a list, a URL, a configuration file, CEL, RE2, or in how a text is counted. */
const NASTY = [
  ...',|;:\'"`$%{}()[]<>#?&*!@\\/ \t\n\r.-_+=~^0aZ',
  '\u0000',
  '\u2028',
  'ä',
  'é',
  'İ',
  '１',
  '💾',
  '\ud800',
  '\ufeff',
];

const URLS = ['https://goproxy.cn', 'http://a:8080/b', 'http://10.0.0.1/', 'https://A.b-c.d/e/f_g~h.i'];
const LABELS = ['a', 'goproxy', 'A-1', 'xn--fiqs8s'];
const ODD_LABELS = ['10', '0', '255', '256', '01', '0x7f', '-a', 'a-', ''];
const PORTS = ['', '', '', ':1', ':8080', ':65535', ':65536', ':0', ':080', ':'];
const PATHS = ['', '', '/', '/', '//', '/a/b-c_d.e~f', '/../a/.', '/%2e', '/a?b', '/a b'];
const SIZES = [
  '10Gi',
  '10240Mi',
  '1Mi',
  '1048576',
  '1048575',
  '1023Ki',
  '1024Ki',
  '0.001Gi',
  '1G',
  '1Pi',
  '1024Ti',
  '1025Ti',
  '8192Pi',
  '9007.2P',
  '0',
];

const RANGES = [
  ...[
    '10.0.0.0/8',
    '10.1.2.3/32',
    '192.0.2.0/24',
    '0.0.0.0/0',
    'fd00::/8',
    '::/0',
    '2001:db8::1/128',
    '64:ff9b::1.2.3.4/96',
  ],
  ...[
    '10.0.0.0',
    '10.0.0.0/33',
    '010.0.0.0/8',
    '::ffff:10.0.0.1/128',
    '::FFFF:a00:1/128',
    'fe80::1%a/64',
    '10.0.0.0/08',
  ],
];

/** Texts that are good, or nearly so, for fields of this name. */
const TEXTS: Record<string, readonly string[]> = {
  url: URLS,
  image: ['a', 'example.com:5000/Team/athens:v0.18.1', `a@sha256:${'0f'.repeat(32)}`, `a@sha256:${'g'.repeat(64)}`],
  size: SIZES,
  cpu: ['500m', '2', '1.5', '0.001m', '0.002m', '1k'],
  memory: ['512Mi', '2Gi', '1.5G', '1', '10000Pi', '20000Pi', '9223P', '9224P'],
  // Few, so that they meet.
  environment: ['prod', 'dev', 'team-a', 'a1', 'a--b', 'a-', 'a'.repeat(20), ...RESERVED_ENVIRONMENTS.slice(0, 2)],
  hostnames: ['a', 'a.example', 'b.example', 'c.example', 'd.example', 'e.example', '*.example', 'A.example'],
  imagePullSecrets: ['a', 'b', 'c.d', 'e', 'f'],
  allowedCIDRs: RANGES,
  trustedCIDRs: RANGES,
  checksumDatabase: ['sum.golang.org'],
  header: ['X-Canary', 'x-a-1', 'X-Acme-Env', 'X-', 'X--a', 'Canary', 'Authorization', 'X-Forwarded-For'],
  value: ['1', 'v0.19.0', 'default', 'a b'],
  to: ['prod', 'dev', 'team-a', 'a1'],
  issuer: ['https://idp.example', 'urn:a', 'a b', 'ä'],
  audiences: ['goproxy', 'https://goproxy.example', 'a b'],
  claim: ['team', 'realm_access.teams', 'https://acme.example/team', 'a b', 'a;b'],
  roleClaim: ['roles', 'realm_access.roles', 'a b'],
  values: ['core', 'a value', 'ä'],
  key: ['jwks.json', 'a/b'],
  patterns: ['git.acme.example/*', '*.corp.example', 'github.com/acme/go-*', 'a/**', 'https://a', 'a/', 'a?'],
  name: ['sum.golang.org', 'a', 'a-b.c'],
};
const OTHER = ['a', 'a-b', 'a.b', '0'];

/** A quantity of the grammar of Kubernetes, which is wider than ours. */
const quantity = fc
  .tuple(
    fc.constantFrom(...Array<string>(15).fill(''), '-', '+'),
    fc.oneof(fc.nat({ max: 2048 }).map(String), fc.bigInt({ min: 0n, max: 10n ** 16n }).map(String)),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('') },
      fc.nat({ max: 12_000 }).map((digits) => `.${String(digits)}`),
    ),
    fc.constantFrom(
      '',
      'm',
      'k',
      'M',
      'G',
      'T',
      'P',
      'Ki',
      'Mi',
      'Gi',
      'Ti',
      'Pi',
      'Mi',
      'Gi',
      'E',
      'Ei',
      'u',
      'n',
      'e3',
      'K',
      'B',
    ),
  )
  .map((parts) => parts.join(''));

const label = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...LABELS) },
  { weight: 1, arbitrary: fc.constantFrom(...ODD_LABELS) },
);

/** An address of plausible and of wrong parts. */
const address = fc
  .tuple(
    fc.constantFrom('http://', 'https://'),
    fc.oneof(
      { weight: 12, arbitrary: fc.array(label, { minLength: 1, maxLength: 4 }) },
      { weight: 3, arbitrary: fc.array(fc.nat({ max: 300 }).map(String), { minLength: 4, maxLength: 4 }) },
      { weight: 1, arbitrary: fc.integer({ min: 125, max: 128 }).map((count) => Array<string>(count).fill('a')) },
    ),
    fc.oneof(
      fc.constantFrom(...PORTS),
      fc.nat({ max: 99_999 }).map((port) => `:${String(port)}`),
    ),
    fc.constantFrom(...PATHS),
  )
  .map(([scheme, labels, port, path]) => [scheme, labels.join('.'), port, path].join(''));

/** A text with one to three places changed. */
const edited = (texts: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.constantFrom(0, 0, 1), fc.constantFrom('', ...NASTY)), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([text, edits]) =>
      edits.reduce((now, [at, remove, insert]) => {
        const start = at % (now.length + 1);
        return now.slice(0, start) + insert + now.slice(start + remove);
      }, text),
    );

/** A text of about the longest length, in characters that UTF-8, UTF-16 and code points count differently. */
const long = (maxLength: number) =>
  fc
    .tuple(fc.constantFrom('a', 'a', 'ä', '💾', '\ud800'), fc.integer({ min: -1, max: 1 }))
    .map(([character, more]) => character.repeat(maxLength + more));

function text(schema: Schema, kind: string): fc.Arbitrary<string> {
  const known = TEXTS[kind] ?? OTHER;
  return fc.oneof(
    { weight: 24, arbitrary: fc.constantFrom(...known) },
    { weight: 2, arbitrary: edited(known) },
    {
      weight: 1,
      arbitrary: fc.string({ unit: fc.constantFrom(...NASTY), maxLength: Math.min(schema.maxLength ?? 8, 8) }),
    },
    ...(schema.maxLength !== undefined && schema.maxLength < 1000
      ? [{ weight: 1, arbitrary: long(schema.maxLength) }]
      : []),
    ...(['size', 'cpu', 'memory'].includes(kind) ? [{ weight: 20, arbitrary: quantity }] : []),
    ...(kind === 'url' ? [{ weight: 8, arbitrary: address }] : []),
  );
}

/** Any JSON that stands where it should not. */
const stranger = fc.constantFrom<unknown>(
  null,
  null,
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 31,
  1e21,
  '',
  'text',
  '1',
  [],
  [null],
  {},
);

/** Now and then a value of the wrong shape. `rarity`: one in so many. */
const orStranger = (arbitrary: fc.Arbitrary<unknown>, rarity: number) =>
  fc.oneof({ weight: rarity, arbitrary }, { weight: 1, arbitrary: stranger });

const integer = ({ minimum = 0, maximum = 1000 }: Schema) =>
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom(minimum, Math.min(minimum + 1, maximum), Math.floor((minimum + maximum) / 2)),
    },
    { weight: 1, arbitrary: fc.constantFrom(minimum - 1, maximum, maximum + 1) },
  );

const intOrString = (schema: Schema, kind: string) =>
  fc.oneof<fc.Arbitrary<unknown>[]>(fc.constantFrom(0, 1, 2, 2 ** 30, 10 ** 15 - 1, 10 ** 15, -1), text(schema, kind));

function value(schema: Schema, path: readonly string[]): fc.Arbitrary<unknown> {
  const kind = path.at(-1) ?? '';
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema['x-kubernetes-int-or-string']) return orStranger(intOrString(schema, kind), 60);
  if (schema.properties) return orStranger(record(schema, path), 250);
  const { items, additionalProperties, minItems = 0, maxItems = 4 } = schema;
  if (items) {
    const few = { minLength: minItems, maxLength: Math.min(maxItems, 3) };
    return orStranger(
      fc.oneof(
        { weight: 30, arbitrary: list(schema, fc.array(value(items, path), few)) },
        { weight: 1, arbitrary: fc.array(value(items, path), { minLength: 0, maxLength: maxItems + 1 }) },
      ),
      200,
    );
  }
  if (typeof additionalProperties === 'object')
    return orStranger(
      fc
        .dictionary(
          fc.oneof(
            { weight: 6, arbitrary: fc.constantFrom('a', 'a.example/b') },
            edited(['a', 'a.example/b']),
            fc.constantFrom('__proto__', 'constructor', ''),
          ),
          value(additionalProperties, [...path, 'value']),
          { maxKeys: 3 },
        )
        .map(withTextAtProto),
      60,
    );
  if (schema.type === 'boolean') return orStranger(fc.boolean(), 60);
  if (schema.type === 'integer') return orStranger(integer(schema), 60);
  return orStranger(text(schema, kindOf(path)), 100);
}

/** zod passes over a key `__proto__`: the rule about keys is what refuses it, whatever its value is. */
const withTextAtProto = (map: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(map).map(([key, given]) => [key, key === '__proto__' ? '' : given]));

/** A name says little by itself. */
const kindOf = (path: readonly string[]) =>
  path.at(-1) !== 'name'
    ? (path.at(-1) ?? '')
    : path.at(-2) === 'environments'
      ? 'environment'
      : ['imagePullSecrets', 'checksumDatabase'].includes(path.at(-2) ?? '')
        ? (path.at(-2) ?? '')
        : 'name';

/** Mostly without doubles where the API server wants none: too many would hide everything else. */
function list(schema: Schema, lists: fc.Arbitrary<unknown[]>): fc.Arbitrary<unknown[]> {
  const key = (item: unknown): unknown =>
    typeof item === 'object' && item !== null ? (item as { name?: unknown }).name : item;
  const type = schema['x-kubernetes-list-type'];
  if (type !== 'map' && type !== 'set') return lists;
  const single = lists.map((items) =>
    items.filter((item, at) => items.findIndex((other) => key(other) === key(item)) === at),
  );
  return fc.oneof({ weight: 15, arbitrary: single }, { weight: 1, arbitrary: lists });
}

/** How often an optional field is there. Two quantities must meet in one block for a rule to compare them. */
const PRESENCE: Record<string, number> = {
  requests: 0.9,
  limits: 0.9,
  cpu: 0.8,
  memory: 0.8,
  url: 0.5,
  fallThrough: 0.2,
};

function record(schema: Schema, path: readonly string[]): fc.Arbitrary<unknown> {
  const entries = Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const presence = schema.required?.includes(name) ? 0.99 : (PRESENCE[name] ?? 0.35);
    const there = value(property, [...path, name]).map((given) => [[name, given] as const]);
    return fc.oneof(
      { weight: Math.round(100 * presence), arbitrary: there },
      { weight: 100 - Math.round(100 * presence), arbitrary: fc.constant([]) },
    );
  });
  return fc.tuple(...entries).map((given) => fitting(Object.fromEntries(given.flat())));
}

/** Most upstreams whose type and url do not go together are put right, or few specs would pass. */
function fitting(object: Record<string, unknown>): Record<string, unknown> {
  if ('gateway' in object || 'environments' in object) return identified(object);
  const { type, url, fallThrough, source, trustedCIDRs } = object;
  if (object['envoy'] !== undefined && type === undefined) return { ...object, type: 'Envoy' };
  if (source === 'Connection') return { source };
  if (source === 'XForwardedFor' && trustedCIDRs === undefined) return { ...object, trustedCIDRs: ['10.0.0.0/8'] };
  if (fallThrough !== undefined) return object;
  if (type === 'URL' && url === undefined) return { ...object, url: URLS[0] };
  return type === 'Direct' || type === 'GoDefault' ? { type } : object;
}

/** Most specs with auth get TLS, and most without it lose what needs it. */
function identified(spec: Record<string, unknown>): Record<string, unknown> {
  const { gateway, environments, paused } = spec;
  if (paused === true) return spec;
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const tls = { secretRef: { name: 'a' }, plainHTTP: 'Enabled' };
  if (isObject(gateway) && gateway['auth'] !== undefined) return { ...spec, gateway: { tls, ...gateway } };
  if (!Array.isArray(environments)) return spec;
  const open = environments.map((environment: unknown) =>
    isObject(environment)
      ? Object.fromEntries(Object.entries(environment).filter(([name]) => name !== 'access'))
      : environment,
  );
  return { ...spec, environments: open };
}

/** Specs that follow the schema more or less, and gather near the edges of the rules. */
export function specs(): fc.Arbitrary<unknown> {
  const schema = openAPISchema().properties?.['spec'];
  if (!schema) throw new Error('there is no spec');
  return value(schema, ['spec']);
}

/** Names of objects: mostly good ones. The API server asks for a name before anything else, so it is never empty. */
export const names: fc.Arbitrary<string> = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'acme-go', 'a'.repeat(32)) },
  { weight: 1, arbitrary: fc.constantFrom('a--b', 'a.b', '1a', 'a'.repeat(33), 'a-', 'A') },
  { weight: 1, arbitrary: edited(['acme-go']).filter((name) => name !== '') },
);

/** Addresses of a proxy, and texts that are nearly one. */
export const addresses: fc.Arbitrary<string> = fc.oneof(address, edited(URLS));

/** Quantities as text, also of forms that this API does not know. */
export const quantities: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...SIZES), quantity);
