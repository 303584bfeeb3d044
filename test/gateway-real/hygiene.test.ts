import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

let engine: Engine;
let gateway: RunningNginx;
let before: number;

beforeAll(async () => {
  engine = await startEngine();
  gateway = await startNginx(modelOf({ prod: engine.port, staging: engine.port }));
});

beforeEach(() => {
  before = engine.requests.length;
});

/** A refusal the go command shows to its user: plain text with a reason, and no engine was asked. */
async function expectRefusal(path: string, status: number, method = 'GET'): Promise<void> {
  const answer = await gateway.ask(path, { method });
  expect({ path, status: answer.status }).toEqual({ path, status });
  expect(answer.headers['content-type']).toBe('text/plain');
  if (method !== 'HEAD') expect(answer.body).toMatch(/^[A-Z].+\n$/);
  expect(engine.requests).toHaveLength(before);
}

describe('a path with a second spelling is refused', () => {
  test.each([
    '/example.com%2fmod/@v/list',
    '/example.com%2Fmod/@v/list',
    '/example%2ecom/mod/@v/list',
    '/example.com/%2e%2e/mod/@v/list',
    '/%63atalog',
    '/%6d%65%74rics',
    '/%73taging/example.com/mod/@v/list',
    '/example.com/mod/@v/v1.0.%30.mod',
    '/example.com/mod/@v/v1.0.0%5cx.mod',
    '/example.com/mod\\x/@v/list',
    '/example.com/mod/@v/li%00st',
    '/example.com/mod/@v/li%0Ast',
    '/example.com/mod/@v/li%1fst',
    '/example.com/mod/@v/li%7fst',
    '//example.com/mod/@v/list',
    '/example.com//mod/@v/list',
    '/example.com/./mod/@v/list',
    '/example.com/x/../mod/@v/list',
    '/staging/../example.com/mod/@v/list',
    '/example.com/mod/@v/..',
    '/..',
    '/staging//example.com/mod/@v/list',
    '/staging/%2e%2e/prod/example.com/mod/@v/list',
  ])('%s', async (path) => {
    await expectRefusal(path, 400);
  });
});

test('a query is not part of the path, and does not reach the engine', async () => {
  engine.answer('/example.com/query/@v/list', { body: 'v1.0.0\n' });
  expect(await gateway.ask('/example.com/query/@v/list?x=//../%2f')).toMatchObject({ status: 200, body: 'v1.0.0\n' });
  expect(engine.asked('/example.com/query/@v/list')).toBe(1);
});

describe('a page of an engine is refused', () => {
  test.each([
    ...['/catalog', '/catalog?pageSize=1', '/index', '/index?since=2020-01-01T00:00:00Z', '/metrics'],
    ...['/debug', '/debug/pprof/', '/debug/pprof/heap', '/staging/catalog'],
    ...['/index/x.com/mod/@v/list', '/prod/debug/pprof/heap'],
  ])('%s', async (path) => {
    await expectRefusal(path, 403);
  });
});

describe('a path outside of the protocol is not found', () => {
  test.each([
    ...[
      '/healthz',
      '/readyz',
      '/version',
      '/robots.txt',
      '/favicon.ico',
      '/example.com/mod',
      '/example.com/mod?go-get=1',
    ],
    ...['/example.com/mod/@v/', '/example.com/mod/@v/v1.0.0.exe', '/@v/list', '/example.com/@v/@v/list', '/-/status'],
    ...[
      '/example.com/mod/@latest/x',
      '/staging/-/generation',
      '/stagingx',
      '/.git/config',
      '/sumdb',
      '/version/@latest',
      '/sumdb/x.org/lookup/y.org/a/@v/list',
      '/sumdb/x.org/lookup/y.org/a/@v/v1.0.0.zip',
      '/sumdb/x.org/latest',
    ],
  ])('%s', async (path) => {
    await expectRefusal(path, 404);
  });
});

describe('a method that is not a reading one is refused', () => {
  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PURGE'])('%s', async (method) => {
    await expectRefusal('/example.com/mod/@v/list', 405, method);
  });

  test('and the answer names the ones that are', async () => {
    const { headers } = await gateway.ask('/example.com/mod/@v/list', { method: 'POST' });
    expect(headers.allow).toBe('GET, HEAD');
  });
});

describe('HEAD', () => {
  test('is answered without a body, and asks the engine with GET once', async () => {
    const path = '/example.com/head/@v/v1.0.0.info';
    engine.answer(path, ({ method }) => ({ body: `asked with ${method}` }));
    const first = await gateway.ask(path, { method: 'HEAD' });
    expect(first).toMatchObject({ status: 200, body: '', headers: { 'content-length': '14', 'x-cache': 'MISS' } });
    expect(await gateway.ask(path)).toMatchObject({ body: 'asked with GET', headers: { 'x-cache': 'HIT' } });
    expect(engine.asked(path)).toBe(1);
  });

  test('is refused like GET', async () => {
    await expectRefusal('/catalog', 403, 'HEAD');
  });
});

test('nothing of the client reaches the engine but the path', async () => {
  const path = '/example.com/headers/@v/v1.0.0.mod';
  engine.answer(path, { body: 'x' });
  const headers = {
    Authorization: 'Bearer secret',
    Cookie: 'a=b',
    'Accept-Encoding': 'gzip',
    'X-Env': 'prod',
    Range: 'bytes=0-0',
  };
  await gateway.ask(path, { headers });
  const seen = engine.requests.find(({ url }) => url === path)?.headers ?? {};
  expect(Object.keys(seen).sort()).toEqual(
    ['connection', 'host', 'x-request-id'].filter((name) => name in seen).sort(),
  );
  expect(seen).toMatchObject({ host: 'engine-prod', 'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) });
});

test('an engine cannot send nginx to another path', async () => {
  const path = '/example.com/steered/@v/list';
  engine.answer('/example.com/other/@v/list', { body: 'other' });
  engine.answer(path, { body: 'own', headers: { 'X-Accel-Redirect': '/example.com/other/@v/list' } });
  expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'own' });
});

describe('a request that is no HTTP is refused in plain text', () => {
  test.each([
    ['an incomplete escape', 'GET /example.com/mod/@v/%zz.info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'],
    ['a missing Host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: prod.example\r\nHost: staging.example\r\nConnection: close\r\n\r\n'],
    ['a path that is too long', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`],
    ['a body', `GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\nConnection: close\r\n\r\n${'x'.repeat(20_000)}`],
    ['a header that is too long', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\nConnection: close\r\n\r\n`],
  ])('%s', async (_, request) => {
    const answer = await gateway.raw(request);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toMatch(/^Content-Type: text\/plain\r$/im);
    expect(answer).not.toContain('<html>');
  });
});

test('an absolute request target is checked like a path', async () => {
  const answer = await gateway.raw(
    'GET http://prod.example/x/..//example.com/mod/@v/list HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
});

test('the access log is JSON, one line a request, without the query', async () => {
  const path = '/example.com/"log"/@v/list';
  await gateway.ask(`/staging${encodeURI(path)}?token=secret`, { headers: { 'User-Agent': 'a "quoted" agent' } });
  const lines = await eventually('a line in the log', 5, () => {
    const found = gateway
      .log()
      .split('\n')
      .filter((text) => text.includes('quoted'));
    return found.length > 0 ? { value: found } : { missing: gateway.log() };
  });
  expect(lines.map((text) => JSON.parse(text) as object)).toEqual([
    expect.objectContaining({ path, status: 404, environment: 'staging', cache: 'MISS', agent: 'a "quoted" agent' }),
  ]);
  expect(gateway.log()).not.toContain('secret');
});

test('each request has a name of its own in the access log, from the cache or not', async () => {
  const path = '/example.com/named/@v/v1.0.0.mod';
  engine.answer(path, { body: 'module example.com/named' });
  for (let times = 0; times < 5; times++) await gateway.ask(path);
  const lines = await eventually('five lines in the log', 5, () => {
    const found = gateway
      .log()
      .split('\n')
      .filter((text) => text.includes(path));
    return found.length === 5 ? { value: found } : { missing: gateway.log() };
  });
  const requests = lines.map((text) => JSON.parse(text) as { id: string; cache: string });
  expect(requests.map(({ cache }) => cache)).toEqual(['MISS', 'HIT', 'HIT', 'HIT', 'HIT']);
  expect(new Set(requests.map(({ id }) => id)).size).toBe(5);
});
