import { beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { startEngine } from '../gateway-real/support/engine.ts';
import { modelOf } from '../gateway-real/support/model.ts';
import { startNginx } from '../gateway-real/support/nginx.ts';
import type { RunningNginx } from '../gateway-real/support/nginx.ts';
import { algorithms, authOf, jwks, makeKey, makeToken, placeKeys } from '../gateway-real/support/tokens.ts';
import type { SigningKey } from '../gateway-real/support/tokens.ts';
import { runs } from './support/runs.ts';

// 10,000 tries on a busy machine; a request that hangs has a limit of its own.
jest.setTimeout(3_600_000);

const path = '/git.acme.example/secret/@v/v1.0.0.mod';
const keys = algorithms.map((algorithm) => makeKey(algorithm, algorithm));
let gateway: RunningNginx;

beforeAll(async () => {
  const engine = await startEngine();
  engine.answer(path, { body: 'secret' });
  const model = modelOf(
    { prod: engine.port, staging: engine.port },
    { auth: authOf(), privatePatterns: ['git.acme.example/*'] },
  );
  gateway = await startNginx(model, {
    prepare: (folder) => {
      placeKeys(folder, { ci: jwks(...keys) });
      return Promise.resolve();
    },
  });
});

/** The status for a header. Whatever is in it, nginx survives, and the script knows what to say. */
async function ask(authorization: string): Promise<number> {
  const { status } = await gateway.ask(path, { headers: { Authorization: authorization } });
  const died = /exited on signal \d+|js exception[^\n]*/.exec(gateway.log())?.[0];
  expect({ authorization, status: [200, 400, 401, 403].includes(status) || status, died }).toEqual({
    authorization,
    status: true,
    died: undefined,
  });
  return status;
}

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const signed = (key: SigningKey, head: string, claims: string): string => {
  const text = `${encode(head)}.${encode(claims)}`;
  return `${text}.${key.sign(text).toString('base64url')}`;
};
const any = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>('User', 'goproxy', 'https://idp.example', 9e9, 0, '', [], {}, null),
);
const key = fc.constantFrom(...keys);

test('a header that nobody signed lets nobody in', async () => {
  const good = keys.map((each) => makeToken(each));
  const changed = fc
    .tuple(fc.constantFrom(...good), fc.nat(), fc.constantFrom('', '.', '=', '-', 'A', '%', '{', ' ', ',', 'é'))
    .map(([token, at, text]) => token.slice(0, at % token.length) + text + token.slice((at % token.length) + 1))
    .filter((token) => !good.includes(token));
  const written = fc.oneof(
    changed,
    fc.string({ maxLength: 200 }),
    fc.base64String({ maxLength: 200 }),
    fc
      .tuple(fc.json(), fc.json(), fc.base64String())
      .map(([head, claims, end]) => `${encode(head)}.${encode(claims)}.${end}`),
  );
  const scheme = fc.constantFrom('Bearer ', 'bearer ', 'Basic ', '', 'Bearer', 'Bearer  ');
  const basic = written.map((token) => `Basic ${Buffer.from(`u:${token}`).toString('base64')}`);
  const header = fc
    .oneof(
      fc.tuple(scheme, written).map(([before, token]) => before + token),
      basic,
    )
    .map((text) => text.replace(/[^\t\x20-\x7e]/g, '?').trim());
  await fc.assert(
    fc.asyncProperty(header, async (text) => {
      const status = await ask(text);
      // Behind the last character of a signature there may be bits that mean nothing.
      if (status === 200)
        expect(good.map((token) => token.slice(0, -1)).some((token) => text.includes(token))).toBe(true);
    }),
    runs,
  );
});

test('whatever is signed, only what says User or more lets in', async () => {
  const claims = fc.record(
    { iss: any, aud: any, exp: any, nbf: any, iat: any, sub: any, roles: any },
    { requiredKeys: [] },
  );
  const good = fc.record({ roles: any, sub: any });
  await fc.assert(
    fc.asyncProperty(
      key,
      fc.oneof(claims, good),
      fc.dictionary(fc.constantFrom('alg', 'kid', 'typ', 'crit', 'jwk'), any),
      async (signer, given, head) => {
        const token = makeToken(signer, given, Object.keys(head).length > 3 ? head : {});
        const status = await ask(`Bearer ${token}`);
        const roles = [given.roles ?? 'User'].flat();
        if (status === 200) expect(roles.some((role) => role === 'User' || role === 'Admin')).toBe(true);
      },
    ),
    runs,
  );
});

test.each([
  ['deep lists', `{"iss":"https://idp.example","x":${'['.repeat(2500)}${']'.repeat(2500)}}`],
  ['deep objects', `{"x":${'{"a":'.repeat(900)}1${'}'.repeat(900)}}`],
  ['a list that does not end', '['.repeat(5000)],
  ['many members', `{${Array.from({ length: 500 }, (_, at) => `"k${at}":1`).join(',')}}`],
  ['one member many times', `{${'"exp":1,'.repeat(500)}"exp":9999999999}`],
  ['a number without end', `{"exp":${'9'.repeat(4000)}}`],
  ['a number of many digits', `{"exp":1e999,"iss":"https://idp.example","aud":"goproxy"}`],
  ['escapes', `{"iss":"${'\\u0000'.repeat(700)}"}`],
  ['half a surrogate', '{"iss":"\\ud800","sub":"\\udfff"}'],
  ['a prototype', '{"__proto__":{"roles":["Admin"]},"constructor":{"prototype":{"roles":"Admin"}}}'],
  ['text that is no UTF-8', '\u00ff\u00fe{"a":1}'],
])('%s in a token are survived', async (_, text) => {
  for (const signer of keys) {
    const head = JSON.stringify({ alg: signer.jwk['alg'], kid: signer.jwk['kid'] });
    for (const token of [signed(signer, head, text), signed(signer, text, text)]) {
      expect(await ask(`Bearer ${token}`)).toBe(401);
    }
  }
});
