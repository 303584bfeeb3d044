import { Agent } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { ask, startSteadyClient } from './support/client.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { makeGateway, mountKeys } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { modelOf } from './support/model.ts';
import { authOf, bearer, jwks, makeKey, makeToken } from './support/tokens.ts';

jest.setTimeout(60_000);

const path = '/git.acme.example/secret/@v/v1.0.0.mod';

let engine: Engine;
let gateway: Gateway;

const model = () =>
  modelOf(
    { prod: engine.port, staging: engine.port },
    { type: 'Nginx', auth: authOf(), privatePatterns: ['git.acme.example/*'] },
  );
const [first, second, third] = [makeKey('ES256', 'first'), makeKey('RS256', 'second'), makeKey('HS512', 'third')];

const status = async (token: string) => (await gateway.ask(path, bearer(token))).status;
const comesTo = (wanted: number, token: string) =>
  eventually(`status ${wanted}`, 20, async () => {
    const seen = await status(token);
    return seen === wanted ? { value: seen } : { missing: String(seen) };
  });

beforeAll(async () => {
  engine = await startEngine();
  engine.answer(path, { body: 'secret' });
  gateway = await makeGateway();
});

describe('a pod whose first keys are broken', () => {
  test('says why, and is not ready', async () => {
    mountKeys(gateway.folder, { ci: jwks(makeKey('HS512', 'short', 32)) });
    gateway.mount(gateway.files(model()));
    gateway.start();
    const { rejected } = await gateway.statusWhen('a rejection', (seen) => seen.rejected !== '');
    expect(rejected).toMatchObject({
      generation: gateway.files(model()).generation.trim(),
      error: expect.stringMatching(/^keys in .*: ci.json: key 1 has 32 bytes, and HS512 needs at least 64/),
    });
    // Until it has asked the engine it says 503.
    await eventually('status 404 of /readyz', 20, async () => {
      const { status: seen } = await ask(gateway.ports.status, '/readyz');
      return seen === 404 ? { value: seen } : { missing: String(seen) };
    });
    expect((await ask(gateway.ports.status, '/healthz')).status).toBe(200);
    expect(await status(makeToken(first))).toBe(401);
  });

  test('becomes ready with good ones', async () => {
    mountKeys(gateway.folder, { ci: jwks(first) });
    await gateway.serves(gateway.files(model()));
    expect(await ask(gateway.ports.status, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await status(makeToken(first))).toBe(200);
  });
});

describe('new keys', () => {
  test('are taken up beside the old ones, without a new process and without a failed request', async () => {
    const [pid, workers] = [gateway.nginxPid(), gateway.workers()];
    const client = startSteadyClient(
      gateway.ports.http,
      path,
      new Agent({ keepAlive: true }),
      4,
      bearer(makeToken(first)),
    );
    await client.answers(50);
    mountKeys(gateway.folder, { ci: jwks(first, second) });
    await comesTo(200, makeToken(second));
    await client.answers(50);
    expect(await client.stop()).toMatchObject({ failures: [] });
    expect([gateway.nginxPid(), gateway.workers()]).toEqual([pid, workers]);
  });

  test.each([
    ['no JSON', '{', /no JSON Web Key Set/],
    ['no key', jwks(), /no key for HS512, RS256, ES256/],
    ['a secret that is too short', jwks(first, makeKey('HS512', 'short', 63)), /key 2 has 63 bytes/],
    ['two keys of one kid', jwks(first, makeKey('RS256', 'first')), /key 2 has the kid of another one/],
    ['a private key', jwks(first, { ...second, jwk: { ...second.jwk, d: 'AAAA' } }), /key 2 is a private key/],
    [
      'a point that is not on the curve',
      jwks({ ...first, jwk: { ...first.jwk, x: first.jwk['y'] } }),
      /key 1 is no public key/,
    ],
  ])('that have %s are refused with a reason, and the old ones kept', async (_, text, reason) => {
    mountKeys(gateway.folder, { ci: text });
    const { rejected } = await gateway.statusWhen(
      'a rejection',
      (seen) => seen.rejected !== '' && reason.test(seen.rejected.error),
    );
    expect(JSON.stringify(rejected)).not.toContain(String(third.jwk['k']));
    expect(await status(makeToken(first, { sub: 'new' }))).toBe(200);
    expect((await ask(gateway.ports.status, '/readyz')).status).toBe(200);
  });

  test('that are good end the refusal; a token by an old one is refused at most ten seconds later', async () => {
    mountKeys(gateway.folder, { ci: jwks(third) });
    await gateway.statusWhen('no rejection', ({ rejected }) => rejected === '');
    expect(await status(makeToken(third))).toBe(200);
    expect(await status(makeToken(second, { sub: 'other' }))).toBe(401);
    await comesTo(401, makeToken(first));
  });

  test('are there after a restart of the container, when the mounted ones are broken by then', async () => {
    mountKeys(gateway.folder, { ci: '{}' });
    await gateway.statusWhen('a rejection', ({ rejected }) => rejected !== '');
    gateway.signal('SIGTERM');
    await gateway.ended();
    gateway.start();
    await eventually('an answer', 20, async () => {
      const seen = await status(makeToken(third)).catch(() => 0);
      return seen === 200 ? { value: seen } : { missing: String(seen) };
    });
    expect((await ask(gateway.ports.status, '/readyz')).status).toBe(200);
    await gateway.statusWhen('a rejection', ({ rejected }) => rejected !== '' && rejected.error.startsWith('keys in'));
  });
});

test('a pod without keys of an issuer leaves the config to new pods', async () => {
  const old = await makeGateway();
  const before = old.files({ ...model(), auth: undefined } as never);
  old.mount(before);
  old.start();
  await old.serves(before);
  old.mount(old.files(model()));
  const { rejected, generation } = await old.statusWhen('a rejection', (seen) => seen.rejected !== '');
  expect(rejected).toMatchObject({
    error: expect.stringMatching(/no keys of the issuer ci in .*: new pods have them/),
  });
  expect(generation).toBe(before.generation.trim());
  expect(await old.ask(path)).toMatchObject({ status: 200 });
});

/** Every file below a folder. */
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

test('no secret is in the log, the status, the configuration or the cache on disk', async () => {
  const token = makeToken(third);
  expect(await status(token)).toBe(200);
  expect(await status(`${token}x`)).toBe(401);
  const shown = JSON.stringify(await gateway.status());
  const secrets = [token.split('.')[2] ?? '', String(third.jwk['k'])];
  const places = [
    gateway.folder.log,
    ...filesBelow(gateway.folder.cache),
    ...filesBelow(join(gateway.folder.root, 'config')),
    join(gateway.folder.run, 'nginx.conf'),
    join(gateway.folder.run, 'auth.json'),
    join(gateway.folder.run, 'status.json'),
  ];
  expect(places.length).toBeGreaterThan(6);
  for (const secret of secrets) {
    expect(shown).not.toContain(secret);
    for (const file of places) expect([file, readFileSync(file).includes(secret)]).toEqual([file, false]);
  }
});
