import { beforeAll, describe, expect, test } from '@jest/globals';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { startEngine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';

const path = '/example.com/mod/@v/v1.0.0.mod';
const trusted = { source: 'XForwardedFor', trustedCIDRs: ['127.0.0.0/8', '10.0.0.0/8'] } as const;
let ports: { prod: number; staging: number };

beforeAll(async () => {
  const engine = await startEngine();
  engine.answer(path, { body: 'from prod' });
  ports = { prod: engine.port, staging: engine.port };
});

const gatewayWith = (changes: Partial<GatewayModel>) => startNginx(modelOf(ports, { ...changes }));
const from = (addresses: string) => ({ headers: { 'X-Forwarded-For': addresses } });

describe('who is served', () => {
  test('is everybody, when nothing is said', async () => {
    const gateway = await gatewayWith({});
    expect(await gateway.ask(path)).toMatchObject({ status: 200 });
  });

  test('is only who comes from the allowed addresses, and others do not even see the help', async () => {
    const gateway = await gatewayWith({ allowedCIDRs: ['192.0.2.0/24', '2001:db8::/32'] });
    for (const asked of [path, '/', '/catalog', `/staging${path}`]) {
      expect(await gateway.ask(asked)).toMatchObject({ status: 403, body: expect.stringContaining('your address') });
    }
  });

  test('is not changed by a header, when no load balancer is trusted', async () => {
    const gateway = await gatewayWith({ allowedCIDRs: ['192.0.2.0/24'] });
    expect(await gateway.ask(path, from('192.0.2.1'))).toMatchObject({ status: 403 });
  });

  test.each([
    { addresses: '192.0.2.1', status: 200 },
    { addresses: '2001:db8::7', status: 200 },
    { addresses: '192.0.2.1, 10.1.1.1', status: 200, what: 'through two load balancers' },
    { addresses: '192.0.2.1, 198.51.100.1', status: 403, what: 'where a stranger says so' },
    { addresses: '198.51.100.1', status: 403 },
  ])('is decided by what a trusted load balancer says: $addresses gets $status', async ({ addresses, status }) => {
    const gateway = await gatewayWith({ allowedCIDRs: ['192.0.2.0/24', '2001:db8::/32'], clientAddress: trusted });
    expect(await gateway.ask(path, from(addresses))).toMatchObject({ status });
  });

  test('is decided by the first line of the connection with the proxy protocol', async () => {
    const clientAddress = { source: 'ProxyProtocol', trustedCIDRs: ['127.0.0.1/32'] } as const;
    const gateway = await gatewayWith({ allowedCIDRs: ['192.0.2.0/24'], clientAddress });
    const request = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    expect(await gateway.raw(`PROXY TCP4 192.0.2.1 10.0.0.1 4000 80\r\n${request}`)).toMatch(/^HTTP\/1.1 200 /);
    expect(await gateway.raw(`PROXY TCP4 192.0.3.1 10.0.0.1 4000 80\r\n${request}`)).toMatch(/^HTTP\/1.1 403 /);
  });
});

describe('a limit of requests', () => {
  test('delays before it refuses, since go does not try again after a 429', async () => {
    const gateway = await gatewayWith({ limits: { requests: { perSecond: 20, burst: 10 } } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.ask(path)));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  });

  test('refuses with 429, a reason and Retry-After, when the burst is waiting', async () => {
    const gateway = await gatewayWith({ limits: { requests: { perSecond: 1, burst: 1 } } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => gateway.ask(path)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(3);
    expect(refused[0]).toMatchObject({
      headers: { 'retry-after': '1', 'content-type': 'text/plain' },
      body: expect.stringContaining('limit'),
    });
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(2);
  });

  test('counts each client address by itself', async () => {
    const gateway = await gatewayWith({ limits: { requests: { perSecond: 1, burst: 1 } }, clientAddress: trusted });
    const clients = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'];
    const answers = await Promise.all(clients.map((client) => gateway.ask(path, from(client))));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
  });
});

test('a limit of connections refuses the requests beyond it', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const engine = await startEngine();
  engine.answer(path, async () => {
    await held;
    return { body: 'late' };
  });
  const gateway = await startNginx(
    modelOf({ prod: engine.port, staging: engine.port }, { limits: { connections: 2 } }),
  );
  const settled: number[] = [];
  const asked = Array.from({ length: 5 }, async () => {
    settled.push((await gateway.ask(path)).status);
    // What is beyond the limit is answered while the others wait for the engine.
    if (settled.length === 3) release();
  });
  await Promise.all(asked);
  expect(settled).toEqual([429, 429, 429, 200, 200]);
});
