import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { connect } from '../../../src/kube/transport.ts';

type Pair = Record<'key' | 'cert', Buffer>;

/** The real KubeConfig against a real TLS server whose certificate and token change while we are connected. */
let folder: string;
let first: Pair;
let second: Pair;
let server: Server;
let token: string;
let sockets: number;

function certificate(name: string): Pair {
  const key = join(folder, `${name}.key`);
  const cert = join(folder, `${name}.crt`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const output = ['-nodes', '-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...curve, ...output, ...subject], { stdio: 'pipe' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** Writes a kubeconfig that has the authority in itself or in a file beside it, and the token in a file. */
function writeKubeconfig(authority: 'inline' | 'file', ca: Buffer): string {
  const file = join(folder, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  writeFileSync(join(folder, 'ca.crt'), ca);
  const trust =
    authority === 'file'
      ? { 'certificate-authority': 'ca.crt' }
      : { 'certificate-authority-data': ca.toString('base64') };
  const tokenFile = { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } };
  const config = {
    clusters: [{ name: 'c', cluster: { server: `https://127.0.0.1:${String(port)}`, ...trust } }],
    users: [{ name: 'u', user: { 'auth-provider': tokenFile } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function setToken(value: string): void {
  token = value;
  writeFileSync(join(folder, 'token'), value);
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gpc-tls-'));
  first = certificate('first');
  second = certificate('second');
});

beforeEach(async () => {
  setToken('one');
  sockets = 0;
  server = createServer(first, (request, response) => {
    const known = request.headers.authorization === `Bearer ${token}`;
    response.writeHead(known ? 200 : 401).end('{"kind":"Status"}');
  });
  server.on('secureConnection', () => sockets++);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('while we are connected', () => {
  test('the token may be replaced, and the connections stay', async () => {
    const file = writeKubeconfig('file', first.cert);
    const transport = connect(() => loadKubeConfig({ file }), { userAgent: 'test/1', refreshMs: 0 });
    for (let i = 0; i < 10; i++) await transport.json('PATCH', '/x', { body: {} });
    setToken('two');
    await transport.json('PATCH', '/x', { body: {} });
    expect(sockets).toBeLessThanOrEqual(2);
    await transport.close();
  });

  test.each([
    ['in a file, which is read now and then', 'file', 0],
    ['in the kubeconfig, which is read after a failure', 'inline', 3_600_000],
  ] as const)('the authority may be replaced %s', async (_, place, refreshMs) => {
    const file = writeKubeconfig(place, first.cert);
    const transport = connect(() => loadKubeConfig({ file }), { userAgent: 'test/1', refreshMs });
    const call = () => transport.json('PATCH', '/x', { body: {} });
    await call();

    // The server comes back with a certificate of an unknown authority: refused, and nothing was sent.
    server.setSecureContext(second);
    server.closeAllConnections();
    await expect(call()).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
    await expect(call()).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE', ambiguous: false });

    writeKubeconfig(place, second.cert);
    await call();
    await transport.close();
  });
});

test('a context that is absent is named', () => {
  const file = writeKubeconfig('file', first.cert);
  expect(() => loadKubeConfig({ file, context: 'other' })).toThrow("no cluster for its context 'other'");
});
