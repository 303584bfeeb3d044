import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeCertificate } from './support/certificate.ts';
import { startDNS } from './support/dns.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

const folder = mkdtempSync(join(tmpdir(), 'sumdb-'));
// nginx is another user.
chmodSync(folder, 0o755);
const engines = { prod: 1, staging: 1 };
const name = 'sum.golang.org';

let database: Engine;
let gateway: RunningNginx;

beforeAll(async () => {
  database = await startEngine();
  const checksumDatabase = { name, url: `http://127.0.0.1:${database.port}/base/${name}` };
  gateway = await startNginx(modelOf(engines, { checksumDatabase }));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('the checksum database', () => {
  test.each(['', '/staging', '/prod'])('is supported under "%s/sumdb", without a request to it', async (prefix) => {
    expect(await gateway.ask(`${prefix}/sumdb/${name}/supported`)).toMatchObject({ status: 200, body: '' });
    expect(database.requests).toHaveLength(0);
  });

  test.each([
    ['tile/8/0/x123/456.p/12', 'public, max-age=31536000, immutable'],
    ['tile/8/data/000', 'public, max-age=31536000, immutable'],
    ['lookup/github.com/!azure/sdk@v1.0.0+incompatible', 'public, max-age=86400, stale-if-error=86400'],
    ['latest', 'public, max-age=60, stale-while-revalidate=300, stale-if-error=86400'],
  ])('is asked once for %s', async (path, cacheControl) => {
    database.answer(`/base/${name}/${path}`, { body: `about ${path}`, headers: { 'Cache-Control': 'no-store' } });
    const first = await gateway.ask(`/sumdb/${name}/${path.replace('!', '%21')}`);
    expect(first).toMatchObject({
      status: 200,
      body: `about ${path}`,
      headers: { 'x-cache': 'MISS', 'cache-control': cacheControl },
    });
    // Environments share the answer.
    for (const prefix of ['', '/staging', '/prod']) {
      const again = await gateway.ask(`${prefix}/sumdb/${name}/${path}`);
      expect(again).toMatchObject({ status: 200, body: `about ${path}`, headers: { 'x-cache': 'HIT' } });
    }
    expect(database.asked(`/base/${name}/${path}`)).toBe(1);
  });

  test('sees its own name as Host, and nothing of the client', async () => {
    await gateway.ask(`/sumdb/${name}/lookup/x.org/host@v1.0.0`, { headers: { Cookie: 'a=b', Host: 'prod.example' } });
    expect(database.requests.at(-1)?.headers).toEqual({
      host: `127.0.0.1:${database.port}`,
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test.each([302, 429, 500, 503])('is asked again after it answered %i', async (status) => {
    const path = `lookup/x.org/failing@v1.0.${status}`;
    database.answer(`/base/${name}/${path}`, { status, body: 'reason\n' });
    expect(await gateway.ask(`/sumdb/${name}/${path}`)).toMatchObject({ status, body: 'reason\n' });
    database.answer(`/base/${name}/${path}`, { body: 'record' });
    expect(await gateway.ask(`/sumdb/${name}/${path}`)).toMatchObject({ status: 200, body: 'record' });
  });

  test.each([
    '/sumdb/other.org/supported',
    '/sumdb/other.org/latest',
    `/sumdb/${name}/other`,
    `/sumdb/${name}`,
    '/sumdb/',
  ])('%s is not found, so that the go command asks elsewhere', async (path) => {
    expect(await gateway.ask(path)).toMatchObject({ status: 404, headers: { 'content-type': 'text/plain' } });
  });

  test('is reported in plain text when it does not answer', async () => {
    const gone = await startNginx(modelOf(engines, { checksumDatabase: { name, url: 'http://127.0.0.1:1' } }));
    const answer = await gone.ask(`/sumdb/${name}/latest`);
    expect(answer).toMatchObject({ status: 502, body: `The checksum database ${name} does not answer.\n` });
    expect((await gone.ask(`/sumdb/${name}/supported`)).status).toBe(200);
  });

  test('is nowhere, when none is configured', async () => {
    const without = await startNginx(modelOf(engines));
    expect((await without.ask(`/sumdb/${name}/supported`)).status).toBe(404);
    expect((await without.ask(`/staging/sumdb/${name}/latest`)).status).toBe(404);
  });
});

describe('a checksum database behind TLS', () => {
  const host = 'sum.test.example';
  let secure: Engine;
  let dns: { port: number };
  let authorities: string;

  beforeAll(async () => {
    const { file, cert, key } = await makeCertificate(folder, host);
    authorities = file;
    const SNICallback = (asked: string, accept: (error: Error | null) => void): void => {
      accept(asked === host ? null : new Error(`asked for ${asked}`));
    };
    [secure, dns] = await Promise.all([startEngine({ cert, key, SNICallback }), startDNS()]);
    secure.answer('/latest', { body: 'head' });
  });

  const model = (port: number) => modelOf(engines, { checksumDatabase: { name, url: `https://${host}:${port}` } });

  test('is looked up, asked by its name, and believed with a certificate of a known authority', async () => {
    const trusting = await startNginx(model(secure.port), {
      authorities,
      resolver: `resolver 127.0.0.1:${dns.port} ipv6=off;`,
    });
    expect(await trusting.ask(`/sumdb/${name}/latest`)).toMatchObject({ status: 200, body: 'head' });
    expect(secure.requests.at(-1)?.headers.host).toBe(`${host}:${secure.port}`);
  });

  test('is not believed with a certificate of nobody', async () => {
    const other = await makeCertificate(folder, 'other.example');
    const doubting = await startNginx(model(secure.port), {
      authorities: other.file,
      resolver: `resolver 127.0.0.1:${dns.port} ipv6=off;`,
    });
    const before = secure.requests.length;
    expect((await doubting.ask(`/sumdb/${name}/latest`)).status).toBe(502);
    expect(secure.requests).toHaveLength(before);
    expect(doubting.log()).toContain('upstream SSL certificate verify error');
  });

  test('does not keep nginx from starting when no DNS server answers', async () => {
    const lost = await startNginx(model(secure.port), { authorities });
    expect((await lost.ask(`/sumdb/${name}/latest`)).status).toBe(502);
    expect((await lost.ask('/')).status).toBe(200);
  });
});
