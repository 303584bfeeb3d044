import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { otherType } from '../../src/gateway/status.ts';
import { eventually } from '../support/eventually.ts';
import { makeCertificate } from './support/certificate.ts';
import { ask, startSteadyClient } from './support/client.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { childrenOf, containerOfEnvoy } from './support/envoycontainer.ts';
import { makeGateway, mountCertificate, mountKeys } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { modelOf } from './support/model.ts';
import { authOf, bearer, jwks, makeKey, makeToken } from './support/tokens.ts';

jest.setTimeout(60_000);

// A pod of type Envoy without Kubernetes: entrypoint.sh with nginx, and Envoy beside it.

const path = '/x.org/a/@v/v1.0.0.mod';
let engine: Engine;
let other: Engine;
let gateway: Gateway;
let envoy: ChildProcess;
let startEnvoy: () => ChildProcess;

const model = (changes: Partial<GatewayModel> = {}): GatewayModel =>
  modelOf({ prod: engine.port, staging: other.port }, { type: 'Envoy', ...changes });

beforeAll(async () => {
  [engine, other] = await Promise.all([startEngine(), startEngine()]);
  engine.answer(path, { body: 'prod' });
  other.answer(path, { body: 'staging' });
  gateway = await makeGateway();
  const files = gateway.files(model());
  gateway.mount(files);
  // The two containers of a pod start in any order.
  startEnvoy = containerOfEnvoy(gateway);
  envoy = startEnvoy();
  gateway.start({ GATEWAY_TYPE: 'Envoy' });
  await gateway.serves(files);
}, 60_000);
describe('a pod of type Envoy', () => {
  test('serves through Envoy once both have the config', async () => {
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'prod' });
  });

  test('says which Envoy runs', async () => {
    expect((await gateway.status()).envoyVersion).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('takes up a change of each part without losing a request, and says so when both have', async () => {
    const client = startSteadyClient(gateway.ports.http, path, new Agent({ keepAlive: true }), 4);
    for (const changes of [
      { defaultEnvironment: 'staging' },
      { limits: { connections: 1000 } },
      { clientAddress: { source: 'XForwardedFor', trustedCIDRs: ['10.0.0.0/8'] } },
      { environments: [...model().environments].reverse() },
    ] satisfies Partial<GatewayModel>[]) {
      const files = gateway.files(model(changes));
      gateway.mount(files);
      await gateway.serves(files);
      await client.answers(20);
    }
    expect((await client.stop()).failures).toEqual([]);
  });

  test('keeps what it serves when the config is of the other type, and says why', async () => {
    const before = await gateway.status();
    const files = gateway.files(model({ type: 'Nginx' }));
    gateway.mount(files);
    const { rejected, generation } = await gateway.statusWhen('a refusal', ({ rejected }) => rejected !== '');
    expect({ rejected, generation }).toEqual({
      rejected: { generation: files.generation.trim(), error: expect.stringMatching(`^${otherType}Envoy`) },
      generation: before.generation,
    });
    expect(await gateway.ask(path)).toMatchObject({ status: 200 });
  });

  test('comes back with what it served when Envoy is killed, as its container is started again', async () => {
    const { generation } = await gateway.status();
    const [killed] = childrenOf(envoy);
    const ended = once(envoy, 'exit');
    process.kill(killed ?? 0, 'SIGKILL');
    await ended;
    envoy = startEnvoy();
    await eventually('Envoy serves again', 20, async () => {
      const status = await gateway.ask(path).then(
        (answer) => answer.status,
        (error: Error) => error.message,
      );
      return status === 200 ? { value: true } : { missing: String(status) };
    });
    expect((await gateway.status()).generation).toBe(generation);
  });

  test('finishes running answers after SIGTERM, and both end', async () => {
    const slow = '/x.org/slow/@v/v1.0.0.zip';
    let release = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      engine.answer(slow, () => {
        resolve();
        return new Promise((answer) => {
          release = () => {
            answer({ body: 'zip' });
          };
        });
      });
    });
    const running = gateway.ask(`/prod${slow}`);
    await arrived;
    const ended = once(envoy, 'exit');
    // As the kubelet does: to both.
    envoy.kill('SIGTERM');
    gateway.signal('SIGTERM');
    release();
    expect(await running).toMatchObject({ status: 200, body: 'zip' });
    expect(await ended).toEqual([0, null]);
    expect(await gateway.ended()).toBe(0);
  });
});

test('a pod of type Envoy is not ready before every engine answers either, and serves meanwhile', async () => {
  const pod = await makeGateway();
  const away = pod.files(model({ awaitedEngines: ['http://127.0.0.1:1/'] }));
  pod.mount(away);
  containerOfEnvoy(pod)();
  pod.start({ GATEWAY_TYPE: 'Envoy', GATEWAY_PATIENCE: '3600' });
  await pod.serves(away);
  expect(await ask(pod.ports.status, '/readyz')).toMatchObject({ status: 503 });
  expect(await pod.ask(path)).toMatchObject({ status: 200, body: 'prod' });
  pod.mount(pod.files(model()));
  await eventually('the pod is ready', 20, async () => {
    const { status } = await ask(pod.ports.status, '/readyz');
    return status === 200 ? { value: true } : { missing: String(status) };
  });
});

describe('a pod of type Envoy with a certificate and keys of tokens', () => {
  test('serves who has a token, and shows no key in the config that Envoy tells', async () => {
    const pod = await makeGateway();
    const certificate = await makeCertificate(pod.folder.root, 'localhost');
    const key = makeKey('HS512');
    mountCertificate(pod.folder, certificate);
    mountKeys(pod.folder, { ci: jwks(key) });
    const files = pod.files(
      modelOf(
        { prod: engine.port, staging: other.port },
        { type: 'Envoy', auth: authOf(), ports: { http: 1, https: 2, status: 3 } },
      ),
    );
    pod.mount(files);
    containerOfEnvoy(pod)();
    pod.start({ GATEWAY_TYPE: 'Envoy' });
    await pod.serves(files);
    const token = makeToken(key);
    expect(await pod.ask(path, bearer(token))).toMatchObject({ status: 200 });
    const admin = { socketPath: join(pod.folder.run, 'envoy/admin.sock') };
    const { status, body } = await ask(0, '/config_dump?include_eds', admin);
    expect({ status, told: body.includes('SecretsConfigDump') }).toEqual({ status: 200, told: true });
    const privateKey = certificate.key.split('\n')[1] ?? '';
    for (const secret of [privateKey, String(key.jwk['k']), token]) expect(body).not.toContain(secret);
  });
});
