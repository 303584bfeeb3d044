import { beforeAll, describe, expect, test } from '@jest/globals';
import { routingWays } from '../../src/gateway/model.ts';
import type { RoutingWay } from '../../src/gateway/model.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { gatewayType, modelOf } from './support/model.ts';
import { nginxVersion, startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

const version = await nginxVersion();
const path = '/example.com/mod/@v/v1.0.0.info';

let prod: Engine;
let staging: Engine;
let strict: RunningNginx;
let lenient: RunningNginx;
let firstWins: RunningNginx;

beforeAll(async () => {
  [prod, staging] = await Promise.all([startEngine(), startEngine()]);
  prod.answer(path, { body: 'from prod' });
  staging.answer(path, { body: 'from staging' });
  const ports = { prod: prod.port, staging: staging.port };
  [strict, lenient, firstWins] = await Promise.all([
    startNginx(modelOf(ports, { onUnknown: 'Reject' })),
    startNginx(modelOf(ports, { onUnknown: 'Default' })),
    startNginx(modelOf(ports, { onConflict: 'First' })),
  ]);
});

describe('a request finds its environment', () => {
  const cases: { by: string; path?: string; headers?: Record<string, string | string[]>; environment: string }[] = [
    { by: 'the default, when it names none', environment: 'prod' },
    { by: 'a path prefix', path: `/staging${path}`, environment: 'staging' },
    { by: 'the path prefix of the default', path: `/prod${path}`, environment: 'prod' },
    { by: 'a host name', headers: { Host: 'staging.example' }, environment: 'staging' },
    { by: 'a host name with a port', headers: { Host: 'staging.example:8080' }, environment: 'staging' },
    { by: 'a host name in capitals', headers: { Host: 'Staging.Example' }, environment: 'staging' },
    { by: 'X-Env', headers: { 'X-Env': 'staging' }, environment: 'staging' },
    { by: 'an empty X-Env, as if there were none', headers: { 'X-Env': '' }, environment: 'prod' },
    {
      by: 'all three, when they agree',
      path: `/staging${path}`,
      headers: { Host: 'staging.example', 'X-Env': 'staging' },
      environment: 'staging',
    },
    {
      by: 'a prefix rather than an unknown X-Env',
      path: `/staging${path}`,
      headers: { 'X-Env': 'x' },
      environment: 'staging',
    },
  ];

  test.each(cases)('by $by', async ({ path: sent = path, headers = {}, environment }) => {
    const answer = await strict.ask(sent, { headers });
    expect(answer).toMatchObject({ status: 200, body: `from ${environment}` });
    expect(answer.headers['x-goproxycache-environment']).toBe(environment);
  });

  test('and the engine sees the path without the prefix', () => {
    expect(new Set(staging.requests.map(({ url }) => url))).toEqual(new Set([path]));
  });

  test('and a prefix is taken off only once', async () => {
    const before = staging.requests.length;
    // What is left is no module: its first element has no dot.
    expect(await strict.ask(`/staging/staging${path}`)).toMatchObject({
      status: 404,
      body: expect.stringContaining('not part of'),
    });
    expect(staging.requests).toHaveLength(before);
  });
});

describe('a request that names different environments', () => {
  const cases = [
    { by: 'path and host', path: `/prod${path}`, headers: { Host: 'staging.example' }, first: 'prod' },
    { by: 'path and X-Env', path: `/staging${path}`, headers: { 'X-Env': 'prod' }, first: 'staging' },
    { by: 'host and X-Env', path, headers: { Host: 'staging.example', 'X-Env': 'prod' }, first: 'staging' },
    {
      by: 'path and one of host and X-Env',
      path: `/staging${path}`,
      headers: { Host: 'staging.example', 'X-Env': 'prod' },
      first: 'staging',
    },
    {
      by: 'path and a list in X-Env',
      path: `/staging${path}`,
      headers: { 'X-Env': 'staging, prod' },
      first: 'staging',
    },
  ];

  test.each(cases)('by $by, is refused with a reason', async ({ path: sent, headers }) => {
    expect(await strict.ask(sent, { headers })).toMatchObject({
      status: 400,
      body: expect.stringContaining('more than one'),
    });
    expect(await lenient.ask(sent, { headers })).toMatchObject({ status: 400 });
  });

  test.each(cases)('by $by, gets the first one where that is asked for', async ({ path: sent, headers, first }) => {
    expect(await firstWins.ask(sent, { headers })).toMatchObject({ status: 200, body: `from ${first}` });
  });
});

describe('an X-Env that names no environment', () => {
  test('is refused with a reason, when unknown values are rejected', async () => {
    const answer = await strict.ask(path, { headers: { 'X-Env': 'stagin' } });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining('X-Env') });
    expect(answer.headers['content-type']).toBe('text/plain');
  });

  test('means the default, when unknown values are allowed', async () => {
    expect(await lenient.ask(path, { headers: { 'X-Env': 'stagin' } })).toMatchObject({
      status: 200,
      body: 'from prod',
    });
  });

  test.each(['strict', 'lenient'])('is refused by a %s gateway, when it is a list', async (name) => {
    const gateway = name === 'strict' ? strict : lenient;
    expect(await gateway.ask(path, { headers: { 'X-Env': 'prod, staging' } })).toMatchObject({ status: 400 });
  });

  test('is refused when the header is repeated, by whoever joins repeated headers', async () => {
    // Before 1.23, nginx sees only the first of them.
    const expected =
      gatewayType === 'Envoy' || version >= 1023 ? { status: 400 } : { status: 200, body: 'from staging' };
    expect(await lenient.ask(path, { headers: { 'X-Env': ['staging', 'prod'] } })).toMatchObject(expected);
  });
});

describe('in another order, or by fewer ways', () => {
  const orders: {
    order?: RoutingWay[];
    header?: string;
    onConflict: 'First' | 'Reject';
    onUnknown: 'Default' | 'Reject';
  }[] = [
    { onConflict: 'First', onUnknown: 'Reject' },
    { onConflict: 'Reject', onUnknown: 'Default' },
    { order: ['Header', 'PathPrefix', 'Host'], header: 'X-Stage', onConflict: 'First', onUnknown: 'Reject' },
    { order: ['Header', 'PathPrefix', 'Host'], onConflict: 'Reject', onUnknown: 'Reject' },
    { order: ['Host', 'Header', 'PathPrefix'], onConflict: 'First', onUnknown: 'Default' },
    { order: ['Header', 'Host'], onConflict: 'Reject', onUnknown: 'Default' },
    { order: ['PathPrefix'], onConflict: 'Reject', onUnknown: 'Reject' },
  ];
  const named = [undefined, 'prod', 'staging'];
  const requests = named.flatMap((prefix) =>
    named.flatMap((host) => [...named, 'unknown', 'prod, staging'].map((header) => ({ prefix, host, header }))),
  );

  /** What the model says of a request: the environment, or nothing when it is refused. */
  function decided(
    { order = [...routingWays], onConflict, onUnknown }: (typeof orders)[number],
    { prefix, host, header }: (typeof requests)[number],
  ): string | undefined {
    const said = { PathPrefix: prefix, Host: host, Header: header };
    const names = order.flatMap((way) => said[way] ?? []);
    const isList = (name: string) => name.includes(',');
    // Who is asked only when nobody before has named one.
    const first = names.find((name) => name !== 'unknown' || onUnknown === 'Reject');
    if (first === undefined) return 'prod';
    if (first === 'unknown' || isList(first)) return undefined;
    const agree = names.every((name) => name === first || name === 'unknown');
    return onConflict === 'First' || agree ? first : undefined;
  }

  test.each(orders)('$order, $onConflict and $onUnknown decide each request as they say', async (routing) => {
    const gateway = await startNginx(modelOf({ prod: prod.port, staging: staging.port }, routing));
    const looks = (way: RoutingWay): boolean => routing.order?.includes(way) ?? true;
    const seen: { got: unknown; expected: unknown }[] = [];
    for (const request of requests) {
      const { prefix, host, header } = request;
      const headers = {
        ...(host !== undefined && { Host: `${host}.example` }),
        ...(header !== undefined && { [routing.header ?? 'X-Env']: header }),
      };
      const sent = prefix === undefined ? path : `/${prefix}${path}`;
      const { status, headers: answered } = await gateway.ask(sent, { headers });
      const wanted = decided(routing, request);
      // A prefix that means nothing is a part of the path, and no engine knows that one.
      const found = prefix !== undefined && !looks('PathPrefix') ? 404 : 200;
      const expected = wanted === undefined ? [400, ''] : [found, wanted];
      seen.push({ ...request, got: [status, answered['x-goproxycache-environment'] ?? ''], expected });
    }
    expect(seen).toHaveLength(45);
    expect(seen.filter(({ got, expected }) => String(got) !== String(expected))).toEqual([]);
    await gateway.stop();
  });

  test('the help and a refusal speak of what is looked at', async () => {
    const routing = { order: ['Header'] as const, header: 'X-Stage' };
    const gateway = await startNginx(modelOf({ prod: prod.port, staging: staging.port }, routing));
    const { body } = await gateway.ask('/');
    expect(body).toContain('unless X-Stage chooses another.');
    expect(body).not.toContain('/staging');
    expect(await gateway.ask(path, { headers: { 'X-Stage': 'x' } })).toMatchObject({
      status: 400,
      body: expect.stringContaining('X-Stage'),
    });
    expect(await gateway.ask(path, { headers: { 'X-Env': 'staging' } })).toMatchObject({ body: 'from prod' });
    await gateway.stop();
  });
});

test('the root says how to use the gateway, in plain text', async () => {
  const { status, headers, body } = await strict.ask('/', { headers: { Host: 'goproxy.example:8080' } });
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'text/plain' });
  expect(body).toContain('export GOPROXY=http://goproxy.example:8080\n');
  expect(body).toContain('export GOPROXY=http://goproxy.example:8080/staging\n');
});

test('the root of an environment says the same', async () => {
  expect(await strict.ask('/staging')).toMatchObject({ status: 200, body: expect.stringContaining('GOPROXY') });
  expect(await strict.ask('/staging/')).toMatchObject({ status: 200, body: expect.stringContaining('GOPROXY') });
});
