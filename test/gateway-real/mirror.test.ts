import { Agent, request as httpRequest } from 'node:http';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { eventually } from '../support/eventually.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';
import { authOf, bearer, jwks, makeKey, makeToken, placeKeys } from './support/tokens.ts';

let prod: Engine;
let staging: Engine;

beforeEach(async () => {
  [prod, staging] = await Promise.all([startEngine(), startEngine()]);
});

/** A gateway that repeats so many percent of what prod is asked to staging. */
function gatewayWith(percent: number, back?: number, cache?: GatewayModel['cache']): Promise<RunningNginx> {
  const model = modelOf({ prod: prod.port, staging: staging.port }, { ...(cache && { cache }) });
  const mirrors: Record<string, object> = {
    prod: { mirror: { to: 'staging', percent } },
    ...(back !== undefined && { staging: { mirror: { to: 'prod', percent: back } } }),
  };
  return startNginx({
    ...model,
    environments: model.environments.map((each) => ({ ...each, ...mirrors[each.name] })),
  });
}

const file = (at = 0): string => `/x.org/mirrored/@v/v1.0.${at}.info`;

function files(count: number): string[] {
  const paths = Array.from({ length: count }, (_, at) => file(at));
  for (const path of paths) {
    prod.answer(path, { body: 'prod' });
    staging.answer(path, { body: 'staging' });
  }
  return paths;
}

interface Line {
  path: string;
  environment: string;
  id: string;
  status: number;
  cache: string;
  client?: string;
  mirrored?: string;
}

const linesOf = (gateway: RunningNginx): Line[] =>
  gateway
    .log()
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Line);
const copiesOf = (gateway: RunningNginx): Line[] => linesOf(gateway).filter(({ mirrored }) => mirrored !== undefined);

/** Waits until so many copies are in the access log. */
const copies = (gateway: RunningNginx, count: number): Promise<Line[]> =>
  eventually(`${count} copies in the access log`, 15, () => {
    const lines = copiesOf(gateway);
    return lines.length >= count ? { value: lines } : { missing: gateway.log() };
  });

const askedFor = (engine: Engine, path: string): Promise<number> =>
  eventually(`the engine is asked for ${path}`, 10, () =>
    engine.asked(path) > 0 ? { value: engine.asked(path) } : { missing: 'not yet' },
  );

describe('a mirrored request', () => {
  test('is answered by its own environment, and asked again in the other', async () => {
    const gateway = await gatewayWith(100);
    const [path = ''] = files(1);
    expect(await gateway.ask(path)).toMatchObject({
      status: 200,
      body: 'prod',
      headers: { 'x-goproxycache-environment': 'prod', 'x-cache': 'MISS' },
    });
    expect(await askedFor(staging, path)).toBe(1);
  });

  test('goes through the cache of the other environment: a hit costs its engine nothing', async () => {
    const gateway = await gatewayWith(100);
    const [path = ''] = files(1);
    await gateway.ask(path);
    await copies(gateway, 1);
    for (let hit = 0; hit < 3; hit += 1)
      expect(await gateway.ask(path)).toMatchObject({ headers: { 'x-cache': 'HIT' } });
    expect((await copies(gateway, 4)).map(({ cache }) => cache)).toEqual(['MISS', 'HIT', 'HIT', 'HIT']);
    expect(await gateway.ask(`/staging${path}`)).toMatchObject({ body: 'staging', headers: { 'x-cache': 'HIT' } });
    expect([prod.asked(path), staging.asked(path)]).toEqual([1, 1]);
  });

  test('renews what is old there, as a client of the other environment would', async () => {
    const gateway = await gatewayWith(100, undefined, { maxSizeMiB: 64, mutableTTLSeconds: 1 });
    const list = '/x.org/renewed/@v/list';
    for (const engine of [prod, staging]) {
      engine.answer(list, ({ headers }) =>
        headers['if-none-match'] === undefined
          ? { body: 'v1.0.0\n', headers: { ETag: '"one"', 'Last-Modified': 'Thu, 01 Jan 2026 00:00:00 GMT' } }
          : { status: 304, headers: { ETag: '"one"' } },
      );
    }
    await eventually('the other engine is asked for a newer list', 20, async () => {
      expect(await gateway.ask(list)).toMatchObject({ status: 200, body: 'v1.0.0\n' });
      const newer = staging.requests.filter(({ headers }) => headers['if-none-match'] === '"one"');
      return newer.length > 0 ? { value: true } : { missing: `${staging.asked(list)} requests` };
    });
    expect(await gateway.ask(`/staging${list}`)).toMatchObject({ status: 200, body: 'v1.0.0\n' });
  });

  test('has a line of its own in the access log, which names both environments and the request that it repeats', async () => {
    const gateway = await gatewayWith(100);
    const [path = ''] = files(1);
    await gateway.ask(`/prod${path}`);
    const [copy] = await copies(gateway, 1);
    expect(copy).toMatchObject({ mirrored: 'prod', environment: 'staging', path, status: 200, cache: 'MISS' });
    expect(copy).not.toHaveProperty('client');
    const requests = linesOf(gateway).filter(({ mirrored }) => mirrored === undefined);
    expect(requests).toMatchObject([{ environment: 'prod', id: copy?.id, status: 200, cache: 'MISS' }]);
  });

  test('is the same path, however it was spelled', async () => {
    const gateway = await gatewayWith(100);
    for (const [sent, path] of [
      ['/github.com/%21azure/sdk/@v/v1.0.0.mod', '/github.com/!azure/sdk/@v/v1.0.0.mod'],
      ['/x.org/a%20b/@v/list', '/x.org/a%20b/@v/list'],
      ['/x.org/a%3fb/@v/list', '/x.org/a%3Fb/@v/list'],
      ['/x.org/q/@v/list?go-get=1', '/x.org/q/@v/list'],
    ] as const) {
      await gateway.ask(sent);
      expect(await askedFor(staging, path)).toBe(1);
    }
  });

  test('is not repeated back, even when the two environments mirror each other', async () => {
    const gateway = await gatewayWith(100, 100);
    const [one = '', two = ''] = files(2);
    await gateway.ask(one);
    // A copy is sent after its request was answered: without this wait the second copy can be in the log before the first.
    await copies(gateway, 1);
    await gateway.ask(`/staging${two}`);
    const lines = await copies(gateway, 2);
    expect(lines.map(({ environment, path }) => ({ environment, path }))).toEqual([
      { environment: 'staging', path: one },
      { environment: 'prod', path: two },
    ]);
    expect([one, two].flatMap((path) => [prod.asked(path), staging.asked(path)])).toEqual([1, 1, 1, 1]);
  });

  test('is a request for a module, and nothing else', async () => {
    const gateway = await gatewayWith(100);
    const [path = ''] = files(1);
    for (const other of ['/', '/catalog', '/x.org/a', '/sumdb/sum.golang.org/supported', '/a/../b/@v/list']) {
      await gateway.ask(other);
    }
    await gateway.ask(`/staging${path}`);
    await gateway.ask(path, { method: 'POST' });
    await gateway.ask(path, { method: 'HEAD' });
    expect((await copies(gateway, 1)).map(({ path }) => path)).toEqual([path]);
  });
});

describe.each([
  { limits: {}, of: 'nobody' },
  { limits: { requests: { perSecond: 1000, burst: 1000 }, key: 'Subject' as const }, of: 'each subject' },
])('with tokens, and limits of $of', ({ limits }) => {
  test('a request that is refused is not copied, and one that is admitted is answered and copied', async () => {
    const model = modelOf({ prod: prod.port, staging: staging.port });
    const key = makeKey('HS512');
    const gateway = await startNginx(
      {
        ...model,
        limits,
        auth: authOf(),
        privatePatterns: ['x.org/mirrored'],
        environments: model.environments.map((each) =>
          each.name === 'prod' ? { ...each, mirror: { to: 'staging', percent: 100 } } : each,
        ),
      },
      {
        prepare: (folder) => {
          placeKeys(folder, { ci: jwks(key) });
          return Promise.resolve();
        },
      },
    );
    const [path = ''] = files(1);
    const other = makeToken(makeKey('HS512'));
    expect(await gateway.ask(path)).toMatchObject({
      status: 401,
      headers: { 'content-type': 'text/plain', 'www-authenticate': expect.stringContaining('Bearer') },
      body: expect.stringMatching(/^[A-Z][^<]+\n$/),
    });
    expect(await gateway.ask(path, bearer(other))).toMatchObject({ status: 401 });
    expect([prod.asked(path), staging.asked(path)]).toEqual([0, 0]);
    expect(await gateway.ask(path, bearer(makeToken(key)))).toMatchObject({ status: 200, body: 'prod' });
    await copies(gateway, 1);
    expect(await gateway.ask(path)).toMatchObject({ status: 401 });
    expect(copiesOf(gateway)).toHaveLength(1);
    expect([prod.asked(path), staging.asked(path)]).toEqual([1, 1]);
  });
});

test('a share is drawn for each request', async () => {
  const gateway = await gatewayWith(5);
  const [path = ''] = files(1);
  for (let round = 0; round < 100; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => gateway.ask(path)));
  }
  await eventually('2000 requests in the access log', 10, () => {
    const count = linesOf(gateway).filter(({ mirrored }) => mirrored === undefined).length;
    return count === 2000 ? { value: count } : { missing: String(count) };
  });
  const count = copiesOf(gateway).length;
  // 100 are to be expected; so far from them lies one run in 10^10.
  expect(count).toBeGreaterThan(35);
  expect(count).toBeLessThan(180);
});

test('nothing is mirrored at 0 %', async () => {
  const gateway = await gatewayWith(0);
  const [path = ''] = files(1);
  await gateway.ask(path);
  await gateway.ask(`/staging${path}`);
  expect([prod.asked(path), staging.asked(path)]).toEqual([1, 1]);
});

describe('whatever becomes of the copy', () => {
  test('the next request of the same connection does not wait for it', async () => {
    const gateway = await gatewayWith(100);
    const paths = files(20);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    for (const path of paths) staging.answer(path, () => held.then(() => ({ body: 'staging' })));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    // None of the copies has an answer before all of the clients' requests have theirs.
    for (const path of paths) expect(await onOne(agent, gateway.ports.http ?? 0, path)).toBe('prod');
    await eventually('all copies are under way', 10, () => {
      const asked = paths.filter((path) => staging.asked(path) === 1).length;
      return asked === paths.length ? { value: asked } : { missing: String(asked) };
    });
    release();
    agent.destroy();
    expect(await copies(gateway, paths.length)).toHaveLength(paths.length);
  });

  test('the client has its answer: the other engine is away, or breaks off', async () => {
    const gateway = await gatewayWith(100);
    const [one = '', two = ''] = files(2);
    staging.answer(one, ({ socket }) => {
      socket.destroy();
      return {};
    });
    expect(await gateway.ask(one)).toMatchObject({ status: 200, body: 'prod' });
    await copies(gateway, 1);
    await staging.stop();
    expect(await gateway.ask(two)).toMatchObject({ status: 200, body: 'prod' });
    expect((await copies(gateway, 2)).map(({ status }) => status)).toEqual([502, 502]);
  });

  test('a target that hangs holds a bounded number of copies, and what is beyond is dropped', async () => {
    const gateway = await gatewayWith(100);
    const paths = files(100);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    for (const path of paths) staging.answer(path, () => held.then(() => ({ body: 'staging' })));
    const answers = await Promise.all(paths.map((path) => gateway.ask(path)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).toEqual(new Set(['200 prod']));
    await eventually('64 copies are under way', 10, () =>
      staging.requests.length >= 64 ? { value: true } : { missing: String(staging.requests.length) },
    );
    release();
    await copies(gateway, 64);
    expect(staging.requests).toHaveLength(64);
  });
});

function onOne(agent: Agent, port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, agent }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('error', reject).on('end', () => {
        resolve(body);
      });
    });
    request.on('error', reject).end();
  });
}
