import { beforeAll, describe, expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { eventually } from '../support/eventually.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { gatewayType, modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';
import {
  algorithms,
  authOf,
  basic,
  bearer,
  goodClaims,
  issuer,
  jwks,
  makeKey,
  makeToken,
  now,
  placeKeys,
} from './support/tokens.ts';
import type { Algorithm, SigningKey } from './support/tokens.ts';

const open = '/example.com/mod/@v/v1.0.0.mod';
const secret = '/git.acme.example/secret/@v/v1.0.0.mod';

/** Envoy joins them, and the joined text is no token; nginx takes it for no HTTP. */
const twoHeaders = gatewayType === 'Envoy' ? 401 : 400;

let engine: Engine;
let keys: Record<Algorithm, SigningKey>;
/** Not in any JWKS. */
let strange: Record<Algorithm, SigningKey>;
let gateway: RunningNginx;

const modelWith = (changes: Partial<GatewayModel> = {}): GatewayModel => {
  const model = modelOf(
    { prod: engine.port, staging: engine.port },
    {
      auth: authOf(),
      privatePatterns: ['git.acme.example/*'],
    },
  );
  const restricted = { minimumRole: 'User', requiredClaims: [{ claim: 'env', values: ['staging'] }] } as const;
  const environments = model.environments.map((each) =>
    each.name === 'staging' ? { ...each, access: restricted } : each,
  );
  return { ...model, environments, ...changes };
};

const start = (model: GatewayModel, sets: Record<string, string>) =>
  startNginx(model, {
    prepare: (folder) => {
      placeKeys(folder, sets);
      return Promise.resolve();
    },
  });

beforeAll(async () => {
  engine = await startEngine();
  engine.answer(open, { body: 'open' });
  engine.answer(secret, { body: 'secret' });
  engine.answer('/catalog?pageSize=2', { body: '{"modules":[]}' });
  engine.answer('/metrics', { body: 'numbers' });
  keys = { HS512: makeKey('HS512', 'h1'), RS256: makeKey('RS256', 'r1'), ES256: makeKey('ES256', 'e1') };
  strange = { HS512: makeKey('HS512', 'h1'), RS256: makeKey('RS256', 'r1'), ES256: makeKey('ES256', 'e1') };
  gateway = await start(modelWith(), { ci: jwks(keys.HS512, keys.RS256, keys.ES256) });
});

const statusAt =
  (where: () => RunningNginx) =>
  async (path: string, asked = {}): Promise<number> =>
    (await where().ask(path, asked)).status;
const status = statusAt(() => gateway);

describe('a token is accepted', () => {
  test.each(algorithms)('signed with %s, as Bearer and as the password of Basic', async (algorithm) => {
    const token = makeToken(keys[algorithm]);
    expect(await gateway.ask(secret, bearer(token))).toMatchObject({ status: 200, body: 'secret' });
    expect(await gateway.ask(secret, basic(token))).toMatchObject({ status: 200, body: 'secret' });
  });

  test.each([
    ['for one of our audiences among others', { aud: ['x', 'other'] }],
    ['that began a moment ago by a clock that is fast', { nbf: now() + 30, iat: now() + 30 }],
    ['whose role is a text', { roles: 'User' }],
    ['with the highest of several roles', { roles: ['Guest', 'nonsense', 'Admin'] }],
    ['without a subject', { sub: undefined }],
  ])('%s', async (_, claims) => {
    expect(await status(secret, bearer(makeToken(keys.ES256, claims)))).toBe(200);
  });

  test('without a kid, by a key of its algorithm', async () => {
    expect(await status(secret, bearer(makeToken(keys.RS256, {}, { kid: undefined })))).toBe(200);
  });

  test('in any case of the word Bearer', async () => {
    const token = makeToken(keys.HS512);
    expect(await status(secret, { headers: { Authorization: `bearer ${token}` } })).toBe(200);
  });
});

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (alg: unknown, signature = '') => `${encode({ alg, kid: 'h1' })}.${encode(goodClaims())}.${signature}`;
/** The public key of RS256 as the secret of an HMAC. */
const confused = (alg: string): string => {
  const signed = `${encode({ alg, kid: 'r1' })}.${encode(goodClaims())}`;
  const publicKey = String(keys.RS256.jwk['n']);
  const hash = alg === 'HS512' ? 'sha512' : 'sha256';
  return `${signed}.${createHmac(hash, Buffer.from(publicKey, 'base64url')).update(signed).digest('base64url')}`;
};
const hs256WithOurKey = (): string => {
  const signed = `${encode({ alg: 'HS256', kid: 'h1' })}.${encode(goodClaims())}`;
  const key = Buffer.from(String(keys.HS512.jwk['k']), 'base64url');
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
};
const flipped = (token: string): string => {
  const [head, claims, signature = ''] = token.split('.');
  return `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
};
const promoted = (token: string): string => {
  const [head, , signature] = token.split('.');
  return `${head}.${encode({ ...goodClaims(), roles: ['Admin'] })}.${signature}`;
};

/** Vectors that an implementation of JWT must refuse. */
const vectors: { name: string; token: () => string }[] = [
  ...['none', 'None', 'nOnE', 'NONE', '', null, 'HS512 '].map((alg) => ({
    name: `alg ${JSON.stringify(alg)} without a signature`,
    token: () => unsigned(alg),
  })),
  { name: 'alg none with a signature', token: () => unsigned('none', 'AAAA') },
  { name: 'no alg', token: () => makeToken(keys.HS512, {}, { alg: undefined }) },
  { name: 'HS256 with the key of HS512', token: hs256WithOurKey },
  { name: 'HS512 with the public key of RS256', token: () => confused('HS512') },
  { name: 'HS256 with the public key of RS256', token: () => confused('HS256') },
  { name: 'alg of another key than its kid', token: () => makeToken(keys.HS512, {}, { kid: 'r1' }) },
  { name: 'no signature', token: () => makeToken(keys.ES256).replace(/[^.]*$/, '') },
  { name: 'no third part', token: () => makeToken(keys.ES256).replace(/\.[^.]*$/, '') },
  { name: 'four parts', token: () => `${makeToken(keys.ES256)}.x` },
  { name: 'claims that are not those which were signed', token: () => promoted(makeToken(keys.RS256)) },
  ...algorithms.flatMap((algorithm) => [
    { name: `a changed signature of ${algorithm}`, token: () => flipped(makeToken(keys[algorithm])) },
    { name: `a key of ${algorithm} that is not ours, with our kid`, token: () => makeToken(strange[algorithm]) },
  ]),
  ...['r2', '../e1', 'e1\0', 'E1', '', 1, null, ['e1']].map((kid) => ({
    name: `kid ${JSON.stringify(kid)}`,
    token: () => makeToken(keys.ES256, {}, { kid }),
  })),
  { name: 'a critical extension', token: () => makeToken(keys.ES256, {}, { crit: ['b64'], b64: false }) },
  {
    name: 'a key of its own in the head',
    token: () => makeToken(strange.ES256, {}, { kid: undefined, jwk: strange.ES256.jwk }),
  },
  ...[undefined, null, '9999999999', now() - 1, now() - 61, 0, -1, true].map((exp) => ({
    name: `exp ${String(exp)}`,
    token: () => makeToken(keys.ES256, { exp }),
  })),
  ...[now() + 120, '0', null].map((nbf) => ({
    name: `nbf ${String(nbf)}`,
    token: () => makeToken(keys.ES256, { nbf }),
  })),
  ...[now() + 120, '0', null].map((iat) => ({
    name: `iat ${String(iat)}`,
    token: () => makeToken(keys.ES256, { iat }),
  })),
  ...[undefined, null, '', 'Goproxy', 'goproxy ', [], ['x'], [['goproxy']], { goproxy: 1 }, true].map((aud) => ({
    name: `aud ${JSON.stringify(aud)}`,
    token: () => makeToken(keys.ES256, { aud }),
  })),
  ...[undefined, null, '', `${issuer}/`, 'https://IDP.example', [issuer], 'https://other.example'].map((iss) => ({
    name: `iss ${JSON.stringify(iss)}`,
    token: () => makeToken(keys.ES256, { iss }),
  })),
  { name: 'claims that are no object', token: () => `${encode({ alg: 'ES256' })}.${encode([1])}.AAAA` },
  { name: 'a head that is no JSON', token: () => `AAAA.${encode(goodClaims())}.AAAA` },
  { name: 'characters that are not of base64url', token: () => makeToken(keys.ES256).replace(/.$/, '+') },
  { name: 'a huge head', token: () => makeToken(keys.ES256, {}, { x: 'x'.repeat(9000) }) },
  { name: 'a text', token: () => 'secret' },
];

describe('a token is refused with 401 and a reason, for modules of all too', () => {
  test.each(vectors)('$name', async ({ token }) => {
    for (const path of [open, secret]) {
      for (const asked of [bearer(token()), basic(token())]) {
        const answer = await gateway.ask(path, asked);
        expect({ path, status: answer.status }).toEqual({ path, status: 401 });
        expect(answer.headers['content-type']).toBe('text/plain');
        expect(answer.body).toMatch(/^The token is refused: .+\n$/);
        expect(answer.headers['www-authenticate']).toMatch(/Bearer.*Basic/);
      }
    }
  });

  test.each([
    'Bearer',
    'Bearer ',
    'Basic',
    'Basic !',
    'Digest x',
    'Bearer a b',
    `Basic ${Buffer.from('nocolon').toString('base64')}`,
  ])('in a header that has none: %j', async (Authorization) => {
    expect(await status(open, { headers: { Authorization } })).toBe(401);
  });

  test('beside another one, in two headers', async () => {
    const headers = { Authorization: [makeToken(keys.ES256), makeToken(keys.RS256)].map((token) => `Bearer ${token}`) };
    expect(await status(secret, { headers })).toBe(twoHeaders);
    expect(await status(open, { headers })).toBe(twoHeaders);
  });

  test('beside one that was accepted before, in two headers', async () => {
    const good = `Bearer ${makeToken(keys.ES256)}`;
    expect(await status(secret, { headers: { Authorization: good } })).toBe(200);
    expect(await status(secret, { headers: { Authorization: [good, 'Bearer x'] } })).toBe(twoHeaders);
    expect(await status(secret, { headers: { Authorization: ['Bearer x', good] } })).toBe(twoHeaders);
  });
});

const roles = { anonymous: undefined, Guest: [], User: ['User'], Admin: ['Admin'] };
type Who = keyof typeof roles;
const as = (who: Who, claims: object = {}): { headers: Record<string, string> } =>
  who === 'anonymous' ? { headers: {} } : bearer(makeToken(keys.ES256, { roles: roles[who], ...claims }));

describe('what a role may', () => {
  // Of anonymous, Guest, User, Admin.
  const rows: [string, number[]][] = [
    [open, [200, 200, 200, 200]],
    [secret, [401, 403, 200, 200]],
    ['/git.acme.example/absent/@v/list', [401, 403, 404, 404]],
    ['/catalog?pageSize=2', [401, 403, 403, 200]],
    ['/metrics', [401, 403, 403, 200]],
    ['/debug/pprof/heap', [403, 403, 403, 403]],
    ['/catalog/x', [403, 403, 403, 403]],
    ['/', [200, 200, 200, 200]],
    ['/example.com/mod/@v/v1.0.0.exe', [404, 404, 404, 404]],
    [`/staging${open}`, [401, 403, 403, 403]],
  ];
  const cases = rows.flatMap(([path, statuses]) =>
    (Object.keys(roles) as Who[]).map((who, at) => ({ path, who, expected: statuses[at] })),
  );

  test.each(cases)('$who, $path: $expected', async ({ path, who, expected }) => {
    expect(await status(path, as(who))).toBe(expected);
  });

  test('a refusal is plain text with a reason', async () => {
    expect(await gateway.ask(secret)).toMatchObject({
      headers: { 'content-type': 'text/plain' },
      body: expect.stringMatching(/^This needs a token: .+\n$/),
    });
    expect(await gateway.ask(secret, as('Guest'))).toMatchObject({
      headers: { 'content-type': 'text/plain' },
      body: 'This needs the role User, and the token says Guest\n',
    });
  });

  test('a page of an engine is as it is now, and never kept', async () => {
    const asked = engine.asked('/catalog?pageSize=2');
    const page = { status: 200, body: '{"modules":[]}', headers: { 'cache-control': 'no-store' } };
    expect(await gateway.ask('/catalog?pageSize=2', as('Admin'))).toMatchObject(page);
    expect(await gateway.ask('/catalog?pageSize=2', as('Admin'))).toMatchObject(page);
    expect(engine.asked('/catalog?pageSize=2')).toBe(asked + 2);
  });

  test('a user who asks for a page first does not open it: the path in the request for authorisation is another', async () => {
    const user = as('User', { sub: 'fresh' });
    expect(await status(open, user)).toBe(200);
    expect(await status('/catalog', user)).toBe(403);
    expect(await status('/authorise.request', user)).toBe(404);
    expect(await status('/authorise.request')).toBe(404);
  });

  test('an answer may be kept by its client, and by no cache in between', async () => {
    expect((await gateway.ask(open)).headers['cache-control']).toBe('private, max-age=31536000, immutable');
    expect((await gateway.ask(secret, as('User'))).headers['cache-control']).toBe(
      'private, max-age=31536000, immutable',
    );
  });

  test('a file in the cache is not given to who may not have it', async () => {
    expect((await gateway.ask(secret, as('User'))).headers['x-cache']).toBe('HIT');
    expect(await status(secret)).toBe(401);
    expect(await status(secret, as('Guest'))).toBe(403);
  });
});

describe('a private module is found', () => {
  test.each([
    '/git.acme.example/secret/@v/list',
    '/git.acme.example/secret/@latest',
    '/git.acme.example/secret/v2/sub/@v/v2.0.0.zip',
    '/git.acme.example/!secret/@v/list',
    '/git.acme.example/%21secret/@v/list',
    '/git.acme.example/Secret/@v/list',
    '/GIT.acme.example/secret/@v/list',
    '/!git.!acme.example/secret/@v/list',
    '/prod/git.acme.example/secret/@v/list',
  ])('in %s', async (path) => {
    expect(await status(path)).toBe(401);
    expect(await status(path, as('Guest'))).toBe(403);
  });

  test.each([
    '/git.acme.example/@v/list',
    '/xgit.acme.example/secret/@v/list',
    '/git.acme.example.com/secret/@v/list',
    '/gitxacme.example/secret/@v/list',
    '/example.com/git.acme.example/secret/@v/list',
  ])('and not in %s', async (path) => {
    expect(await status(path)).toBe(404);
  });
});

describe('an environment', () => {
  test('serves who has its role and its claim', async () => {
    engine.answer('/example.com/staged/@v/v1.0.0.mod', { body: 'staged' });
    const path = '/example.com/staged/@v/v1.0.0.mod';
    expect(await gateway.ask(`/staging${path}`, as('User', { env: 'staging' }))).toMatchObject({
      status: 200,
      body: 'staged',
    });
    expect(await status(`/staging${path}`, as('User', { env: ['dev', 'staging'] }))).toBe(200);
    expect(await status(`/staging${path}`, as('User', { env: 'prod' }))).toBe(403);
    expect(await status(`/staging${path}`, as('Guest', { env: 'staging' }))).toBe(403);
    expect(await status(`/staging${path}`, as('Admin'))).toBe(403);
  });

  test('is not given by X-Env, host name or path to who may not have it', async () => {
    const token = as('User', { env: 'prod' }).headers;
    for (const [path, headers] of [
      [open, { 'X-Env': 'staging' }],
      [open, { Host: 'staging.example' }],
      [`/staging${open}`, {}],
    ] as const) {
      expect(await status(path, { headers: { ...token, ...headers } })).toBe(403);
    }
  });

  test('does not take an answer for another environment', async () => {
    const token = as('User', { env: 'prod', sub: 'two' });
    expect(await status(open, token)).toBe(200);
    expect(await status(`/staging${open}`, token)).toBe(403);
    expect(await status(open, token)).toBe(200);
  });
});

test.each([
  { 'X-Gateway-Role': 'Admin', 'X-Gateway-Subject': 'root', 'X-Gateway-Kind': 'public' },
  { 'X-Gateway-Kind': 'public', X_Gateway_Kind: 'public', 'X-GoProxyCache-Environment': 'prod' },
  { 'X-Gateway-Environment': 'prod', 'X-Original-URL': open, 'X-Rewrite-URL': open, 'X-Original-Method': 'GET' },
  {
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Proto': 'https',
    'X-Envoy-Original-Path': open,
    'X-Auth-Role': 'Admin',
  },
  { 'X-Accel-Redirect': secret, 'X-Accel-Expires': '1', Connection: 'close, X-Gateway-Kind' },
])('headers of a client say nothing of who it is: %j', async (headers) => {
  expect(await status(secret, { headers })).toBe(401);
  expect(await status('/catalog', { headers })).toBe(401);
  expect(await status(`/staging${open}`, { headers })).toBe(401);
  expect(await status(secret, { headers: { ...headers, ...as('Guest').headers } })).toBe(403);
});

test('a token in the query is no token', async () => {
  const token = makeToken(keys.ES256);
  expect(await status(`${secret}?access_token=${token}&token=${token}`)).toBe(401);
  expect(
    await status(secret, { headers: { Cookie: `token=${token}`, 'Proxy-Authorization': `Bearer ${token}` } }),
  ).toBe(401);
});

test('a yes is kept no longer than the token is valid', async () => {
  const token = bearer(makeToken(keys.ES256, { exp: now() + 3 }));
  expect(await status(secret, token)).toBe(200);
  const began = performance.now();
  await eventually('a refusal', 20, async () => {
    const seen = await status(secret, token);
    return seen === 401 ? { value: seen } : { missing: String(seen) };
  });
  // A yes is kept for ten seconds; this one ended with the token.
  expect(performance.now() - began).toBeLessThan(8000);
});

test('without a role for strangers, nobody reads anything without a token', async () => {
  const closed = await start(modelWith({ auth: { ...authOf(), anonymousRole: 'None' } }), { ci: jwks(keys.ES256) });
  const ask = statusAt(() => closed);
  for (const path of [open, secret, '/catalog', '/example.com/mod/@v/list', `/staging${open}`]) {
    expect(await ask(path)).toBe(401);
  }
  expect(await ask(open, as('Guest'))).toBe(200);
  expect(await ask(secret, as('Guest'))).toBe(403);
});

test('without keys nobody is let in by a token', async () => {
  const keyless = await startNginx(modelWith());
  expect(await keyless.ask(secret, bearer(makeToken(keys.ES256)))).toMatchObject({
    status: 401,
    body: expect.stringContaining('cannot be verified'),
  });
  expect(await keyless.ask(open)).toMatchObject({ status: 200 });
  expect((await keyless.askStatus('/readyz')).status).toBe(404);
});

test('the access log says the role and of whom the token is, and nothing of the token', async () => {
  const token = makeToken(keys.RS256, { sub: 'alice "x"\n<a@b>', roles: ['Admin'] });
  await gateway.ask('/example.com/logged/@v/list', bearer(token));
  const line = await eventually('a line in the log', 10, () => {
    const found = gateway
      .log()
      .split('\n')
      .find((text) => text.includes('logged'));
    return found === undefined ? { missing: gateway.log() } : { value: found };
  });
  expect(JSON.parse(line)).toMatchObject({ role: 'Admin', subject: 'ci/alice%20%22x%22%0A%3Ca%40b%3E', status: 404 });
  for (const part of token.split('.')) expect(gateway.log()).not.toContain(part);
});

describe('issuers', () => {
  test('each have their own keys, audiences and role claim', async () => {
    const [one] = authOf().jwt;
    if (one === undefined) throw new Error('there is an issuer');
    const people = {
      ...one,
      name: 'people',
      issuer: 'urn:people',
      audiences: ['people'],
      algorithms: ['RS256'] as const,
      roleClaim: 'realm_access.roles',
    };
    const own = await start(modelWith({ auth: { anonymousRole: 'Guest', jwt: [one, people] } }), {
      ci: jwks(keys.ES256),
      people: jwks(keys.RS256, keys.HS512),
    });
    const ask = statusAt(() => own);
    const theirs = { iss: 'urn:people', aud: 'people', roles: undefined, realm_access: { roles: ['User'] } };
    expect(await ask(secret, bearer(makeToken(keys.ES256)))).toBe(200);
    expect(await ask(secret, bearer(makeToken(keys.RS256, theirs)))).toBe(200);
    expect(await ask(secret, bearer(makeToken(keys.RS256, { ...theirs, realm_access: [] })))).toBe(403);
    expect(await ask(secret, bearer(makeToken(keys.ES256, theirs)))).toBe(401);
    expect(await ask(secret, bearer(makeToken(keys.RS256)))).toBe(401);
    expect(await ask(secret, bearer(makeToken(keys.RS256, { ...theirs, aud: 'goproxy' })))).toBe(401);
    // A key that is there, of an algorithm that is not asked for.
    expect(await ask(secret, bearer(makeToken(keys.HS512, theirs)))).toBe(401);
  });
});

describe('a limit for each subject', () => {
  test('counts who a token is of, and strangers by their address', async () => {
    const limits = { key: 'Subject', requests: { perSecond: 1, burst: 1 } } as const;
    const own = await start(modelWith({ limits }), { ci: jwks(keys.ES256) });
    const ask = statusAt(() => own);
    const statuses = (asked: object) => Promise.all(Array.from({ length: 6 }, () => ask(secret, asked)));
    // Of one person with two tokens.
    const alice = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((at) => ask(secret, as('User', { sub: 'alice', at: at % 2 }))),
    );
    expect(alice.filter((seen) => seen === 429).length).toBeGreaterThanOrEqual(3);
    // Of six people.
    const people = await Promise.all([0, 1, 2, 3, 4, 5].map((at) => ask(secret, as('User', { sub: `p${at}` }))));
    expect(people).toEqual(Array(6).fill(200));
    // Tokens that are refused are not counted as somebody's.
    expect(await statuses(bearer('x.y.z'))).toEqual(Array(6).fill(401));
    const strangers = await Promise.all([0, 1, 2, 3, 4, 5].map(() => own.ask(open)));
    const refused = strangers.filter(({ status: seen }) => seen === 429);
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]).toMatchObject({ headers: { 'retry-after': '1' }, body: expect.stringContaining('from you') });
  });
});

describe.each([{ key: undefined }, { key: 'Subject' as const }])('with a mirror, and limits of $key', ({ key }) => {
  test('only a request that is authorised is answered and repeated', async () => {
    const copies = await startEngine();
    const model = modelOf({ prod: engine.port, staging: copies.port });
    const environments = model.environments.map((each) =>
      each.name === 'prod' ? { ...each, mirror: { to: 'staging', percent: 100 } } : each,
    );
    const limits = { ...(key && { key }), requests: { perSecond: 1000, burst: 1000 } };
    const own = await start(modelWith({ environments, limits }), { ci: jwks(keys.ES256) });
    const ask = statusAt(() => own);
    expect(await ask(secret)).toBe(401);
    expect(await ask(secret, as('Guest'))).toBe(403);
    expect(await own.ask(secret, as('User'))).toMatchObject({ status: 200, body: 'secret' });
    expect(await own.ask(secret, as('User'))).toMatchObject({ status: 200, headers: { 'x-cache': 'HIT' } });
    await eventually('a copy', 10, () =>
      copies.asked(secret) > 0 ? { value: true } : { missing: JSON.stringify(copies.requests.map(({ url }) => url)) },
    );
    expect(await ask(secret)).toBe(401);
  });
});
