import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { GatewayEnvironment, GatewayModel } from '../../src/gateway/model.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from './support/client.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { makeGateway } from './support/gateway.ts';
import { modelOf } from './support/model.ts';
import { freePorts, startNginx } from './support/nginx.ts';
import type { RunningNginx } from './support/nginx.ts';

let prod: Engine;
let canary: Engine;

beforeEach(async () => {
  [prod, canary] = await Promise.all([startEngine(), startEngine()]);
});

const modelWith = (changes: Partial<GatewayModel>, ofProd: Partial<GatewayEnvironment> = {}): GatewayModel => {
  const model = modelOf({ prod: prod.port, staging: prod.port }, changes);
  const environments = model.environments.map((each) => (each.name === 'prod' ? { ...each, ...ofProd } : each));
  return { ...model, environments };
};

/** Gateway pods that know each other. In a pod, entrypoint.sh finds the others by DNS. */
async function startPods(models: GatewayModel[], admitted = '127.0.0.1'): Promise<RunningNginx[]> {
  const peerPorts = await Promise.all(models.map(async () => (await freePorts()).http));
  return Promise.all(
    models.map((model, at) =>
      startNginx(
        { ...model, peers: { host: 'peers.invalid', port: peerPorts[at] ?? 0 } },
        {
          prepare: ({ run }) => {
            writeFileSync(join(run, 'owners.conf'), peerPorts.map((port) => `server 127.0.0.1:${port};\n`).join(''));
            writeFileSync(join(run, 'admitted.conf'), `allow ${admitted};\n`);
            return Promise.resolve();
          },
        },
      ),
    ),
  );
}

const startTwo = async (model = modelWith({})): Promise<[RunningNginx, RunningNginx]> => {
  const [one, two] = await startPods([model, model]);
  if (one === undefined || two === undefined) throw new Error('two pods');
  return [one, two];
};

const files = (count: number): string[] => {
  const paths = Array.from({ length: count }, (_, at) => `/x.org/shared/@v/v1.0.${at}.info`);
  for (const path of paths) prod.answer(path, { body: path });
  return paths;
};

const requestsOf = (engine: Engine): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { url = '' } of engine.requests) counts[url] = (counts[url] ?? 0) + 1;
  return counts;
};
const once = (paths: string[]): Record<string, number> => Object.fromEntries(paths.map((path) => [path, 1]));

describe('pods that share', () => {
  test('ask the engine once in all for each file, and both pods own some', async () => {
    const [one, two] = await startTwo();
    const paths = files(40);
    for (const pod of [one, two, two, one]) {
      for (const path of paths) expect(await pod.ask(path)).toMatchObject({ status: 200, body: path });
    }
    expect(requestsOf(prod)).toEqual(once(paths));
    // What was fetched is in the pod's own cache then.
    for (const pod of [one, two]) {
      expect((await pod.ask(paths[0] ?? '')).headers).toMatchObject({
        'x-cache': 'HIT',
        'cache-control': 'public, max-age=31536000, immutable',
      });
    }
  });

  test('ask the engine once for a file that a hundred cold clients want at the same moment', async () => {
    const [one, two] = await startTwo();
    const paths = files(3);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    for (const path of paths) prod.answer(path, () => held.then(() => ({ body: path })));
    const answers = Promise.all(
      Array.from({ length: 100 }, (_, at) => Promise.all(paths.map((path) => (at % 2 === 0 ? one : two).ask(path)))),
    );
    await eventually('the engine is asked for all', 20, () => {
      const asked = Object.keys(requestsOf(prod)).length;
      return asked === paths.length ? { value: asked } : { missing: String(asked) };
    });
    release();
    for (const client of await answers)
      expect(client.map(({ status, body }) => `${status} ${body}`)).toEqual(paths.map((path) => `200 ${path}`));
    expect(requestsOf(prod)).toEqual(once(paths));
  });

  test('lose no request when one of them is gone', async () => {
    const [one, two] = await startTwo();
    const paths = files(40);
    for (const path of paths.slice(0, 10)) await one.ask(path);
    await two.stop();
    for (const path of paths) expect(await one.ask(path)).toMatchObject({ status: 200, body: path });
    expect(requestsOf(prod)).toEqual(once(paths));
  });

  test('lose no request that is under way when one of them is killed', async () => {
    const [one, two] = await startTwo();
    const paths = files(20);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    for (const path of paths) prod.answer(path, () => held.then(() => ({ body: path })));
    const answers = Promise.all(paths.map((path) => one.ask(path)));
    await eventually('the engine is asked for all', 20, () =>
      prod.requests.length === paths.length ? { value: true } : { missing: String(prod.requests.length) },
    );
    await two.stop();
    release();
    expect((await answers).map(({ status, body }) => `${status} ${body}`)).toEqual(paths.map((path) => `200 ${path}`));
  });

  test('do without each other when they do not know the others, or are not known to them', async () => {
    const [alone] = await startPods([modelWith({})]);
    const strangers = await startPods([modelWith({}), modelWith({})], '192.0.2.1');
    const [path = ''] = files(1);
    for (const pod of [alone, ...strangers]) expect(await pod?.ask(path)).toMatchObject({ status: 200, body: path });
    const unknown = await startNginx({
      ...modelWith({}),
      peers: { host: 'peers.invalid', port: (await freePorts()).http },
    });
    expect(await unknown.ask(path)).toMatchObject({ status: 200, body: path });
  });

  test('pass on what the engine says: an absence, an error, that it is away', async () => {
    const [one, two] = await startTwo();
    prod.answer('/x.org/broken/@latest', { status: 500, body: 'broken\n' });
    for (const pod of [one, two]) {
      expect(await pod.ask('/x.org/absent/@v/list')).toMatchObject({ status: 404, body: 'not found\n' });
      expect(await pod.ask('/x.org/broken/@latest')).toMatchObject({ status: 500, body: 'broken\n' });
    }
    expect(prod.asked('/x.org/absent/@v/list')).toBe(1);
    await prod.stop();
    for (const pod of [one, two]) {
      expect(await pod.ask('/x.org/away/@v/list')).toMatchObject({
        status: 502,
        body: 'The engine of the environment prod does not answer.\n',
      });
    }
  });

  test('do not make a list older than its time: who asked keeps it for a moment', async () => {
    const [one, two] = await startTwo();
    prod.answer('/x.org/list/@v/list', { body: 'v1.0.0\n' });
    for (const pod of [one, two]) {
      expect((await pod.ask('/x.org/list/@v/list')).headers['cache-control']).toBe(
        'public, max-age=2, stale-while-revalidate=300, stale-if-error=86400',
      );
    }
    expect(prod.asked('/x.org/list/@v/list')).toBe(1);
  });

  test('keep environments apart, and a canary from the first engine', async () => {
    const model = modelWith(
      {},
      {
        canary: {
          engine: { host: '127.0.0.1', port: canary.port },
          weight: 0,
          match: { header: 'X-Canary', value: '1' },
        },
      },
    );
    const [one, two] = await startTwo(model);
    const paths = files(10);
    for (const path of paths) canary.answer(path, { body: 'canary' });
    const headers = { 'X-Canary': '1' };
    for (const pod of [one, two]) {
      for (const path of paths) {
        expect(await pod.ask(path, { headers })).toMatchObject({
          body: 'canary',
          headers: { 'x-goproxycache-variant': 'canary' },
        });
        expect(await pod.ask(path)).toMatchObject({ body: path, headers: { 'x-goproxycache-variant': 'stable' } });
        expect(await pod.ask(`/staging${path}`)).toMatchObject({ body: path });
      }
    }
    expect(requestsOf(canary)).toEqual(once(paths));
    expect(requestsOf(prod)).toEqual(Object.fromEntries(paths.map((path) => [path, 2])));
    // A canary that is away: the first engine stands in, and whoever asks another pod learns it too.
    await canary.stop();
    for (const pod of [one, two]) {
      for (const path of files(10).map((path) => path.replace('shared', 'later'))) {
        prod.answer(path, { body: path });
        expect(await pod.ask(path, { headers })).toMatchObject({
          status: 200,
          body: path,
          headers: { 'x-goproxycache-variant': 'stable', 'cache-control': 'public, max-age=2' },
        });
      }
    }
  });

  test('lose no request while one of them knows more than the other', async () => {
    const ofProd = { canary: { engine: { host: '127.0.0.1', port: canary.port }, weight: 100 } };
    const newer = modelWith({}, ofProd);
    const older = modelWith({ environments: modelWith({}).environments.slice(0, 1) });
    const [one] = await startPods([newer, older]);
    for (const path of files(20)) {
      canary.answer(path, { body: 'canary' });
      expect(await one?.ask(path)).toMatchObject({ status: 200, body: 'canary' });
      expect(await one?.ask(`/staging${path}`)).toMatchObject({ status: 200, body: path });
    }
  });

  test('answer each other for modules alone, and nobody else', async () => {
    const port = (await freePorts()).http;
    const model = { ...modelWith({}), peers: { host: 'peers.invalid', port } };
    const headers = { 'X-GoProxyCache-Environment': 'prod' };
    const open = await startNginx(model, {
      prepare: ({ run }) => {
        writeFileSync(join(run, 'admitted.conf'), 'allow 127.0.0.1;\n');
        return Promise.resolve();
      },
    });
    prod.answer('/catalog', { body: 'all' });
    const [path = ''] = files(1);
    expect(await ask(port, path, { headers })).toMatchObject({ status: 200, body: path });
    expect(await ask(port, '/catalog', { headers })).toMatchObject({ status: 404 });
    expect(await ask(port, `/a/..${path}`, { headers })).toMatchObject({ status: 400 });
    expect(await ask(port, path, { method: 'POST', headers })).toMatchObject({ status: 405 });
    await expect(ask(port, path)).rejects.toThrow(/socket hang up|ECONNRESET/);
    await open.stop();
    await startNginx(model);
    await expect(ask(port, path, { headers })).rejects.toThrow(/socket hang up|ECONNRESET/);
  });
});

test('entrypoint.sh tells nginx which pods there are, and of one that comes', async () => {
  const gateway = await makeGateway();
  const peers = { host: 'cache--gateway--peers', port: (await freePorts()).http };
  const files = gateway.files(modelWith({ peers, type: 'Nginx' }));
  const say = (...addresses: string[]): void => {
    const lines = addresses.flatMap((address) => [`echo '${address} STREAM x'`, `echo '${address} DGRAM'`]);
    const others = 'case $1 in hosts) echo "127.0.0.1 $2"; exit ;; esac';
    writeFileSync(join(gateway.folder.root, 'getent'), ['#!/bin/sh', others, ...lines, ''].join('\n'), { mode: 0o755 });
  };
  const read = (name: string): string => readFileSync(join(gateway.folder.run, name), 'utf8');
  const told = (what: string, wanted: string) =>
    eventually(what, 30, () => {
      const text = read('owners.conf');
      return text === wanted ? { value: true as const } : { missing: text };
    });
  say('127.0.0.1');
  gateway.mount(files);
  gateway.start({ GATEWAY_TYPE: 'Nginx', PATH: `${gateway.folder.root}:${process.env['PATH'] ?? ''}:/usr/sbin` });
  await gateway.serves(files);
  await told('the only pod', `server 127.0.0.1:${peers.port};\n`);
  const path = '/x.org/alone/@v/v1.0.0.zip';
  prod.answer(path, { body: 'zip' });
  expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'zip' });
  say('127.0.0.2', '127.0.0.1');
  await told('two pods', `server 127.0.0.1:${peers.port};\nserver 127.0.0.2:${peers.port};\n`);
  await gateway.says('reloaded, because the address of an engine or of another gateway pod changed');
  expect(read('admitted.conf')).toBe('allow 127.0.0.1;\nallow 127.0.0.2;\n');
  await gateway.stop();
}, 60_000);
