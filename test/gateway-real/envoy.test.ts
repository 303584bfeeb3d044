import { renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { printEnvoy } from '../../src/gateway/envoy.ts';
import { gatewayGeneration } from '../../src/gateway/files.ts';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { eventually } from '../support/eventually.ts';
import { makeCertificate } from './support/certificate.ts';
import type { Certificate } from './support/certificate.ts';
import { ask, raw } from './support/client.ts';
import { startEngine } from './support/engine.ts';
import { mountCertificate } from './support/gateway.ts';
import { modelOf } from './support/model.ts';
import { startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

// What both programs do alike is in the other files, which run with GATEWAY_TYPE=Envoy too. Here is what Envoy does in its own way.

const path = '/example.com/mod/@v/v1.0.0.mod';
let gateway: RunningNginx;
let model: GatewayModel;
let second: Certificate;

beforeAll(async () => {
  const [prod, staging] = await Promise.all([startEngine(), startEngine()]);
  prod.answer(path, { body: 'from prod' });
  staging.answer(path, { body: 'from staging' });
  const ports = { http: 1, https: 2, status: 3 };
  model = modelOf({ prod: prod.port, staging: staging.port }, { type: 'Envoy', ports });
  gateway = await startNginx(model, {
    prepare: async (folder) => {
      const first = await makeCertificate(folder.root, 'first.example');
      second = await makeCertificate(folder.root, 'second.example');
      mountCertificate(folder, first);
    },
  });
});

/** The answer over TLS, and the name in the certificate that came with it. */
function askSecurely(): Promise<{ status: number | undefined; name: string }> {
  return new Promise((resolve, reject) => {
    // The certificates of this test are their own authorities: which one came is what the test asks.
    const options = { host: '127.0.0.1', port: gateway.ports.https, path, rejectUnauthorized: false, agent: false };
    const sent = request(options, (answer) => {
      const name = String((answer.socket as TLSSocket).getPeerCertificate().subject.CN);
      answer.resume().on('end', () => {
        resolve({ status: answer.statusCode, name });
      });
    });
    sent.on('error', reject).end();
  });
}

const shows = (name: string) =>
  eventually(`the certificate of ${name}`, 20, async () => {
    const seen = await askSecurely();
    return seen.name === name ? { value: seen } : { missing: seen.name };
  });

const stats = async (filter: string): Promise<string> =>
  (await ask(0, `/stats?filter=${filter}`, { socketPath: join(gateway.folder.run, 'envoy/admin.sock') })).body;

/** Waits until one of Envoy's counters says so. */
const counted = (what: RegExp) =>
  eventually(String(what), 10, async () => {
    const said = await stats('rejected|fail');
    return what.test(said) ? { value: true } : { missing: said };
  });

/** As entrypoint.sh will: each file is replaced by a rename. */
function follow(changed: GatewayModel, generation: string): void {
  const { routes, listeners } = printEnvoy({ ...changed, ports: { ...gateway.ports } }, generation);
  for (const [name, text] of Object.entries({ routes, listeners })) {
    const file = join(gateway.folder.run, 'envoy', `${name}.json`);
    writeFileSync(`${file}.new`, gateway.localise(text));
    renameSync(`${file}.new`, file);
  }
}

describe('Envoy', () => {
  test('answers with the certificate, and in plain', async () => {
    expect(await shows('first.example')).toMatchObject({ status: 200 });
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'from prod' });
  });

  test('closes a plain connection to the port of TLS', async () => {
    expect(await raw(gateway.ports.https ?? 0, `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)).toBe('');
  });

  test('shows a new certificate as soon as it is mounted', async () => {
    mountCertificate(gateway.folder, second);
    expect(await shows('second.example')).toMatchObject({ status: 200 });
  });

  test('keeps the certificate it has, when the new one is broken', async () => {
    mountCertificate(gateway.folder, { cert: 'no certificate', key: 'no key' });
    await counted(/rotation_failed: [1-9]/);
    expect(await askSecurely()).toEqual({ status: 200, name: 'second.example' });
  });

  test('takes new routes without losing a request, and says which it has taken', async () => {
    const changed: GatewayModel = { ...model, defaultEnvironment: 'staging' };
    const generation = gatewayGeneration(changed);
    let failures = 0;
    let asked = 0;
    let done = false;
    const client = (async () => {
      while (!done) {
        const { status } = await gateway.ask(path);
        asked += 1;
        if (status !== 200) failures += 1;
      }
    })();
    follow(changed, generation);
    await eventually('staging by default', 20, async () => {
      const { body } = await gateway.ask(path);
      return body === 'from staging' ? { value: true } : { missing: body };
    });
    await eventually('both versions', 20, async () => {
      const said = await stats('version_text');
      return said.split(`"${generation}"`).length === 3 ? { value: true } : { missing: said };
    });
    done = true;
    await client;
    expect({ failures, some: asked > 0 }).toEqual({ failures: 0, some: true });
  });

  test('keeps the routes it has, when new ones are refused', async () => {
    const file = join(gateway.folder.run, 'envoy/routes.json');
    writeFileSync(`${file}.new`, '{"resources": [{}]}');
    renameSync(`${file}.new`, file);
    await counted(/gateway\.rds\.gateway\.update_(?:rejected|failure): [1-9]/);
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'from staging' });
  });
});
