import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKubeConfig } from '../../../src/kube/kubeconfig.ts';
import { connect } from '../../../src/kube/transport.ts';

/** The real KubeConfig against a real TLS server whose certificate and token change while we are connected. */
let folder: string;
let server: Server;
let tokens: (string | undefined)[];
let sockets: number;

function certificate(name: string): { key: Buffer; cert: Buffer } {
  const key = join(folder, `${name}.key`);
  const cert = join(folder, `${name}.crt`);
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'pipe',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

function writeKubeconfig(): string {
  const file = join(folder, 'kubeconfig');
  const { port } = server.address() as AddressInfo;
  const config = {
    clusters: [
      { name: 'c', cluster: { server: `https://127.0.0.1:${String(port)}`, 'certificate-authority': 'ca.crt' } },
    ],
    users: [
      { name: 'u', user: { 'auth-provider': { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } } },
    ],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gpc-tls-'));
  const first = certificate('first');
  writeFileSync(join(folder, 'ca.crt'), first.cert);
  writeFileSync(join(folder, 'token'), 'one');
  tokens = ['one'];
  sockets = 0;
  server = createServer(first, (request, response) => {
    const known = tokens.includes(request.headers.authorization?.replace('Bearer ', ''));
    response.writeHead(known ? 200 : 401).end('{"kind":"Status"}');
  });
  server.on('secureConnection', () => sockets++);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

describe('a kubeconfig with files', () => {
  test('tokens and certificates may rotate while we are connected', async () => {
    const file = writeKubeconfig();
    const transport = connect(() => loadKubeConfig({ file }), { userAgent: 'test/1', refreshMs: 0 });
    const call = () => transport.json('PATCH', '/x', { body: {} });

    for (let i = 0; i < 10; i++) await call();
    expect(sockets).toBeLessThanOrEqual(2);

    // The token is replaced, and the old one is void at once.
    writeFileSync(join(folder, 'token'), 'two');
    tokens = ['two'];
    await call();
    expect(sockets).toBeLessThanOrEqual(2);

    // The server comes back with a certificate of another authority: refused, and nothing was sent.
    const second = certificate('second');
    server.setSecureContext(second);
    server.closeAllConnections();
    await expect(call()).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
    await expect(call()).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE', ambiguous: false });

    // The new authority is written: the next call takes it.
    writeFileSync(join(folder, 'ca.crt'), second.cert);
    await call();
    await transport.close();
  });

  test('a context that is absent is named', () => {
    const file = writeKubeconfig();
    expect(() => loadKubeConfig({ file, context: 'other' })).toThrow("no cluster for its context 'other'");
  });
});
