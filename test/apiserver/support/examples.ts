import { RESERVED_ENVIRONMENTS } from '../../../src/api/rules.ts';

/** Values at the path of a rule: those it refuses (breaking no other rule) and those it lets pass. */
export interface Examples {
  bad: readonly unknown[];
  good: readonly unknown[];
}

const url = (address: string) => ({ type: 'URL', url: address });
const HERE = 'http://a';
const notNames = ['Prod', 'a_b', '-a', 'a-', '.a', 'a..b', 'a b', 'a/b', 'ä', '💾', 'a\n', '\u0000'];
const proxyUrls: Examples = {
  bad: [
    'goproxy.cn',
    'ftp://a',
    'HTTP://a',
    'http://',
    'http:///a',
    'http://-a',
    'http://a.',
    'http://a-',
    'http://a..b',
    'http://a-.b',
    'http://a.-b',
    'http://1',
    'http://a.1',
    'http://0x7f.a.0x1',
    'http://256.0.0.1',
    'http://10.0.0',
    'http://10.0.0.01',
    `http://${'a.'.repeat(126)}aa`,
    'http://user@a',
    'http://user:secret@a',
    'http://a?b',
    'http://a#b',
    'http://a,direct',
    'http://a|direct',
    "http://a'",
    'http://a"',
    'http://a;',
    'http://a b',
    'http://a\n',
    ' http://a',
    'http://[::1]',
    'http://a:',
    'http://a:0',
    'http://a:080',
    'http://a:65536',
    'http://a:123456',
    'http://a:b',
    'http://a/%2e',
    'http://ä',
    'http://a/{b}',
    'http://a/$b',
  ],
  good: [
    HERE,
    'https://goproxy.cn',
    'https://A.example:8443',
    'https://1a.2-b.xn--fiqs8s:1',
    'http://a:9999',
    'http://a:65535/',
    'http://10.0.0.1:3000/a/b-c_d.e~f/',
    'http://255.249.199.99',
    'http://a//../.',
    `http://${'a.'.repeat(126)}a:80/${'b'.repeat(300)}`,
  ],
};
const images: Examples = {
  bad: ['a b', '-a', 'a@sha256:abc', `a@sha512:${'a'.repeat(64)}`, 'a,b', 'a\n', "a'", 'a"', '$a', 'ä', 'a:'],
  good: ['a', 'localhost/athens:dev', 'example.com:5000/team/Image_1:v1.2.3-rc.1', `a/b:c@sha256:${'0a'.repeat(32)}`],
};
const quantities: Examples = {
  bad: [
    -1,
    '-1',
    '+1',
    '',
    '1e3',
    '.5',
    '5.',
    '1.2345',
    '1 Gi',
    '1gi',
    '1GiB',
    '1Ei',
    '0x10',
    '1,5',
    '1\n',
    '١',
    '1234567890123456',
  ],
  good: [0, 2, 1073741824, '0', '500m', '1.5', '0.001m', '2k', '512Mi', '1.5Gi', '01', '99999999999999.999Pi'],
};
const ranges: Examples = {
  bad: [
    '10.0.0.0',
    '10.0.0.0/33',
    '010.0.0.0/8',
    'fd00::/129',
    'fe80::1%a/64',
    '::ffff:10.0.0.1/128',
    '10.0.0.0/8; }',
    'a',
  ],
  good: ['10.0.0.0/8', '10.0.0.1/8', '192.0.2.7/32', 'fd00::/8', '::/0', '64:ff9b::1.2.3.4/96'],
};
const names: Examples = { bad: notNames, good: ['a', '0', 'a-b', 'a.b-c.d', '1.2.3'] };
const requestsAndLimits = (name: string): Examples => ({
  bad: [
    { requests: { [name]: 2 }, limits: { [name]: 1 } },
    { requests: { [name]: 2 }, limits: { [name]: '1999m' } },
    { requests: { [name]: '1.001Gi' }, limits: { [name]: '1Gi' } },
    { requests: { [name]: '0.002m' }, limits: { [name]: '0.001m' } },
    { requests: { [name]: '20000P' }, limits: { [name]: '10000P' } },
  ],
  good: [
    {},
    { requests: { [name]: 2 } },
    { limits: { [name]: 2 } },
    { requests: { [name]: 1 }, limits: { [name]: '1000m' } },
    { requests: { [name]: '1024Mi' }, limits: { [name]: '1Gi' } },
    { requests: { [name]: '1G' }, limits: { [name]: '1Gi' } },
    { requests: {}, limits: { [name]: 0 } },
  ],
});

const visible: Examples = {
  bad: ['ä', 'a b', 'a\n', ' a', '\u0000', '💾'],
  good: ['https://idp.acme.example', 'urn:a', '"a";{$x}', '~'],
};
const claims: Examples = {
  bad: ['a b', 'a;b', 'a"', '$a', '{a}', 'ä', 'a\n', '[0]'],
  good: ['roles', 'realm_access.roles', 'https://acme.example/roles', 'a-b@c:d'],
};
const issuer = (name: string, url: string) => ({
  name,
  issuer: url,
  audiences: ['a'],
  jwks: { secretRef: { name: 'a' } },
});
const auth = { jwt: [issuer('a', 'a')] };
const tls = { secretRef: { name: 'a' } };

/** Examples for every rule, by how its message begins. The values stand at the path of the rule. */
export const EXAMPLES: Record<string, Examples> = {
  'name must have at most 32 characters': {
    bad: ['a--b', '1a', 'a.b', 'a'.repeat(33), '0'],
    good: ['a', 'a-b', 'acme-go-2', 'a'.repeat(32)],
  },
  'url goes with type URL': {
    bad: [{ type: 'URL' }, { type: 'Direct', url: HERE }, { type: 'GoDefault', url: HERE }],
    good: [url(HERE), { type: 'Direct' }, { type: 'GoDefault' }],
  },
  'url must be http:// or https://': proxyUrls,
  'fallThrough goes with type URL': {
    bad: [
      { type: 'Direct', fallThrough: 'NotFound' },
      { type: 'GoDefault', fallThrough: 'AnyError' },
    ],
    good: [{ ...url(HERE), fallThrough: 'NotFound' }, { ...url(HERE), fallThrough: 'AnyError' }, { type: 'Direct' }],
  },
  'upstreams after one of type Direct': {
    bad: [
      [{ type: 'Direct' }, url(HERE)],
      [{ type: 'Direct' }, { type: 'Direct' }],
      [url(HERE), { type: 'Direct' }, url(HERE), { type: 'Direct' }],
    ],
    good: [[{ type: 'Direct' }], [url(HERE), { type: 'Direct' }], [url(HERE), url(HERE)]],
  },
  'upstreams with type GoDefault': {
    bad: [
      [{ type: 'GoDefault' }, { type: 'Direct' }],
      [url(HERE), { type: 'GoDefault' }],
      [{ type: 'GoDefault' }, { type: 'GoDefault' }],
    ],
    good: [[{ type: 'GoDefault' }], [url(HERE)]],
  },
  'image must be an image reference': images,
  'cpu must be a quantity': quantities,
  'memory must be a quantity': quantities,
  'requests.cpu cannot exceed': requestsAndLimits('cpu'),
  'requests.memory cannot exceed': requestsAndLimits('memory'),
  'name must be sum.golang.org': {
    bad: ['SUM.golang.org', 'sum.golang.org+hash', 'https://sum.golang.org', 'sum.golang.org\n', 'sum.example', 'ä'],
    good: ['sum.golang.org'],
  },
  'name must be the name of': names,
  'storageClassName must be the name of': names,
  'ingressClassName must be the name of': names,
  'tlsSecretName must be the name of': names,
  'namespace must be the name of': names,
  'sectionName must be the name of': names,
  'size must be a quantity from 1Mi to 1Pi': {
    bad: [
      '0',
      '1',
      '1048575',
      '1023Ki',
      '0.999Mi',
      '500m',
      '1e9',
      '-1Gi',
      '10 Gi',
      '10GB',
      '10gi',
      'big',
      '1.2345Gi',
      '1Gi\n',
      '1025Ti',
      '1.001Pi',
      '1126T',
      '99999999999999.999Pi',
    ],
    good: ['1Mi', '1048576', '1024Ki', '0.001Gi', '1.5Gi', '100G', '1125T', '1024Ti', '1Pi'],
  },
  'environments can have only one default': {
    bad: [[{ name: 'a', default: true }, { name: 'b' }, { name: 'c', default: true }]],
    good: [
      [{ name: 'a' }],
      [
        { name: 'a', default: false },
        { name: 'b', default: true },
      ],
    ],
  },
  'environments need one that is the default': {
    bad: [
      [{ name: 'a' }, { name: 'b' }],
      [{ name: 'a', default: false }, { name: 'production' }, { name: 'b' }],
    ],
    good: [
      [{ name: 'a' }],
      [{ name: 'a', default: false }],
      [{ name: 'a' }, { name: 'prod' }],
      [{ name: 'a' }, { name: 'prod', default: false }],
      [{ name: 'a' }, { name: 'b', default: true }],
    ],
  },
  'environments cannot share a host name': {
    bad: [
      [
        { name: 'prod', hostnames: ['x'] },
        { name: 'b', hostnames: ['x'] },
      ],
      [{ name: 'prod', hostnames: ['x', 'y'] }, { name: 'b' }, { name: 'c', hostnames: ['z', 'y'] }],
    ],
    good: [
      [{ name: 'prod' }, { name: 'b', hostnames: [] }],
      [
        { name: 'prod', hostnames: ['x', 'y'] },
        { name: 'b', hostnames: ['z'] },
      ],
    ],
  },
  'name must be lower-case letters': {
    bad: ['Prod', '1a', '-a', 'a-', 'a--b', 'a.b', 'a_b', 'a b', 'ä', '💾', 'a\n'],
    good: ['prod', 'a', 'team-a', 'x1-y2'],
  },
  'name is reserved': { bad: RESERVED_ENVIRONMENTS, good: ['sum', 'sumdb2', 'prod'] },
  'hostnames must be lower-case host names': {
    bad: ['A.example', '*.example', 'a.example:80', 'a.example.', 'a,b', 'http://a', 'ä.example', 'a b', "a'b", 'a;'],
    good: ['localhost', 'a.example', 'x-y.z', '10.0.0.1'],
  },
  'replicas can be 0 or 1': { bad: [2, 100], good: [0, 1] },
  'envoy goes with type Envoy': {
    bad: [{ envoy: {} }, { type: 'Nginx', envoy: {} }],
    good: [{}, { type: 'Envoy' }, { type: 'Envoy', envoy: { image: 'a' } }],
  },
  'trustedCIDRs goes with source': {
    bad: [
      { source: 'Connection', trustedCIDRs: ['10.0.0.0/8'] },
      { source: 'XForwardedFor' },
      { source: 'ProxyProtocol' },
    ],
    good: [{ source: 'Connection' }, { source: 'XForwardedFor', trustedCIDRs: ['::/0'] }],
  },
  'trustedCIDRs must be ranges': ranges,
  'allowedCIDRs must be ranges': ranges,
  'burst goes with requestsPerSecond': {
    bad: [{ burst: 1 }, { burst: 1, connections: 1 }],
    good: [{}, { requestsPerSecond: 1 }, { requestsPerSecond: 1, burst: 1 }],
  },
  'plainHTTP must be Enabled': {
    bad: [
      { gateway: { tls: { secretRef: { name: 'a' } } }, exposure: { ingress: {} } },
      {
        gateway: { tls: { secretRef: { name: 'a' }, plainHTTP: 'Disabled' } },
        exposure: { gatewayAPI: { parentRefs: [{ name: 'a' }] } },
      },
    ],
    good: [
      { gateway: { tls: { secretRef: { name: 'a' } } } },
      { gateway: { tls: { secretRef: { name: 'a' }, plainHTTP: 'Disabled' } }, exposure: { service: {} } },
      { gateway: { tls: { secretRef: { name: 'a' }, plainHTTP: 'Enabled' } }, exposure: { ingress: {} } },
    ],
  },
  'annotations must have keys': {
    bad: [
      '',
      'a b',
      '-a',
      'a-',
      '/a',
      'a/',
      'a/b/c',
      'ä',
      '__proto__',
      'a\n',
      `${'a.'.repeat(100)}x/${'b'.repeat(63)}`,
      'a'.repeat(64),
    ].map((key) => ({ good: '', [key]: '' })),
    good: [
      {},
      { a: '' },
      { 'A.example/B_c-d.e': 'any "text"\n💾' },
      { constructor: 'a', toString: 'b' },
      { ['a'.repeat(63)]: '' },
    ],
  },
  'order must name each way once': {
    bad: [
      ['Host', 'Host'],
      ['Header', 'PathPrefix', 'Header'],
    ],
    good: [['Host'], ['Header', 'PathPrefix', 'Host']],
  },
  'header must start with X-': {
    bad: [
      'Env',
      'X',
      'X-',
      'X--a',
      'X-a-',
      'X-a_b',
      'X-ä',
      'X-a\n',
      'X-Env: a',
      'Authorization',
      'X-Forwarded-For',
      'x-real-ip',
      'X-GATEWAY-Environment',
      'X-Cache',
      'x-envoy-a',
      'X-Request-Id',
      'X-GoProxyCache-Environment',
    ],
    good: ['X-Env', 'x-stage', 'X-Acme-Env-2', 'X-Cached', 'X-Requested', `X-${'a'.repeat(62)}`],
  },
  'labels must have keys and values': {
    bad: [
      ...['', 'a b', '-a', 'a-', '/a', 'a/', 'a/b/c', 'A.example/b', 'a..b/c', '__proto__', 'a'.repeat(64)].map(
        (key) => ({
          good: '',
          [key]: '',
        }),
      ),
      { [`${'a.'.repeat(100)}x/${'b'.repeat(63)}`]: '' },
      { 'app.kubernetes.io/instance': 'a' },
      { 'goproxycache.io/environment': 'a' },
      ...['a b', '-a', 'a-', 'a/b', 'ä', 'a\n', '.'].map((value) => ({ a: value })),
    ],
    good: [
      {},
      { a: '' },
      { 'a.example/B_c-d.e': 'F_g-h.i' },
      { constructor: 'a', toString: 'b' },
      { 'kubernetes.io/a': 'b'.repeat(63) },
      { ['a'.repeat(63)]: '' },
    ],
  },
  'storageClassName goes with type': {
    bad: [{ type: 'EmptyDir', storageClassName: 'a' }],
    good: [
      { type: 'PersistentVolumeClaim', storageClassName: 'a' },
      { type: 'EmptyDir', size: '1Gi' },
    ],
  },
  'retentionPolicy goes with type': {
    bad: [{ type: 'EmptyDir', retentionPolicy: 'Retain' }],
    good: [{ type: 'PersistentVolumeClaim', retentionPolicy: 'Delete' }, { type: 'EmptyDir' }],
  },
  'name must be a header of your own': {
    bad: [
      'Authorization',
      'Canary',
      'X',
      'X-',
      'X--a',
      'X-a-',
      'X-a_b',
      'X-a b',
      'X-ä',
      'X-a:',
      'X-a\n',
      'X-$a',
      ' X-a',
    ],
    good: ['X-Canary', 'x-canary', 'X-1', 'X-Use-Engine-2'],
  },
  'value must be one word': {
    bad: ['a b', 'a\n', '$a', '"', 'a;', '~.', 'ä', 'a,b', '\\'],
    good: ['1', 'default', '-', 'v0.19.0', 'a_b'],
  },
  'mirror.to must be the name': {
    bad: [
      [{ name: 'prod', mirror: { to: 'prod', percent: 1 } }],
      [{ name: 'prod', mirror: { to: 'a', percent: 1 } }, { name: 'b' }],
      [{ name: 'prod' }, { name: 'b', mirror: { to: 'pro', percent: 0 } }],
    ],
    good: [
      [{ name: 'prod', mirror: { to: 'b', percent: 100 } }, { name: 'b' }],
      [
        { name: 'prod', mirror: { to: 'b', percent: 1 } },
        { name: 'b', mirror: { to: 'prod', percent: 1 } },
      ],
    ],
  },
  'tlsSecretName needs a host name': {
    bad: [
      { exposure: { ingress: { tlsSecretName: 'a' } } },
      { exposure: { ingress: { tlsSecretName: 'a' } }, environments: [{ name: 'prod' }, { name: 'b', hostnames: [] }] },
    ],
    good: [
      { exposure: { ingress: {} } },
      {
        exposure: { ingress: { tlsSecretName: 'a' } },
        environments: [{ name: 'prod' }, { name: 'b', hostnames: ['x'] }],
      },
    ],
  },
  'name must be a DNS label': { bad: ['A', '1a', '-a', 'a-', 'a.b', 'a b', 'ä', 'a\n'], good: ['a', 'a-1', 'a--b'] },
  'patterns must be module paths': {
    bad: [
      ...['https://git.example', 'a/', '/a', 'a//b', 'a/**', '*a*', 'a?', '[a]', 'a\\b', 'a b', 'a,b', 'a;b', 'a|b'],
      ...['$a', 'a"', "a'", '{a}', 'a\n', 'ä', '!a'],
    ],
    good: ['git.acme.example/*', '*.corp.acme.example', 'github.com/Acme/go-*-x/v2', '*', 'a~b_c'],
  },
  'issuer must be printable': visible,
  'audiences must be printable': visible,
  'values must be printable': { bad: ['ä', 'a\tb', 'a\nb', '\u0000', '💾'], good: ['a', 'a b', '"a"; {$x}', '~'] },
  'claim must be the name of a claim': claims,
  'roleClaim must be the name of a claim': claims,
  'key must be a key of a Secret': { bad: ['a/b', 'a b', '$a', 'ä', 'a\n'], good: ['jwks.json', '..a', 'A_b-c'] },
  'jwt cannot have two entries': {
    bad: [[issuer('a', 'x'), issuer('b', 'y'), issuer('c', 'x')]],
    good: [[issuer('a', 'x')], [issuer('a', 'x'), issuer('b', 'X')]],
  },
  'key of Subject needs auth': {
    bad: [
      { limits: { key: 'Subject' }, tls },
      { limits: { key: 'Subject', connections: 1 }, tls },
    ],
    good: [{ limits: { key: 'ClientAddress' } }, { limits: { key: 'Subject' }, auth, tls }, { limits: {} }],
  },
  'auth needs TLS': {
    bad: [
      { gateway: { auth } },
      { gateway: { auth }, exposure: { service: { type: 'LoadBalancer' } } },
      { gateway: { auth }, exposure: { ingress: {} } },
    ],
    good: [
      { gateway: { auth, tls } },
      { gateway: { auth }, exposure: { gatewayAPI: { parentRefs: [{ name: 'a' }] } } },
      {
        gateway: { auth },
        exposure: { ingress: { tlsSecretName: 'a' } },
        environments: [{ name: 'prod', hostnames: ['x'] }],
      },
    ],
  },
  'access of environments needs': {
    bad: [
      { environments: [{ name: 'prod' }, { name: 'b', access: {} }] },
      { environments: [{ name: 'a', access: { minimumRole: 'User' } }], gateway: { tls } },
    ],
    good: [{ environments: [{ name: 'prod', access: { minimumRole: 'User' } }], gateway: { auth, tls } }],
  },
};
