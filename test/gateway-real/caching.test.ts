import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

const immutable = 'public, max-age=31536000, immutable';
const mutable = (ttl: number): string => `public, max-age=${ttl}, stale-while-revalidate=300, stale-if-error=86400`;

let prod: Engine;
let staging: Engine;
/** Mutable answers are fresh for a minute: nothing gets old in a test. */
let gateway: RunningNginx;
/** Mutable answers are fresh for a second. */
let hasty: RunningNginx;

beforeAll(async () => {
  [prod, staging] = await Promise.all([startEngine(), startEngine()]);
  const ports = { prod: prod.port, staging: staging.port };
  [gateway, hasty] = await Promise.all([
    startNginx(modelOf(ports)),
    startNginx(modelOf(ports, { cache: { maxSizeMiB: 64, mutableTTLSeconds: 1 } })),
  ]);
});

/** Asks until X-Cache says this; `go` does the same, without looking. */
function until(server: RunningNginx, path: string, cache: string) {
  return eventually(
    `${cache} for ${path}`,
    10,
    async () => {
      const answer = await server.ask(path);
      return answer.headers['x-cache'] === cache ? { value: answer } : { missing: String(answer.headers['x-cache']) };
    },
    50,
  );
}

describe('how long a 200 lives', () => {
  test.each([
    ['/x.org/a/@v/v1.2.3.info', immutable],
    ['/x.org/a/@v/v1.2.3.mod', immutable],
    ['/x.org/a/@v/v1.2.3.zip', immutable],
    ['/x.org/a/@v/v0.0.0-20240102030405-0123456789ab.zip', immutable],
    ['/x.org/a/@v/v2.0.0-rc.1+incompatible.mod', immutable],
    ['/x.org/a/@v/v1.0.0-!r!c1.info', immutable],
    ['/x.org/a/@v/list', mutable(60)],
    ['/x.org/a/@latest', mutable(60)],
    ['/x.org/a/@v/main.info', mutable(60)],
    ['/x.org/a/@v/v1.info', mutable(60)],
    ['/x.org/a/@v/v1.2.info', mutable(60)],
    ['/x.org/a/@v/v01.2.3.info', mutable(60)],
    ['/x.org/a/@v/v1.2.3+meta.info', mutable(60)],
    ['/x.org/a/@v/0123456789ab.info', mutable(60)],
  ])('%s: %s', async (path, cacheControl) => {
    prod.answer(path, {
      body: path,
      headers: { 'Cache-Control': 'no-cache, no-store', Expires: '0', 'Set-Cookie': 'a=b', Vary: '*' },
    });
    const [first, second] = [await gateway.ask(path), await gateway.ask(path)];
    expect(first).toMatchObject({
      status: 200,
      body: path,
      headers: { 'x-cache': 'MISS', 'cache-control': cacheControl },
    });
    expect(second).toMatchObject({
      status: 200,
      body: path,
      headers: { 'x-cache': 'HIT', 'cache-control': cacheControl },
    });
    for (const header of ['set-cookie', 'vary', 'expires']) expect(second.headers).not.toHaveProperty(header);
    expect(prod.asked(path)).toBe(1);
  });
});

describe('what is one entry', () => {
  test('is a path with %21 and one with !', async () => {
    prod.answer('/github.com/!azure/sdk/@v/v1.0.0.mod', { body: 'azure' });
    expect((await gateway.ask('/github.com/%21azure/sdk/@v/v1.0.0.mod')).headers['x-cache']).toBe('MISS');
    expect((await gateway.ask('/github.com/!azure/sdk/@v/v1.0.0.mod')).headers['x-cache']).toBe('HIT');
    expect((await gateway.ask('/prod/github.com/%21azure/sdk/@v/v1.0.0.mod')).headers['x-cache']).toBe('HIT');
    expect(prod.asked('/github.com/!azure/sdk/@v/v1.0.0.mod')).toBe(1);
  });

  test('is a path, by whatever way it chose its environment', async () => {
    const path = '/x.org/ways/@v/v1.0.0.mod';
    staging.answer(path, { body: 'staging' });
    expect((await gateway.ask(`/staging${path}`)).headers['x-cache']).toBe('MISS');
    for (const headers of [{ Host: 'staging.example' }, { 'X-Env': 'staging' }]) {
      expect(await gateway.ask(path, { headers })).toMatchObject({ body: 'staging', headers: { 'x-cache': 'HIT' } });
    }
  });

  test('is not the same path in two environments', async () => {
    const path = '/x.org/apart/@v/v1.0.0.mod';
    prod.answer(path, { body: 'prod' });
    staging.answer(path, { body: 'staging' });
    expect(await gateway.ask(`/staging${path}`)).toMatchObject({ body: 'staging', headers: { 'x-cache': 'MISS' } });
    expect(await gateway.ask(path)).toMatchObject({ body: 'prod', headers: { 'x-cache': 'MISS' } });
  });
});

describe('an answer that is no success', () => {
  test.each([301, 302, 307, 401, 403, 429, 500, 502, 503, 504])('%i is never kept', async (status) => {
    const path = `/x.org/status/@v/v1.0.${status}.mod`;
    const cacheable = {
      'Cache-Control': 'public, max-age=60',
      Expires: 'Thu, 01 Jan 2037 00:00:00 GMT',
      'X-Accel-Expires': '60',
    };
    prod.answer(path, {
      status,
      body: 'reason\n',
      headers: { ...cacheable, ...(status < 400 && { Location: 'http://127.0.0.1:1/x' }) },
    });
    for (const count of [1, 2]) {
      const answer = await gateway.ask(path);
      expect(answer).toMatchObject({ status, body: 'reason\n', headers: { 'x-cache': 'MISS' } });
      expect(answer.headers).not.toHaveProperty('cache-control');
      expect(prod.asked(path)).toBe(count);
    }
  });

  test.each([404, 410])('%i is kept for a moment, and never given when it is old', async (status) => {
    const path = `/x.org/absent/@v/v1.0.${status}.mod`;
    prod.answer(path, { status, body: 'no such version\n' });
    expect((await gateway.ask(path)).headers['x-cache']).toBe('MISS');
    expect(await gateway.ask(path)).toMatchObject({ status, body: 'no such version\n', headers: { 'x-cache': 'HIT' } });
    prod.answer(path, { body: 'published' });
    // While it is fresh it is a HIT; the first answer after that must be the engine's own.
    const next = await eventually(
      'the end of the old answer',
      10,
      async () => {
        const answer = await gateway.ask(path);
        return answer.headers['x-cache'] === 'HIT' ? { missing: 'still fresh' } : { value: answer };
      },
      50,
    );
    expect(next).toMatchObject({ status: 200, body: 'published', headers: { 'x-cache': 'EXPIRED' } });
  });

  test('an old 404 does not hide that the engine is down', async () => {
    const engine = await startEngine();
    const alone = await startNginx(modelOf({ prod: engine.port, staging: engine.port }));
    const path = '/x.org/absent/@v/list';
    expect((await alone.ask(path)).status).toBe(404);
    await engine.stop();
    const next = await eventually(
      'the end of the old answer',
      10,
      async () => {
        const answer = await alone.ask(path);
        return answer.headers['x-cache'] === 'HIT' ? { missing: 'still fresh' } : { value: answer };
      },
      50,
    );
    expect(next).toMatchObject({ status: 502, headers: { 'content-type': 'text/plain' } });
    expect(next.body).toBe('The engine of the environment prod does not answer.\n');
  });
});

describe('an old list', () => {
  test('is given at once while a new one is fetched in the background', async () => {
    const path = '/x.org/revalidated/@v/list';
    let release = (): void => undefined;
    prod.answer(path, { body: 'v1.0.0\n' });
    await hasty.ask(path);
    prod.answer(path, () => new Promise((resolve) => (release = () => resolve({ body: 'v1.1.0\n' }))));
    expect((await until(hasty, path, 'STALE')).body).toBe('v1.0.0\n');
    // The engine has not answered yet, and nobody else is made to wait.
    expect(await until(hasty, path, 'UPDATING')).toMatchObject({ status: 200, body: 'v1.0.0\n' });
    await eventually('the engine is asked again', 10, () =>
      prod.asked(path) === 2 ? { value: true } : { missing: `asked ${prod.asked(path)} times` },
    );
    release();
    // The new one is old in a second, which a busy machine may miss: the next is answered at once.
    prod.answer(path, { body: 'v1.1.0\n' });
    expect((await until(hasty, path, 'HIT')).body).toBe('v1.1.0\n');
  });

  test('is given while the engine is down, and its successor once it is back', async () => {
    const engine = await startEngine();
    const alone = await startNginx(
      modelOf({ prod: engine.port, staging: engine.port }, { cache: { maxSizeMiB: 64, mutableTTLSeconds: 1 } }),
    );
    const path = '/x.org/survivor/@v/list';
    engine.answer(path, { body: 'v1.0.0\n' });
    await alone.ask(path);
    await engine.stop();
    expect(await until(alone, path, 'STALE')).toMatchObject({ status: 200, body: 'v1.0.0\n' });
    engine.answer(path, { body: 'v1.1.0\n' });
    await engine.restart();
    await eventually(
      'the new list',
      10,
      async () => {
        const { body } = await alone.ask(path);
        return body === 'v1.1.0\n' ? { value: body } : { missing: body };
      },
      50,
    );
  });

  test.each([403, 429, 500, 502, 503, 504])('is given when the engine answers %i', async (status) => {
    const path = `/x.org/failing-${status}/@latest`;
    prod.answer(path, { body: 'good' });
    await hasty.ask(path);
    prod.answer(path, { status, body: 'bad' });
    expect(await until(hasty, path, 'STALE')).toMatchObject({ status: 200, body: 'good' });
    await eventually(
      'two failures',
      10,
      () => (prod.asked(path) >= 3 ? { value: true } : hasty.ask(path).then(() => ({ missing: 'no' }))),
      50,
    );
    expect(await hasty.ask(path)).toMatchObject({ status: 200, body: 'good' });
  });

  test('is not given once there is a new one, whichever worker keeps the old file open', async () => {
    const path = '/x.org/replaced/@v/list';
    const askOften = () => Promise.all(Array.from({ length: 40 }, async () => (await hasty.ask(path)).body));
    prod.answer(path, { body: 'v1.0.0\n' });
    await hasty.ask(path);
    await askOften();
    prod.answer(path, { body: 'v1.1.0\n' });
    await until(hasty, path, 'STALE');
    await eventually(
      'the new list',
      10,
      async () => {
        const { body } = await hasty.ask(path);
        return body === 'v1.1.0\n' ? { value: body } : { missing: body };
      },
      50,
    );
    expect(new Set(await askOften())).toEqual(new Set(['v1.1.0\n']));
  });

  test('is gone when the engine says so with a 404', async () => {
    const path = '/x.org/gone/@v/list';
    prod.answer(path, { body: 'v1.0.0\n' });
    await hasty.ask(path);
    prod.answer(path, { status: 404, body: 'gone\n' });
    await eventually(
      'the 404',
      10,
      async () => {
        const { status } = await hasty.ask(path);
        return status === 404 ? { value: true } : { missing: String(status) };
      },
      50,
    );
  });

  test('is renewed by a 304 without being sent again', async () => {
    const path = '/x.org/tagged/@v/list';
    prod.answer(path, ({ headers }) =>
      headers['if-none-match'] === '"one"'
        ? { status: 304, headers: { ETag: '"one"' } }
        : { body: 'v1.0.0\n', headers: { ETag: '"one"' } },
    );
    await hasty.ask(path);
    await eventually(
      'a conditional request',
      10,
      async () => {
        expect(await hasty.ask(path)).toMatchObject({ status: 200, body: 'v1.0.0\n' });
        const conditional = prod.requests.filter(({ url, headers }) => url === path && 'if-none-match' in headers);
        return conditional.length > 0 ? { value: true } : { missing: 'none' };
      },
      50,
    );
    expect(await until(hasty, path, 'HIT')).toMatchObject({ status: 200, body: 'v1.0.0\n' });
  });
});

test('twenty clients that ask for the same cold module cost the engine one request', async () => {
  const path = '/x.org/crowd/@v/v1.0.0.zip';
  let release = (): void => undefined;
  const asked = new Promise<void>((started) => {
    prod.answer(path, () => {
      started();
      return new Promise((resolve) => (release = () => resolve({ body: 'zip' })));
    });
  });
  const answers = Promise.all(Array.from({ length: 20 }, () => gateway.ask(path)));
  await asked;
  release();
  expect((await answers).map(({ status, body }) => ({ status, body }))).toEqual(
    Array(20).fill({ status: 200, body: 'zip' }),
  );
  expect(prod.asked(path)).toBe(1);
});

test('twenty clients that ask for the same absent module cost the engine one request', async () => {
  const path = '/x.org/absent-crowd/@v/list';
  const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.ask(path)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
  expect(prod.asked(path)).toBe(1);
});

test('a body that breaks off is not kept', async () => {
  const path = '/x.org/truncated/@v/v1.0.0.zip';
  prod.answer(path, { body: 'short', headers: { 'Content-Length': '5000' }, cut: true });
  await expect(gateway.ask(path)).rejects.toThrow('aborted');
  prod.answer(path, { body: 'whole' });
  expect(await gateway.ask(path)).toMatchObject({ body: 'whole', headers: { 'x-cache': 'MISS' } });
});
