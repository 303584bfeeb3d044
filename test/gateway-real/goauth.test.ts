import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CHECKOUT } from '../support/environment.ts';
import { goEnvironment, withModcache } from '../support/gocommand.ts';
import { run } from '../support/run.ts';
import { makeCertificate } from './support/certificate.ts';
import type { Certificate } from './support/certificate.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';
import { authOf, jwks, makeKey, makeToken, now, placeKeys } from './support/tokens.ts';

jest.setTimeout(60_000);

const script = join(CHECKOUT, 'examples/goauth.sh');
const key = makeKey('ES256');

let engine: Engine;
let staging: Engine;
let gateway: RunningNginx;
let certificate: Certificate;
let url: string;

beforeAll(async () => {
  [engine, staging] = await Promise.all([startEngine(), startEngine()]);
  const info = { body: '{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}' };
  for (const each of [engine, staging]) {
    each.answer('/git.acme.example/secret/@v/v1.0.0.info', info);
    each.answer('/git.acme.example/secret/@v/v1.0.0.mod', { body: 'module git.acme.example/secret\n' });
  }
  const model = modelOf(
    { prod: engine.port, staging: staging.port },
    { ports: { http: 1, https: 2, status: 3 }, auth: authOf(), privatePatterns: ['git.acme.example/*'] },
  );
  gateway = await startNginx(model, {
    prepare: async (folder) => {
      certificate = await makeCertificate(folder.root, 'localhost');
      writeFileSync(join(folder.tls, 'tls.crt'), certificate.cert);
      writeFileSync(join(folder.tls, 'tls.key'), certificate.key);
      placeKeys(folder, { ci: jwks(key) });
    },
  });
  url = `https://localhost:${gateway.ports.https}`;
});

/** What the go command says of a private module, with these settings. */
const list = (env: NodeJS.ProcessEnv, query = 'git.acme.example/secret@v1.0.0'): Promise<string> =>
  withModcache((modcache) => {
    // One that git would ask for is not there: whoever leaves the proxy for it fails.
    const proxies = `${url},direct`;
    const settings = { ...goEnvironment(proxies, modcache), SSL_CERT_FILE: certificate.file, GIT_TERMINAL_PROMPT: '0' };
    return run('go', ['list', '-m', query], { cwd: gateway.folder.root, env: { ...settings, ...env } });
  });
const found = 'git.acme.example/secret v1.0.0\n';

/** A home with a .netrc, in which go looks up a host with its port. */
function homeWithNetrc(token: string): string {
  const home = join(gateway.folder.root, 'home');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, '.netrc'), `machine localhost:${gateway.ports.https} login go password ${token}\n`);
  chmodSync(join(home, '.netrc'), 0o600);
  return home;
}

describe('the real go command', () => {
  test('reads a private module with the token in a .netrc', async () => {
    expect(await list({ HOME: homeWithNetrc(makeToken(key)) })).toBe(found);
  });

  test('reads it with goauth.sh, of the environment that it names', async () => {
    const env = { GOAUTH: `${script} ${url}`, GOPROXYCACHE_TOKEN: makeToken(key), GOPROXYCACHE_ENVIRONMENT: 'staging' };
    const before = staging.requests.length;
    expect(await list(env)).toBe(found);
    expect(staging.requests.length).toBeGreaterThan(before);
  });

  test('reads it with a token from a file', async () => {
    const file = join(gateway.folder.root, 'token');
    writeFileSync(file, `${makeToken(key)}\n`);
    expect(await list({ GOAUTH: `${script} ${url}`, GOPROXYCACHE_TOKEN_FILE: file })).toBe(found);
  });

  test.each([
    ['without a token', {}, /401.*\s+.*This needs a token/],
    ['with one that has expired', { exp: 1 }, /401.*\s+.*The token is refused: it has expired/],
    ['with one of a guest', { roles: [] }, /403.*\s+.*This needs the role User/],
  ])('stops %s, shows why, and does not leave for version control', async (_, claims, reason) => {
    const asked = engine.requests.length;
    const credentials =
      Object.keys(claims).length === 0
        ? { GOAUTH: 'off' }
        : { GOAUTH: `${script} ${url}`, GOPROXYCACHE_TOKEN: makeToken(key, { exp: now() + 60, ...claims }) };
    const said = await list(credentials).catch((error: unknown) => String(error));
    expect(said).toMatch(reason);
    expect(said).not.toMatch(/git ls-remote|dial tcp/);
    expect(engine.requests).toHaveLength(asked);
  });
});

describe('goauth.sh', () => {
  const helper = (args: string[], env: NodeJS.ProcessEnv) =>
    run('sh', [script, ...args], { env: { PATH: process.env['PATH'], ...env } });

  test('prints what go reads', async () => {
    expect(
      await helper(['https://a', 'https://a/x'], { GOPROXYCACHE_TOKEN: 'a.b.c', GOPROXYCACHE_ENVIRONMENT: 'dev' }),
    ).toBe('https://a\n\nAuthorization: Bearer a.b.c\nX-Env: dev\n\n');
  });

  test.each<[string, string[], NodeJS.ProcessEnv, RegExp]>([
    ['no address', [], { GOPROXYCACHE_TOKEN: 'a' }, /needs the address/],
    ['an address without TLS', ['http://a'], { GOPROXYCACHE_TOKEN: 'a' }, /with https/],
    ['no token', ['https://a'], {}, /has no token/],
    ['no file', ['https://a'], { GOPROXYCACHE_TOKEN_FILE: '/nonexistent' }, /cannot read/],
    ['a token with a header in it', ['https://a'], { GOPROXYCACHE_TOKEN: 'a\nX-Env: prod' }, /is no token/],
    [
      'an environment with a header in it',
      ['https://a'],
      { GOPROXYCACHE_TOKEN: 'a', GOPROXYCACHE_ENVIRONMENT: 'a\nB: c' },
      /no name of an environment/,
    ],
  ])('refuses %s, and prints nothing to go', async (_, args, env, reason) => {
    await expect(helper(args, env)).rejects.toThrow(reason);
  });
});
