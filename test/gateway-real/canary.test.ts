import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GatewayCanary } from '../../src/gateway/model.ts';
import { eventually } from '../support/eventually.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';
import { authOf, bearer, jwks, makeKey, makeToken, placeKeys } from './support/tokens.ts';

const trusted = { source: 'XForwardedFor', trustedCIDRs: ['127.0.0.0/8'] } as const;
const match = { header: 'X-Canary', value: '1' };
const asked = { headers: { 'X-Canary': '1' } };
const from = (address: string) => ({ headers: { 'X-Forwarded-For': address } });

let prod: Engine;
let canary: Engine;
let staging: Engine;

beforeAll(async () => {
  [prod, canary, staging] = await Promise.all([startEngine(), startEngine(), startEngine()]);
});

/** A gateway whose environment prod has a canary, and staging none. */
function gatewayWith(changes: Omit<GatewayCanary, 'engine'>, engines = { prod, canary }): Promise<RunningNginx> {
  const model = modelOf(
    { prod: engines.prod.port, staging: staging.port },
    { clientAddress: trusted, cache: { maxSizeMiB: 64, mutableTTLSeconds: 1 } },
  );
  const second = { engine: { host: '127.0.0.1', port: engines.canary.port }, ...changes };
  return startNginx({
    ...model,
    environments: model.environments.map((each) => (each.name === 'prod' ? { ...each, canary: second } : each)),
  });
}

/** A file that each engine answers with its own name. */
let files = 0;
function file(): string {
  const path = `/x.org/canary/@v/v1.0.${files++}.mod`;
  prod.answer(path, { body: 'stable' });
  canary.answer(path, { body: 'canary' });
  staging.answer(path, { body: 'staging' });
  return path;
}

describe('by header', () => {
  let gateway: RunningNginx;
  beforeAll(async () => {
    gateway = await gatewayWith({ weight: 0, match });
  });

  test.each([
    { headers: {}, by: 'stable' },
    { headers: { 'X-Canary': '1' }, by: 'canary' },
    { headers: { 'x-canary': '1' }, by: 'canary' },
    { headers: { 'X-Canary': '0' }, by: 'stable' },
    { headers: { 'X-Canary': '1, 1' }, by: 'stable' },
    { headers: { X_Canary: '1' }, by: 'stable' },
  ])('a request with $headers is answered by the $by engine, and says so', async ({ headers, by }) => {
    expect(await gateway.ask(file(), { headers })).toMatchObject({
      status: 200,
      body: by,
      headers: { 'x-goproxycache-variant': by, 'x-goproxycache-environment': 'prod' },
    });
  });

  test('the answers of the two are kept apart', async () => {
    const path = file();
    expect(await gateway.ask(path, asked)).toMatchObject({ body: 'canary', headers: { 'x-cache': 'MISS' } });
    expect(await gateway.ask(path)).toMatchObject({ body: 'stable', headers: { 'x-cache': 'MISS' } });
    expect(await gateway.ask(path, asked)).toMatchObject({
      body: 'canary',
      headers: {
        'x-cache': 'HIT',
        'x-goproxycache-variant': 'canary',
        'cache-control': expect.stringMatching('immutable'),
      },
    });
    expect(await gateway.ask(path)).toMatchObject({
      body: 'stable',
      headers: { 'x-cache': 'HIT', 'x-goproxycache-variant': 'stable' },
    });
    expect([prod.asked(path), canary.asked(path)]).toEqual([1, 1]);
  });

  test('an environment without a canary has no variant, whatever the header', async () => {
    const answer = await gateway.ask(`/staging${file()}`, asked);
    expect(answer).toMatchObject({ body: 'staging' });
    expect(answer.headers).not.toHaveProperty('x-goproxycache-variant');
  });

  test('an error of the canary is its own answer: that is what it is there to show', async () => {
    const path = '/x.org/broken/@v/v1.0.0.mod';
    canary.answer(path, { status: 500, body: 'broken\n' });
    expect(await gateway.ask(path, asked)).toMatchObject({
      status: 500,
      body: 'broken\n',
      headers: { 'x-goproxycache-variant': 'canary' },
    });
    expect(prod.asked(path)).toBe(0);
  });

  test('the access log says which engine answered', async () => {
    const path = file();
    await gateway.ask(path, asked);
    await gateway.ask(path);
    const seen = await eventually('two lines in the access log', 10, () => {
      const lines = gateway
        .log()
        .split('\n')
        .filter((text) => text.includes(`"path":"${path}"`));
      const variants = lines.map((text) => (JSON.parse(text) as { variant: string }).variant);
      return variants.length === 2 ? { value: variants } : { missing: String(variants) };
    });
    expect(seen).toEqual(['canary', 'stable']);
  });
});

describe('by weight', () => {
  const clients = Array.from({ length: 400 }, (_, at) => `192.0.${at >> 8}.${at & 255}`);

  /** Which clients the canary serves. */
  async function served(gateway: RunningNginx, path: string): Promise<string[]> {
    const answers = await Promise.all(clients.map((client) => gateway.ask(path, from(client))));
    return clients.filter((_, at) => answers[at]?.body === 'canary');
  }

  test('a client stays where it is, whatever it asks for and whichever gateway pod it asks', async () => {
    const [one, other] = await Promise.all([gatewayWith({ weight: 20 }), gatewayWith({ weight: 20 })]);
    const first = await served(one, file());
    // About a fifth: the share of these addresses is always the same.
    expect(first.length).toBeGreaterThan(clients.length * 0.15);
    expect(first.length).toBeLessThan(clients.length * 0.25);
    expect(await served(one, file())).toEqual(first);
    expect(await served(other, file())).toEqual(first);
  });

  test('more weight takes more clients, and sends none back', async () => {
    const [few, many] = await Promise.all([gatewayWith({ weight: 5 }), gatewayWith({ weight: 50 })]);
    const first = await served(few, file());
    expect(first).not.toEqual([]);
    expect(await served(many, file())).toEqual(expect.arrayContaining(first));
  });

  test.each([
    { weight: 0, count: 0 },
    { weight: 100, count: clients.length },
  ])('$weight % are $count of 400 clients', async ({ weight, count }) => {
    expect(await served(await gatewayWith({ weight }), file())).toHaveLength(count);
  });

  test('a header overrules it', async () => {
    const gateway = await gatewayWith({ weight: 1, match });
    const client = clients.at(0) ?? '';
    const headers = { 'X-Forwarded-For': client };
    expect(await gateway.ask(file(), { headers })).toMatchObject({ body: 'stable' });
    expect(await gateway.ask(file(), { headers: { ...headers, 'X-Canary': '1' } })).toMatchObject({ body: 'canary' });
  });
});

test('who has a token is known by its subject, wherever the request comes from', async () => {
  const key = makeKey('HS512');
  const model = modelOf({ prod: prod.port, staging: staging.port }, { clientAddress: trusted, auth: authOf() });
  const second = { engine: { host: '127.0.0.1', port: canary.port }, weight: 50 };
  const gateway = await startNginx(
    {
      ...model,
      environments: model.environments.map((each) => (each.name === 'prod' ? { ...each, canary: second } : each)),
    },
    {
      prepare: (folder) => {
        placeKeys(folder, { ci: jwks(key) });
        return Promise.resolve();
      },
    },
  );
  const answered = async (sub: string, address: string): Promise<string> => {
    const { headers } = bearer(makeToken(key, { sub }));
    return (await gateway.ask(file(), { headers: { ...headers, 'X-Forwarded-For': address } })).body;
  };
  const seen = new Set<string>();
  for (let person = 0; person < 20; person += 1) {
    const [first = '', ...others] = await Promise.all(
      ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4'].map((address) => answered(`person-${person}`, address)),
    );
    expect(others).toEqual([first, first, first]);
    seen.add(first);
  }
  expect([...seen].sort()).toEqual(['canary', 'stable']);
});

describe('a canary that does not answer', () => {
  test('is stood in for by the first engine, until it is back', async () => {
    const second = await startEngine();
    const gateway = await gatewayWith({ weight: 100 }, { prod, canary: second });
    const path = file();
    second.answer(path, { body: 'canary' });
    await second.stop();
    expect(await gateway.ask(path)).toMatchObject({
      status: 200,
      body: 'stable',
      headers: { 'x-goproxycache-variant': 'stable', 'x-cache': 'MISS', 'cache-control': 'public, max-age=2' },
    });
    await second.restart();
    // What stood in is kept for a crowd and no longer.
    const next = await eventually('the canary answers again', 10, async () => {
      const answer = await gateway.ask(path);
      return answer.body === 'canary' ? { value: answer } : { missing: answer.body };
    });
    expect(next.headers).toMatchObject({
      'x-goproxycache-variant': 'canary',
      'cache-control': expect.stringMatching('immutable'),
    });
  });

  test('costs a crowd one request to the first engine', async () => {
    const second = await startEngine();
    const gateway = await gatewayWith({ weight: 100 }, { prod, canary: second });
    await second.stop();
    const path = file();
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.ask(path)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 stable']));
    expect(prod.asked(path)).toBe(1);
  });

  test('whose connection ends before an answer, too', async () => {
    const second = await startEngine();
    const gateway = await gatewayWith({ weight: 100 }, { prod, canary: second });
    const path = file();
    second.answer(path, ({ socket }) => {
      socket.destroy();
      return {};
    });
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'stable' });
  });

  test('is an error with a reason when the first engine does not answer either', async () => {
    const [first, second] = await Promise.all([startEngine(), startEngine()]);
    const gateway = await gatewayWith({ weight: 100 }, { prod: first, canary: second });
    await Promise.all([first.stop(), second.stop()]);
    expect(await gateway.ask(file())).toMatchObject({
      status: 502,
      body: 'The engine of the environment prod does not answer.\n',
    });
  });

  test('leaves what is cached of it as it is', async () => {
    const second = await startEngine();
    const gateway = await gatewayWith({ weight: 100 }, { prod, canary: second });
    const [path, list] = [file(), '/x.org/canary/@v/list'];
    second.answer(path, { body: 'canary' });
    second.answer(list, { body: 'v1.0.0\n' });
    prod.answer(list, { body: 'v2.0.0\n' });
    await gateway.ask(path);
    await gateway.ask(list);
    await second.stop();
    expect(await gateway.ask(path)).toMatchObject({ body: 'canary', headers: { 'x-cache': 'HIT' } });
    // An old list is asked for anew: the first engine has one.
    await eventually('the list of the first engine', 10, async () => {
      const { status, body } = await gateway.ask(list);
      expect(status).toBe(200);
      return body === 'v2.0.0\n' ? { value: body } : { missing: body };
    });
  });
});
