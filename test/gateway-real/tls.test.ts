import { connect } from 'node:tls';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { goEnvironment, withModcache } from '../support/gocommand.ts';
import { run } from '../support/run.ts';
import { makeCertificate } from './support/certificate.ts';
import type { Certificate } from './support/certificate.ts';
import { startEngine } from './support/engine.ts';
import { makeGateway, mountCertificate } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { raw } from './support/client.ts';
import { modelOf } from './support/model.ts';

const path = '/example.com/mod/@v/v1.0.0.mod';
let gateway: Gateway;
let first: Certificate;
let second: Certificate;

/** The answer over TLS, and the name in the certificate that came with it. */
function askSecurely(port: number, versions: { maxVersion?: 'TLSv1.1' | 'TLSv1.2' } = {}) {
  return new Promise<{ name: string; answer: string }>((resolve, reject) => {
    let answer = '';
    // The certificates of this test are their own authorities: which one came is what the test asks.
    const options = { host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1' as const, ...versions };
    const socket = connect(options, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: go.example\r\nConnection: close\r\n\r\n`);
    });
    const name = (): string => String(socket.getPeerCertificate().subject?.CN ?? '');
    let seen = '';
    socket.on('secureConnect', () => (seen = name()));
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('error', reject).on('end', () => {
      resolve({ name: seen, answer });
    });
  });
}

const shows = (name: string) =>
  eventually(`the certificate of ${name}`, 20, async () => {
    const seen = await askSecurely(gateway.ports.https);
    return seen.name === name ? { value: seen } : { missing: seen.name };
  });

beforeAll(async () => {
  const engine = await startEngine();
  engine.answer(path, { body: 'from prod' });
  engine.answer(path.replace('.mod', '.info'), { body: '{"Version":"v1.0.0","Time":"2026-01-01T00:00:00Z"}' });
  gateway = await makeGateway();
  [first, second] = await Promise.all([
    makeCertificate(gateway.folder.root, 'first.example'),
    makeCertificate(gateway.folder.root, 'second.example'),
  ]);
  mountCertificate(gateway.folder, first);
  const model = modelOf({ prod: engine.port, staging: engine.port }, { ports: { http: 1, https: 2, status: 3 } });
  const files = gateway.files(model);
  gateway.mount(files);
  gateway.start();
  await eventually('the first answer', 20, async () => ({ value: await gateway.serves(files) }));
});

/** What the real go command says of the module, when it trusts these authorities. */
const goList = (authorities: string) =>
  withModcache((modcache) =>
    run('go', ['list', '-m', 'example.com/mod@v1.0.0'], {
      cwd: gateway.folder.root,
      env: { ...goEnvironment(`https://localhost:${gateway.ports.https}`, modcache), SSL_CERT_FILE: authorities },
    }),
  );

describe('a gateway with a certificate of its own', () => {
  test('answers over https with it', async () => {
    const { name, answer } = await askSecurely(gateway.ports.https);
    expect({ name, answer }).toEqual({ name: 'first.example', answer: expect.stringContaining('from prod') });
  });

  test('answers over http beside it, where that is enabled', async () => {
    expect(await gateway.ask(path)).toMatchObject({ status: 200 });
  });

  test('serves a go command that trusts who signed it, and no other', async () => {
    const own = await makeCertificate(gateway.folder.root, 'localhost');
    mountCertificate(gateway.folder, own);
    await shows('localhost');
    expect(await goList(own.file)).toBe('example.com/mod v1.0.0\n');
    await expect(goList(first.file)).rejects.toThrow(/x509/);
  });

  test('refuses versions of TLS before 1.2', async () => {
    await expect(askSecurely(gateway.ports.https, { maxVersion: 'TLSv1.1' })).rejects.toThrow();
  });

  test('tells who speaks http to the port of https', async () => {
    const answer = await raw(gateway.ports.https, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 400 [^]*This port speaks https/);
  });

  test('takes up a new certificate in place', async () => {
    const pid = gateway.nginxPid();
    mountCertificate(gateway.folder, second);
    await shows('second.example');
    expect(gateway.nginxPid()).toBe(pid);
  });

  test('keeps the last good one when the new one does not work, and says so', async () => {
    mountCertificate(gateway.folder, { cert: first.cert, key: second.key });
    const { rejected } = await gateway.statusWhen('a rejection', (status) => status.rejected !== '');
    expect(rejected).toMatchObject({ error: expect.stringContaining('key') });
    expect((await askSecurely(gateway.ports.https)).name).toBe('second.example');
  });

  test('and takes up the next good one', async () => {
    mountCertificate(gateway.folder, first);
    await shows('first.example');
    await gateway.statusWhen('no rejection', (status) => status.rejected === '');
  });
});
