import { describe, expect, test } from '@jest/globals';
import { checkGatewayModel, GatewayModelError } from '../../../src/gateway/check.ts';
import type { GatewayAuth, GatewayModel } from '../../../src/gateway/model.ts';

const engine = { host: 'cache--prod', port: 3000 };
const model: GatewayModel = {
  type: 'Nginx',
  environments: [{ name: 'prod', hostnames: ['go.example'], engine }],
  defaultEnvironment: 'prod',
  onUnknown: 'Default',
  onConflict: 'Reject',
  limits: {},
  cache: { maxSizeMiB: 100, mutableTTLSeconds: 30 },
  fetchTimeoutSeconds: 600,
  probedUpstreams: [],
  awaitedEngines: [],
  ports: { http: 8080, status: 8081 },
};
const environment = (changes: object) => ({ environments: [{ name: 'prod', hostnames: [], engine, ...changes }] });
const auth: GatewayAuth = {
  anonymousRole: 'Guest',
  jwt: [{ name: 'a', issuer: 'https://a', audiences: ['a'], algorithms: ['RS256'], roleClaim: 'roles' }],
};
const issuer = (changes: object) => ({ auth: { ...auth, jwt: [{ ...auth.jwt[0], ...changes }] } });
const access = (changes: object) => ({ minimumRole: 'User', requiredClaims: [], ...changes });
const database = (name: string, url: string) => ({ checksumDatabase: { name, url } });
const ok = 'sum.golang.org';

describe('a model is refused', () => {
  const cases: { with: string; changes: object; path: string }[] = [
    { with: 'no environment', changes: { environments: [] }, path: 'environments' },
    { with: 'a name with a dot', changes: environment({ name: 'a.b' }), path: 'environments[0].name' },
    {
      with: 'a name with a line break at its end',
      changes: environment({ name: 'prod\n' }),
      path: 'environments[0].name',
    },
    { with: 'a name with --', changes: environment({ name: 'a--b' }), path: 'environments[0].name' },
    ...[
      { with: 'a canary on no port', changes: { engine: { host: 'a', port: 0 } }, path: 'engine.port' },
      { with: 'a canary under an address', changes: { engine: { host: 'http://a', port: 1 } }, path: 'engine.host' },
      { with: 'a weight above 100', changes: { weight: 101 }, path: 'weight' },
      { with: 'a weight below 0', changes: { weight: -1 }, path: 'weight' },
      { with: 'half a percent', changes: { weight: 0.5 }, path: 'weight' },
      {
        with: 'a header that holds a secret',
        changes: { match: { header: 'Authorization', value: 'a' } },
        path: 'match.header',
      },
      { with: 'a variable as a header', changes: { match: { header: 'X-a$b', value: 'a' } }, path: 'match.header' },
      { with: 'a list as a value', changes: { match: { header: 'X-a', value: 'a b' } }, path: 'match.value' },
    ].map(({ with: what, changes, path }) => ({
      with: what,
      changes: environment({ canary: { engine, weight: 1, ...changes } }),
      path: `environments[0].canary.${path}`,
    })),
    {
      with: 'a mirror of itself',
      changes: environment({ mirror: { to: 'prod', percent: 1 } }),
      path: 'environments[0].mirror.to',
    },
    {
      with: 'a mirror to nowhere',
      changes: environment({ mirror: { to: 'dev', percent: 1 } }),
      path: 'environments[0].mirror.to',
    },
    {
      with: 'more than everything mirrored',
      changes: {
        environments: [
          { name: 'prod', hostnames: [], engine, mirror: { to: 'dev', percent: 101 } },
          { name: 'dev', hostnames: [], engine },
        ],
      },
      path: 'environments[0].mirror.percent',
    },
    { with: 'a name in capitals', changes: environment({ name: 'Prod' }), path: 'environments[0].name' },
    {
      with: 'a host name with a port',
      changes: environment({ hostnames: ['a:80'] }),
      path: 'environments[0].hostnames[0]',
    },
    { with: 'a wildcard', changes: environment({ hostnames: ['b', '*.a'] }), path: 'environments[0].hostnames[1]' },
    {
      with: 'a host name of 254 characters',
      changes: environment({ hostnames: [`${'a.'.repeat(126)}aa`] }),
      path: 'environments[0].hostnames[0]',
    },
    {
      with: 'an engine with a path',
      changes: environment({ engine: { host: 'a/b', port: 1 } }),
      path: 'environments[0].engine.host',
    },
    {
      with: 'a port that is too high',
      changes: environment({ engine: { host: 'a', port: 65_536 } }),
      path: 'environments[0].engine.port',
    },
    {
      with: 'a port that is no number',
      changes: environment({ engine: { host: 'a', port: Number.NaN } }),
      path: 'environments[0].engine.port',
    },
    { with: 'no way to name an environment', changes: { order: [] }, path: 'order' },
    { with: 'a way that does not exist', changes: { order: ['Cookie'] }, path: 'order' },
    { with: 'a way that is there twice', changes: { order: ['Host', 'Host'] }, path: 'order' },
    { with: 'a header of HTTP', changes: { header: 'Authorization' }, path: 'header' },
    { with: 'a header that proxies write', changes: { header: 'X-Forwarded-For' }, path: 'header' },
    { with: 'a header with a line break', changes: { header: 'X-Env\n' }, path: 'header' },
    { with: 'a header that is too long', changes: { header: `X-${'a'.repeat(63)}` }, path: 'header' },
    {
      with: 'two environments of one name',
      changes: { environments: [...model.environments, { name: 'prod', hostnames: [], engine }] },
      path: 'environments',
    },
    {
      with: 'two environments of one host name',
      changes: { environments: [...model.environments, { name: 'dev', hostnames: ['go.example'], engine }] },
      path: 'environments[].hostnames',
    },
    { with: 'a default that is not there', changes: { defaultEnvironment: 'dev' }, path: 'defaultEnvironment' },
    { with: 'an unknown policy', changes: { onUnknown: 'Maybe' }, path: 'onUnknown' },
    { with: 'an unknown policy for conflicts', changes: { onConflict: 'Last' }, path: 'onConflict' },
    { with: 'no public port', changes: { ports: { status: 8081 } }, path: 'ports' },
    { with: 'one port for two', changes: { ports: { https: 8081, status: 8081 } }, path: 'ports' },
    { with: 'nobody admitted', changes: { allowedCIDRs: [] }, path: 'allowedCIDRs' },
    { with: 'an address without a prefix', changes: { allowedCIDRs: ['10.0.0.1'] }, path: 'allowedCIDRs[0]' },
    { with: 'a directive as a range', changes: { allowedCIDRs: ['::/0', '10.0.0.0/8 1; }'] }, path: 'allowedCIDRs[1]' },
    {
      with: 'a header believed from everywhere by mistake',
      changes: { clientAddress: { source: 'XForwardedFor', trustedCIDRs: [] } },
      path: 'clientAddress.trustedCIDRs',
    },
    {
      with: 'an unknown source of addresses',
      changes: { clientAddress: { source: 'X-Real-IP', trustedCIDRs: ['10.0.0.0/8'] } },
      path: 'clientAddress.source',
    },
    {
      with: 'a rate of nothing',
      changes: { limits: { requests: { perSecond: 0, burst: 1 } } },
      path: 'limits.requests.perSecond',
    },
    { with: 'a limit that is no number', changes: { limits: { connections: Number.NaN } }, path: 'limits.connections' },
    { with: 'access without auth', changes: environment({ access: access({}) }), path: 'environments[0].access' },
    {
      with: 'an unknown role',
      changes: { auth, ...environment({ access: access({ minimumRole: 'Root' }) }) },
      path: 'environments[0].access.minimumRole',
    },
    {
      with: 'a claim with a quote',
      changes: { auth, ...environment({ access: access({ requiredClaims: [{ claim: 'a"', values: ['a'] }] }) }) },
      path: 'environments[0].access.requiredClaims[0].claim',
    },
    {
      with: 'a claim of no value',
      changes: { auth, ...environment({ access: access({ requiredClaims: [{ claim: 'a', values: [] }] }) }) },
      path: 'environments[0].access.requiredClaims[0].values',
    },
    { with: 'nobody who issues tokens', changes: { auth: { ...auth, jwt: [] } }, path: 'auth.jwt' },
    { with: 'a role for strangers', changes: { auth: { ...auth, anonymousRole: 'User' } }, path: 'auth.anonymousRole' },
    { with: 'an issuer that is a path', changes: issuer({ name: '../a' }), path: 'auth.jwt[0].name' },
    { with: 'an issuer of two lines', changes: issuer({ issuer: 'a\nb' }), path: 'auth.jwt[0].issuer' },
    { with: 'no audience', changes: issuer({ audiences: [] }), path: 'auth.jwt[0].audiences' },
    { with: 'the algorithm none', changes: issuer({ algorithms: ['none'] }), path: 'auth.jwt[0].algorithms' },
    { with: 'no algorithm', changes: issuer({ algorithms: [] }), path: 'auth.jwt[0].algorithms' },
    { with: 'a role claim with a space', changes: issuer({ roleClaim: 'a b' }), path: 'auth.jwt[0].roleClaim' },
    {
      with: 'one issuer twice',
      changes: { auth: { ...auth, jwt: [...auth.jwt, { ...auth.jwt[0], name: 'b' }] } },
      path: 'auth.jwt[].issuer',
    },
    { with: 'two stars in an element', changes: { privatePatterns: ['a', 'b/*c*'] }, path: 'privatePatterns[1]' },
    { with: 'a pattern with a quote', changes: { privatePatterns: ['a"'] }, path: 'privatePatterns[0]' },
    { with: 'a pattern that ends in /', changes: { privatePatterns: ['a/'] }, path: 'privatePatterns[0]' },
    { with: 'a limit for subjects without auth', changes: { limits: { key: 'Subject' } }, path: 'limits.key' },
    { with: 'pods that share on a port that is taken', changes: { peers: { host: 'a', port: 8081 } }, path: 'ports' },
    { with: 'pods that share by an address', changes: { peers: { host: 'a b', port: 1 } }, path: 'peers.host' },
    {
      with: 'an old answer for ever',
      changes: { cache: { ...model.cache, staleIfErrorSeconds: 604_801 } },
      path: 'cache.staleIfErrorSeconds',
    },
    { with: 'no time for a fetch', changes: { fetchTimeoutSeconds: 0 }, path: 'fetchTimeoutSeconds' },
    {
      with: 'half a second',
      changes: { cache: { maxSizeMiB: 1, mutableTTLSeconds: 0.5 } },
      path: 'cache.mutableTTLSeconds',
    },
    { with: 'one port for two servers', changes: { ports: { http: 1, status: 1 } }, path: 'ports' },
    {
      with: 'a database that leads out of its path',
      changes: database('a/../b', `https://${ok}`),
      path: 'checksumDatabase.name',
    },
    { with: 'a database without a host', changes: database('/a', `https://${ok}`), path: 'checksumDatabase.name' },
    {
      with: 'a database with a name that fits into no word of nginx',
      changes: database(`${ok}/${'x'.repeat(4100)}`, `https://${ok}`),
      path: 'checksumDatabase.name',
    },
    {
      with: 'a database with an address that fits into no word of nginx',
      changes: database(ok, `https://${ok}/${'x'.repeat(4100)}`),
      path: 'checksumDatabase.url',
    },
    { with: 'a database by ftp', changes: database(ok, 'ftp://a'), path: 'checksumDatabase.url' },
    { with: 'a database with a password', changes: database(ok, 'https://a:b@c'), path: 'checksumDatabase.url' },
    { with: 'a database with a query', changes: database(ok, 'https://a?b'), path: 'checksumDatabase.url' },
    {
      with: 'a database with a port that is too high',
      changes: database(ok, 'https://a:65536'),
      path: 'checksumDatabase.url',
    },
    {
      with: 'an upstream of two lines',
      changes: { probedUpstreams: ['https://a', 'https://a\nb'] },
      path: 'probedUpstreams[1]',
    },
    { with: 'an upstream with a user', changes: { probedUpstreams: ['https://token@a'] }, path: 'probedUpstreams[0]' },
    {
      with: 'two lines as an engine to wait for',
      changes: { awaitedEngines: ['http://a', 'http://a\nb'] },
      path: 'awaitedEngines[1]',
    },
    { with: 'a file as upstream', changes: { probedUpstreams: ['file:///etc/passwd'] }, path: 'probedUpstreams[0]' },
  ];

  test.each(cases)('with $with', ({ changes, path }) => {
    const check = (): void => {
      checkGatewayModel({ ...model, ...changes });
    };
    expect(check).toThrow(GatewayModelError);
    expect(check).toThrow(expect.objectContaining({ code: 'InvalidGatewayModel', path }));
  });
});

test.each([
  ['as it is', {}],
  ['with one host name twice in an environment', environment({ hostnames: ['a.example', 'a.example'] })],
  [
    'with tokens',
    { auth, privatePatterns: ['git.acme.example/*', '*'], limits: { key: 'Subject' } } satisfies Partial<GatewayModel>,
  ],
  ['with a name that has a path', database('sum.acme.example/go/sum', 'http://10.0.0.1:8080/x/')],
])('a model is accepted %s', (_, changes) => {
  expect(() => {
    checkGatewayModel({ ...model, ...changes });
  }).not.toThrow();
});
