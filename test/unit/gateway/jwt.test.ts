import { describe, expect, test } from '@jest/globals';
import { makeKey, makeToken, now } from '../../gateway-real/support/tokens.ts';

// In the real nginx, with all that a token can be: test/gateway-real/identity.test.ts.

interface Asked {
  authorization?: string;
  environment?: string;
  kind?: string;
}
interface Decision {
  status: number;
  role: string;
  subject: string;
  reason: string;
  seconds: number;
}
interface Script {
  decide(policy: object, asked: Asked, readKeys: (name: string) => string, now: number): Promise<Decision>;
  problemOfKeys(text: string, algorithms: readonly string[]): Promise<string>;
}
// The script that nginx runs, not the module beside it that holds its text.
const path = '../../../src/gateway/pod/jwt.js';
const script = ((await import(path)) as { default: Script }).default;

const key = makeKey('ES256');
const all = ['HS512', 'RS256', 'ES256'];
const policy = {
  anonymousRole: 'Guest',
  jwt: [{ name: 'ci', issuer: 'https://idp.example', audiences: ['goproxy'], algorithms: all, roleClaim: 'a.roles' }],
  environments: [
    { name: 'open', minimumRole: 'Guest', requiredClaims: [] },
    {
      name: 'constructor',
      minimumRole: 'Admin',
      requiredClaims: [{ claim: 'https://acme/team', values: ['core', 'b'] }],
    },
  ],
};
const decide = (claims: object, asked: Asked = {}, changes: object = {}) =>
  script.decide(
    { ...policy, ...changes },
    { authorization: `Bearer ${makeToken(key, claims)}`, environment: 'open', kind: 'private', ...asked },
    () => JSON.stringify({ keys: [key.jwk] }),
    now(),
  );

describe('a role', () => {
  test.each([
    ['of the way with dots', { a: { roles: ['User'] } }, 'User'],
    ['of the whole name, which comes first', { 'a.roles': 'Admin', a: { roles: ['User'] } }, 'Admin'],
    ['is the highest', { a: { roles: ['Guest', 'Admin', 'User'] } }, 'Admin'],
    ['is Guest, when the claim is not there', {}, 'Guest'],
    ['is Guest, when the claim says something else', { a: { roles: ['admin', 'toString', 'None', 2, null] } }, 'Guest'],
    ['is Guest, when the way leads nowhere', { a: [{ roles: ['Admin'] }] }, 'Guest'],
    ['is not inherited', JSON.parse('{"a":{"__proto__":{"roles":"Admin"}}}') as object, 'Guest'],
  ])('%s', async (_, claims, role) => {
    expect(await decide(claims)).toMatchObject({ role, status: role === 'Guest' ? 403 : 204 });
  });
});

describe('an environment', () => {
  test('that is not known is denied', async () => {
    for (const environment of ['', 'other', '__proto__', undefined]) {
      expect(await decide({ a: { roles: ['Admin'] } }, { environment: environment as string })).toMatchObject({
        status: 403,
      });
    }
  });

  test('of any name has its own rules', async () => {
    const admin = { a: { roles: ['Admin'] } };
    const asked = { environment: 'constructor', kind: 'public' };
    expect(await decide(admin, asked)).toMatchObject({
      status: 403,
      reason: expect.stringContaining('https://acme/team'),
    });
    expect(await decide({ ...admin, 'https://acme/team': ['x', 'b'] }, asked)).toMatchObject({ status: 204 });
    expect(await decide({ ...admin, 'https://acme/team': { 0: 'b' } }, asked)).toMatchObject({ status: 403 });
    expect(await decide({ a: { roles: ['User'] }, 'https://acme/team': 'b' }, asked)).toMatchObject({ status: 403 });
  });
});

test('a kind of path that is not known is denied', async () => {
  for (const kind of ['', 'Public', 'toString', undefined]) {
    expect(await decide({ a: { roles: ['Admin'] } }, { kind: kind as string })).toMatchObject({ status: 403 });
    expect(
      await script.decide(policy, { environment: 'open', ...(kind !== undefined && { kind }) }, () => '', now()),
    ).toMatchObject({ status: 401 });
  }
});

describe('a subject', () => {
  test.each<[unknown, string]>([
    ['alice', 'ci/alice'],
    ['a b\n"', 'ci/a%20b%0A%22'],
    ['ä💾', 'ci/%C3%A4%F0%9F%92%BE'],
    ['x'.repeat(300), `ci/${'x'.repeat(253)}`],
    ['', ''],
    [7, ''],
    ['\ud800', ''],
  ])('%j is written %j', async (sub, subject) => {
    expect(await decide({ sub, a: { roles: 'User' } })).toMatchObject({ status: 204, subject });
  });
});

test.each([
  [600, 10],
  [7, 7],
  [1, 1],
])('a yes to a token of %d more seconds is kept for %d', async (left, seconds) => {
  const at = now();
  const authorization = `Bearer ${makeToken(key, { exp: at + left, a: { roles: 'User' } })}`;
  const read = () => JSON.stringify({ keys: [key.jwk] });
  const decision = await script.decide(policy, { authorization, environment: 'open', kind: 'private' }, read, at);
  expect(decision).toMatchObject({ status: 204, seconds });
});

test('keys that cannot be read or used let nobody in, and say nothing of themselves', async () => {
  const authorization = `Bearer ${makeToken(key)}`;
  const readers = [
    () => {
      throw new Error('ENOENT: secret.json');
    },
    () => '{',
    () => '{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}',
  ];
  for (const read of readers) {
    expect(await script.decide(policy, { authorization, environment: 'open', kind: 'public' }, read, now())).toEqual({
      status: 401,
      role: '',
      subject: '',
      reason: 'The token is refused: it cannot be verified',
      seconds: 0,
    });
  }
});

describe('a JWKS', () => {
  const { jwk } = key;
  const [rsa, secret] = [makeKey('RS256', 'rsa'), makeKey('HS512', 'secret')];
  test.each<[string, unknown, string | RegExp]>([
    ['of one key each', { keys: [jwk, rsa.jwk, secret.jwk] }, ''],
    [
      'with keys for other purposes',
      {
        keys: [
          { kty: 'OKP' },
          { ...rsa.jwk, use: 'enc' },
          { ...rsa.jwk, alg: 'PS256' },
          { ...jwk, crv: 'P-384' },
          { ...rsa.jwk, key_ops: ['encrypt'] },
          jwk,
        ],
      },
      '',
    ],
    [
      'with keys without alg and kid',
      {
        keys: [
          { ...jwk, alg: undefined, kid: undefined },
          { ...rsa.jwk, alg: undefined, kid: undefined },
        ],
      },
      '',
    ],
    ['of no key', { keys: [] }, 'it has no key for HS512, RS256, ES256'],
    ['of no key that fits', { keys: [{ ...jwk, alg: 'RS256' }] }, 'it has no key for HS512, RS256, ES256'],
    ['that is a list', [jwk], /no JSON Web Key Set/],
    ['that is one key', jwk, /no JSON Web Key Set/],
    ['with null', { keys: [null] }, /no JSON Web Key Set/],
    ['with a kid that is no text', { keys: [{ ...jwk, kid: 1 }] }, 'key 1: kid is no text'],
    ['with one kid twice', { keys: [jwk, { ...rsa.jwk, kid: jwk['kid'] }] }, 'key 2 has the kid of another one'],
    [
      'with a short secret',
      { keys: [makeKey('HS512', 'a', 63).jwk] },
      /^key 1 has 63 bytes, and HS512 needs at least 64/,
    ],
    ['with a secret that is no base64url', { keys: [{ ...secret.jwk, k: 'a+b/' }] }, 'key 1 k is no base64url'],
    [
      'with a short RSA key',
      { keys: [{ ...rsa.jwk, n: Buffer.alloc(255, 1).toString('base64url') }] },
      'key 1 has 2040 bits, and RS256 needs 2048 to 8192',
    ],
    ['with an RSA key without exponent', { keys: [{ ...rsa.jwk, e: undefined }] }, 'key 1 e is no base64url'],
    ['with a private key', { keys: [{ ...rsa.jwk, d: 'AQ' }] }, /^key 1 is a private key/],
    ['with a point that is too short', { keys: [{ ...jwk, x: 'AQ' }] }, 'key 1 is no point of P-256'],
    ['with a point beside the curve', { keys: [{ ...jwk, y: jwk['x'] }] }, 'key 1 is no public key'],
  ])('%s', async (_, set, problem) => {
    expect(await script.problemOfKeys(JSON.stringify(set), all)).toEqual(
      typeof problem === 'string' ? problem : expect.stringMatching(problem),
    );
  });

  test('has to have a key for the algorithms that are asked for', async () => {
    expect(await script.problemOfKeys(JSON.stringify({ keys: [secret.jwk] }), ['RS256'])).toBe(
      'it has no key for RS256',
    );
  });

  test('has at most 64 KiB', async () => {
    expect(await script.problemOfKeys(' '.repeat(65_537), all)).toBe('it is longer than 64 KiB');
  });
});
