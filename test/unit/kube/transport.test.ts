import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from '../../../src/kube/transport.ts';
import type { ConnectOptions, LinesOptions, Observation, Transport } from '../../../src/kube/transport.ts';
import { accessTo, answer, hang, onlyTimeouts, refuse, reset, startServer } from './server.ts';
import type { ScriptedServer, Step } from './server.ts';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

async function serve(...steps: Step[]): Promise<ScriptedServer> {
  const server = await startServer(...steps);
  closers.push(server.close);
  return server;
}

function connectTo(url: string, options: Partial<ConnectOptions> = {}): Transport {
  const transport = connect(() => accessTo(url, 'token-1'), { userAgent: 'test/1', ...options });
  closers.push(transport.close);
  return transport;
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
}

describe('one call', () => {
  test('sends verb, path, query, body and credentials, and gives back raw JSON', async () => {
    const server = await serve(answer(200, { b: 'ü', unknown: { kept: [1] } }));
    const query = { fieldManager: 'me & you', force: true, dryRun: undefined };
    const options = { query, body: { a: 1 }, contentType: 'application/apply-patch+yaml' };
    expect(await connectTo(server.url).json('PATCH', '/api/x', options)).toEqual({ b: 'ü', unknown: { kept: [1] } });
    expect(server.seen).toMatchObject([
      {
        method: 'PATCH',
        path: '/api/x',
        query: { fieldManager: 'me & you', force: 'true' },
        headers: {
          authorization: 'Bearer token-1',
          'user-agent': 'test/1',
          accept: 'application/json',
          'content-type': 'application/apply-patch+yaml',
        },
        body: { a: 1 },
      },
    ]);
    expect(server.seen[0]?.query).not.toHaveProperty('dryRun');
  });

  test('keeps a path that stands before the API', async () => {
    const server = await serve(answer(200, {}));
    await connectTo(`${server.url}/clusters/one/`).json('GET', '/version');
    expect(server.seen[0]?.path).toBe('/clusters/one/version');
  });

  test('calls that follow each other share connections', async () => {
    const server = await serve(...Array.from({ length: 20 }, () => answer(200, {})));
    const transport = connectTo(server.url);
    for (let i = 0; i < 20; i++) await transport.json('GET', '/version');
    // The pool frees a connection one turn of the event loop late, so there may be a second one.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  test('a Status becomes an ApiError that holds no header, query or body', async () => {
    const server = await serve(refuse(422, 'Invalid', { 'x-secret': 'shh' }));
    const error = await failure(
      connectTo(server.url).json('POST', '/api/x', { query: { q: 'shh' }, body: { k: 'shh' } }),
    );
    expect(error).toMatchObject({ name: 'ApiError', code: 'KUBE_INVALID', status: 422, reason: 'Invalid' });
    expect(JSON.stringify([error, String(error)])).not.toMatch(/shh|token-1/);
  });

  test('an error page of a load balancer becomes an ApiError without the page', async () => {
    const server = await serve((response) => response.writeHead(502).end('<html>bad gateway</html>'));
    const error = await failure(connectTo(server.url).json('GET', '/x'));
    expect(error).toMatchObject({ code: 'KUBE_SERVER_ERROR', reason: 'Unknown', message: 'GET /x: 502 Unknown' });
  });

  test('Retry-After is read as seconds and as a date', async () => {
    const soon = new Date(Date.now() + 120_000).toUTCString();
    const server = await serve(
      refuse(429, 'TooManyRequests', { 'retry-after': '7' }),
      refuse(503, 'X', { 'retry-after': soon }),
    );
    const transport = connectTo(server.url);
    expect(await failure(transport.json('GET', '/x'))).toMatchObject({ code: 'KUBE_THROTTLED', retryAfterMs: 7000 });
    const { retryAfterMs } = (await failure(transport.json('GET', '/x'))) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(100_000);
    expect(retryAfterMs).toBeLessThanOrEqual(120_000);
  });

  test('every request is observed, with status 0 when there was no answer', async () => {
    const server = await serve(answer(200, {}), refuse(404, 'NotFound'), reset);
    const observed: Observation[] = [];
    const transport = connectTo(server.url, { observe: (one) => observed.push(one) });
    for (let i = 0; i < 3; i++) await failure(transport.json('GET', '/x', { query: { a: 1 } }));
    const host = new URL(server.url).host;
    expect(observed.map(({ verb, path, host, status }) => [verb, path, host, status])).toEqual([
      ['GET', '/x', host, 200],
      ['GET', '/x', host, 404],
      ['GET', '/x', host, 0],
    ]);
  });
});

describe('no whole answer', () => {
  const cutBody: Step = (response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"a":', () => response.socket?.resetAndDestroy());
  };
  const page: Step = (response) => response.writeHead(200).end('<html>login</html>');
  const silentBody: Step = (response) => response.writeHead(200, { 'content-length': 100 }).write('{');

  test.each<[string, Step]>([
    ['a server that never answers', hang],
    ['a server that stops in the body', silentBody],
    ['a reset before the answer', reset],
    ['a body that is cut', cutBody],
    ['an answer that is not JSON', page],
  ])('%s is ambiguous for a write and not for a read', async (_, step) => {
    const server = await serve(step, step);
    const transport = connectTo(server.url, { deadlineMs: 50 });
    const read = await failure(transport.json('GET', '/x'));
    expect(read).toMatchObject({ name: 'Unreachable', code: 'KUBE_UNREACHABLE', ambiguous: false });
    expect(await failure(transport.json('PATCH', '/x', { body: {} }))).toMatchObject({ ambiguous: true });
  });

  test('a server that is not there did not do the write', async () => {
    const server = await startServer();
    await server.close();
    const error = await failure(connectTo(server.url).json('POST', '/x', { body: {} }));
    expect(error).toMatchObject({ code: 'KUBE_UNREACHABLE', ambiguous: false });
    expect(String(error)).toContain('ECONNREFUSED');
  });

  test('a call leaves nothing behind on the signal of its caller', async () => {
    const server = await serve(answer(200, {}), refuse(404, 'NotFound'), reset);
    const transport = connectTo(server.url);
    const { signal } = new AbortController();
    for (let i = 0; i < 3; i++) await failure(transport.json('GET', '/x', { signal }));
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('the message of a deadline names the limit', async () => {
    const server = await serve(hang);
    const error = await failure(connectTo(server.url, { deadlineMs: 20 }).json('GET', '/x?token=shh'));
    expect(String(error)).toBe('Unreachable: GET /x: no whole answer within 20 ms');
  });

  test('the caller can abort, before and during the call', async () => {
    const stop = new AbortController();
    const server = await serve(() => {
      stop.abort();
    });
    const transport = connectTo(server.url);
    const during = await failure(transport.json('PATCH', '/x', { body: {}, signal: stop.signal }));
    expect(String(during)).toContain('aborted by the caller');
    expect(await failure(transport.json('GET', '/y', { signal: stop.signal }))).toMatchObject({ name: 'Unreachable' });
    expect(server.seen.map(({ path }) => path)).toEqual(['/x']);
  });
});

describe('credentials', () => {
  test('a 401 loads the kubeconfig again and tries once more, also a write', async () => {
    const server = await serve(refuse(401, 'Unauthorized'), answer(200, { done: true }));
    let loads = 0;
    const load = () => accessTo(server.url, `token-${String(++loads)}`);
    const transport = connect(load, { userAgent: 'test/1' });
    closers.push(transport.close);
    expect(await transport.json('PATCH', '/x', { body: { a: 1 } })).toEqual({ done: true });
    expect(server.seen.map(({ headers, body }) => [headers.authorization, body])).toEqual([
      ['Bearer token-1', { a: 1 }],
      ['Bearer token-2', { a: 1 }],
    ]);
  });

  test('a second 401 is the answer', async () => {
    const server = await serve(refuse(401, 'Unauthorized'), refuse(401, 'Unauthorized'), answer(200, {}));
    expect(await failure(connectTo(server.url).json('GET', '/x'))).toMatchObject({ code: 'KUBE_UNAUTHORIZED' });
    expect(server.seen).toHaveLength(2);
  });

  test('a kubeconfig that cannot be loaded for a moment does not stop us', async () => {
    const server = await serve(refuse(401, 'Unauthorized'), answer(200, { fine: true }));
    let loads = 0;
    const load = () => {
      if (++loads > 1) throw new Error('half written');
      return accessTo(server.url);
    };
    const transport = connect(load, { userAgent: 'test/1' });
    closers.push(transport.close);
    expect(await transport.json('GET', '/x')).toEqual({ fine: true });
  });

  test('a broken credential plugin is no ambiguous write', async () => {
    const access = {
      ...accessTo('http://127.0.0.1:1'),
      applyToHTTPSOptions: () => Promise.reject(new Error('exec failed')),
    };
    const transport = connect(() => access, { userAgent: 'test/1' });
    const error = await failure(transport.json('PATCH', '/x', { body: {} }));
    expect(error).toMatchObject({ name: 'Unreachable', ambiguous: false });
    expect(String(error)).toContain('no credentials: exec failed');
  });

  test('a credential plugin that hangs is bound by the deadline', async () => {
    const access = { ...accessTo('http://127.0.0.1:1'), applyToHTTPSOptions: () => new Promise<void>(() => undefined) };
    const transport = connect(() => access, { userAgent: 'test/1', deadlineMs: 20 });
    const error = await failure(transport.json('PATCH', '/x', { body: {} }));
    expect(error).toMatchObject({ name: 'Unreachable', ambiguous: false });
    expect(String(error)).toContain('no whole answer within 20 ms');
  });
});

describe('lines', () => {
  async function read(url: string, options: Partial<LinesOptions> = {}): Promise<unknown[]> {
    const values: unknown[] = [];
    try {
      for await (const value of connectTo(url).lines('/w', { idleMs: 5000, ...options })) values.push(value);
    } catch (error) {
      values.push(error);
    }
    return values;
  }

  test('yields each value, though chunks cut lines and characters, and ends with the stream', async () => {
    const server = await serve((response) => {
      const bytes = Buffer.from('{"a":"ü"}\n{"b":2}\n{"c":3}\n');
      response.writeHead(200).write(bytes.subarray(0, 7), () => response.end(bytes.subarray(7)));
    });
    expect(await read(server.url, { query: { watch: true } })).toEqual([{ a: 'ü' }, { b: 2 }, { c: 3 }]);
    expect(server.seen[0]?.query).toEqual({ watch: 'true' });
  });

  test.each<[string, Step, object]>([
    [
      'an end inside a line',
      (response) => response.end('{"a":1}\n{"b"'),
      { message: expect.stringContaining('inside a line') },
    ],
    ['a line that is not JSON', (response) => response.end('{"a":1}\nnonsense\n'), { name: 'Unreachable' }],
    [
      'a reset',
      (response) => response.write('{"a":1}\n', () => setImmediate(() => response.socket?.resetAndDestroy())),
      { name: 'Unreachable', ambiguous: false },
    ],
  ])('%s is an error after the lines before it', async (_, step, error) => {
    const server = await serve(step);
    expect(await read(server.url)).toEqual([{ a: 1 }, expect.objectContaining(error)]);
  });

  test('only silence ends a stream, however long it lasts', async () => {
    let response: ServerResponse | undefined;
    const server = await serve((first) => {
      response = first;
      first.write('{"a":0}\n');
    });
    jest.useFakeTimers(onlyTimeouts);
    try {
      const lines = connectTo(server.url).lines('/w', { idleMs: 1000 });
      for (let line = 0; line < 5; line++) {
        expect((await lines.next()).value).toEqual({ a: line });
        jest.advanceTimersByTime(900);
        response?.write(`{"a":${String(line + 1)}}\n`);
      }
      await lines.next();
      jest.advanceTimersByTime(1000);
      await expect(lines.next()).rejects.toThrow('nothing arrived for 1000 ms');
    } finally {
      jest.useRealTimers();
    }
  });

  test('a refused stream is an ApiError', async () => {
    const server = await serve(refuse(410, 'Expired'));
    expect(await read(server.url)).toEqual([expect.objectContaining({ code: 'KUBE_GONE' })]);
  });

  test('the caller can abort a silent stream', async () => {
    const stop = new AbortController();
    const server = await serve((response) => {
      response.writeHead(200).flushHeaders();
      setImmediate(() => {
        stop.abort();
      });
    });
    const [error] = await read(server.url, { signal: stop.signal });
    expect(String(error)).toContain('aborted by the caller');
  });

  test('a reader that leaves closes the connection', async () => {
    const server = await serve();
    const closed = new Promise<void>((resolve) => {
      server.next((response) => {
        response.on('close', resolve).write('{"a":1}\n');
      });
    });
    for await (const value of connectTo(server.url).lines('/w', { idleMs: 5000 })) {
      expect(value).toEqual({ a: 1 });
      break;
    }
    await closed;
  });
});
