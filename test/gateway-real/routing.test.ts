import { beforeAll, describe, expect, test } from '@jest/globals';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { gatewayType, modelOf } from './support/model.ts';
import { nginxVersion, startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

const version = await nginxVersion();
const path = '/example.com/mod/@v/v1.0.0.mod';

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
    expect(await strict.ask(`/staging/staging${path}`)).toMatchObject({ status: 404, body: 'not found\n' });
    expect(staging.asked(`/staging${path}`)).toBe(1);
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
