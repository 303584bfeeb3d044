import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { GatewayFiles } from '../../src/gateway/files.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from './support/client.ts';
import { startEngine, startSilence } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { makeGateway } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { modelOf } from './support/model.ts';

jest.setTimeout(60_000);

const path = '/x.org/a/@v/v1.0.0.mod';
const NOT_READY = { status: 503, body: 'This pod waits for the engines.\n' };
/** Longer than any test. */
const LONG = { GATEWAY_PATIENCE: '3600' };

let prod: Engine;
let staging: Engine;
let gateway: Gateway;

beforeEach(async () => {
  [prod, staging, gateway] = await Promise.all([startEngine(), startEngine(), makeGateway()]);
  for (const engine of [prod, staging]) {
    engine.answer('/ready', { body: 'ok' });
    engine.answer(path, { body: 'file' });
  }
});

const model = () => modelOf({ prod: prod.port, staging: staging.port }, { type: 'Nginx' });
const url = (port: number): string => `http://127.0.0.1:${port}/ready`;
const readiness = () => ask(gateway.ports.status, '/readyz');

/** The container, when nginx serves. */
async function started(awaitedEngines: readonly string[], env: NodeJS.ProcessEnv): Promise<GatewayFiles> {
  const files = gateway.files({ ...model(), awaitedEngines });
  gateway.mount(files);
  gateway.start(env);
  await gateway.serves(files);
  return files;
}

const ready = (): Promise<true> =>
  eventually('the pod is ready', 20, async () => {
    const { status, body } = await readiness();
    return status === 200 ? { value: true as const } : { missing: `${status} ${body}` };
  });

/** Waits until the pod has found the engine away. */
const away = (engine: Engine): Promise<true> => gateway.says(`is ready when an engine answers at ${url(engine.port)}`);

describe('a pod that starts without files', () => {
  test('is not ready before every engine answers', async () => {
    await staging.stop();
    await started([url(prod.port), url(staging.port)], LONG);
    await away(staging);
    expect(await readiness()).toMatchObject(NOT_READY);
    await staging.restart();
    await ready();
  });

  test('takes an error of an engine for no answer', async () => {
    prod.answer('/ready', { status: 503, body: 'no storage' });
    await started([url(prod.port)], LONG);
    await away(prod);
    expect(await readiness()).toMatchObject(NOT_READY);
    prod.answer('/ready', { body: 'ok' });
    await ready();
  });

  test('serves and says what it serves meanwhile', async () => {
    await prod.stop();
    await started([url(prod.port)], LONG);
    await away(prod);
    expect(await ask(gateway.ports.status, '/healthz')).toMatchObject({ status: 200 });
    expect(await gateway.ask(`/staging${path}`)).toMatchObject({ status: 200, body: 'file' });
    const next = gateway.files({ ...model(), awaitedEngines: [url(prod.port)], onConflict: 'First' });
    gateway.mount(next);
    await gateway.serves(next);
    expect(await readiness()).toMatchObject(NOT_READY);
  });

  test('no longer waits for an engine that a new config does not want', async () => {
    await staging.stop();
    await started([url(prod.port), url(staging.port)], LONG);
    await away(staging);
    gateway.mount(gateway.files({ ...model(), awaitedEngines: [url(prod.port)] }));
    await ready();
  });

  test.each(['refuses', 'is silent'])('is ready after its time when an engine %s', async (how) => {
    const port = how === 'refuses' ? 1 : await startSilence();
    await started([url(port)], { GATEWAY_PATIENCE: '2' });
    await ready();
    await gateway.says(`is ready without an answer from ${url(port)}`);
  });

  test('ends at once when it is stopped', async () => {
    await prod.stop();
    await started([url(prod.port)], LONG);
    await away(prod);
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(0);
  });
});

describe('a pod that is ready', () => {
  test('stays so when the engines go, and gives what it has', async () => {
    await started([url(prod.port)], LONG);
    await ready();
    expect(await gateway.ask(path)).toMatchObject({ status: 200 });
    await prod.stop();
    // Taken up by the loop that waits for engines.
    for (const onConflict of ['First', 'Reject'] as const) {
      const files = gateway.files({ ...model(), awaitedEngines: [url(prod.port)], onConflict });
      gateway.mount(files);
      await gateway.serves(files);
    }
    expect(await readiness()).toMatchObject({ status: 200 });
    expect(await gateway.ask(path)).toMatchObject({ status: 200, headers: { 'x-cache': 'HIT' } });
  });

  test('is so again after a restart of its container, since it has files', async () => {
    await started([url(prod.port)], LONG);
    await ready();
    await gateway.ask(path);
    await prod.stop();
    gateway.signal('SIGTERM');
    await gateway.ended();
    gateway.start(LONG);
    await ready();
    expect(await gateway.ask(path)).toMatchObject({ status: 200, headers: { 'x-cache': 'HIT' } });
  });
});
