import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { installBusybox } from '../../image/rootfs.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/run.ts';
import { testbedFolder } from '../testbed/folder.ts';
import { ask } from './support/client.ts';
import { startEngine, startSilence } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { makeGateway } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { environment, nginxBinary } from './support/nginx.ts';
import { modelOf } from './support/model.ts';

jest.setTimeout(60_000);

const path = '/x.org/a/@v/v1.0.0.mod';

let engine: Engine;
let gateway: Gateway;

beforeAll(async () => {
  engine = await startEngine();
  engine.answer(path, { body: 'prod' });
});

beforeEach(async () => {
  gateway = await makeGateway();
});

const model = () => modelOf({ prod: engine.port, staging: engine.port });

async function started(): Promise<void> {
  const files = gateway.files(model());
  gateway.mount(files);
  gateway.start();
  await gateway.serves(files);
}

describe('the container', () => {
  test.each<NodeJS.Signals>(['SIGTERM', 'SIGINT'])(
    'finishes running answers after %s, and ends with 0',
    async (signal) => {
      await started();
      const slow = `/x.org/slow/@v/v1.0.${signal.length}.zip`;
      let release = (): void => undefined;
      const arrived = new Promise<void>((resolve) => {
        engine.answer(slow, () => {
          resolve();
          return new Promise((answer) => (release = () => answer({ body: 'zip' })));
        });
      });
      const running = gateway.ask(slow);
      await arrived;
      gateway.signal(signal);
      await eventually(
        'no new connection',
        10,
        () =>
          gateway.ask(path).then(
            () => ({ missing: 'an answer' }),
            () => ({ value: true }),
          ),
        20,
      );
      release();
      expect(await running).toMatchObject({ status: 200, body: 'zip' });
      expect(await gateway.ended()).toBe(0);
    },
  );

  test('needs nginx, curl, getent and busybox: no other program', async () => {
    const image = join(gateway.folder.root, 'image');
    const programs = join(image, 'usr/bin');
    mkdirSync(programs, { recursive: true });
    installBusybox(join(testbedFolder, 'images/busybox/bin/busybox'), image);
    const place = async (program: string): Promise<string> =>
      (await run('sh', ['-c', `command -v ${program}`], { env: environment })).trim();
    for (const program of ['curl', 'getent']) {
      rmSync(join(programs, program), { force: true });
      symlinkSync(await place(program), join(programs, program));
    }
    const nginx = await place(nginxBinary);
    const busybox = await makeGateway([join(programs, 'busybox'), 'sh']);
    const files = busybox.files(model());
    busybox.mount(files);
    busybox.start({ PATH: programs, GATEWAY_NGINX: nginx });
    await busybox.serves(files);
    const next = busybox.files({ ...model(), probedUpstreams: [`http://127.0.0.1:${engine.port}`] });
    busybox.mount(next);
    await busybox.serves(next);
    await busybox.statusWhen('a probe', ({ upstreams }) => upstreams[0]?.reachable === true);
    await busybox.ask(path);
    await eventually('the request is counted', 30, async () => {
      const { body } = await ask(busybox.ports.status, '/metrics');
      return /requests_total{environment="prod",.*} 1\n/.test(body) ? { value: true } : { missing: body };
    });
    busybox.signal('SIGTERM');
    expect(await busybox.ended()).toBe(0);
    expect(busybox.log()).not.toMatch(/not found|invalid option|unrecognized/);
  });

  test('ends at once when it is stopped before nginx could start', async () => {
    const nowhere = model().environments.map((environment) => ({
      ...environment,
      engine: { host: 'engine.invalid', port: 1 },
    }));
    gateway.mount(gateway.files({ ...model(), environments: nowhere }));
    gateway.start();
    await gateway.says('waits for a config that nginx accepts');
    gateway.signal('SIGTERM');
    expect(await gateway.ended()).toBe(0);
  });

  test('ends with 1 when nginx dies', async () => {
    await started();
    process.kill(gateway.nginxPid(), 'SIGTERM');
    expect(await gateway.ended()).toBe(1);
    await gateway.says('nginx ended by itself');
  });

  test('starts again in a pod where it was killed', async () => {
    await started();
    const workers = gateway.workers();
    for (const pid of [gateway.nginxPid(), ...workers]) process.kill(pid, 'SIGKILL');
    expect(await gateway.ended()).toBe(1);
    gateway.start();
    await gateway.serves(gateway.files(model()));
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'prod' });
  });

  test('starts again with the last good config, when the mounted one is refused', async () => {
    await started();
    gateway.signal('SIGTERM');
    await gateway.ended();
    const good = gateway.files(model());
    gateway.mount({ ...good, 'nginx.conf': 'nonsense;', generation: 'bad\n' });
    gateway.start();
    const status = await gateway.statusWhen(
      'the old generation',
      ({ generation }) => generation === good.generation.trim(),
    );
    expect(status.rejected).toMatchObject({ generation: 'bad', error: expect.stringContaining('nonsense') });
    expect(await gateway.ask(path)).toMatchObject({ status: 200 });
  });
});

describe('the status port', () => {
  test('answers what the kubelet and the operator ask', async () => {
    await started();
    const { ports } = gateway;
    expect(await ask(ports.status, '/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(ports.status, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect((await ask(ports.status, '/stub_status')).body).toMatch(/^Active connections: \d+/);
    expect((await ask(ports.status, '/-/status')).headers['content-type']).toBe('application/json');
    expect((await ask(ports.status, '/metrics')).body).toContain('goproxycache_gateway_info');
    expect((await ask(ports.status, path)).status).toBe(404);
  });
});

describe('a probed upstream', () => {
  let url: Record<'silent' | 'engine' | 'secure', string>;

  beforeAll(async () => {
    const address = `127.0.0.1:${engine.port}`;
    url = {
      silent: `http://127.0.0.1:${await startSilence()}`,
      engine: `http://${address}`,
      secure: `https://${address}`,
    };
    engine.answer('/healthy', { body: 'ok' });
    engine.answer('/broken', { status: 503, body: 'no' });
    engine.answer('/moved', { status: 302, headers: { Location: 'http://engine.invalid/' } });
  });

  test('is reported with the stage that its probe reached', async () => {
    const reachable = { reachable: true, stage: '', detail: '' };
    const expected = [
      { url: `${url.engine}/healthy`, ...reachable },
      { url: `${url.engine}/absent`, ...reachable },
      { url: `${url.engine}/moved`, ...reachable },
      { url: `${url.engine}/broken`, reachable: false, stage: 'HTTP', detail: 'answers 503' },
      { url: 'http://upstream.invalid/', reachable: false, stage: 'DNS', detail: 'the name does not resolve' },
      { url: 'http://127.0.0.1:1', reachable: false, stage: 'TCP', detail: 'no connection: refused or no route' },
      { url: url.secure, reachable: false, stage: 'TLS', detail: expect.stringMatching(/SSL|TLS/) },
      {
        url: url.silent.replace('http:', 'https:'),
        reachable: false,
        stage: 'TLS',
        detail: 'no answer within 8 seconds',
      },
      { url: url.silent, reachable: false, stage: 'Timeout', detail: 'no answer within 8 seconds' },
    ];
    const files = gateway.files({ ...model(), probedUpstreams: expected.map((upstream) => upstream.url) });
    gateway.mount(files);
    gateway.start();
    const { upstreams } = await gateway.statusWhen('probes', (status) => status.upstreams.length > 0);
    expect(upstreams).toEqual(expected);
  });

  test('is reported as it is now, also when it recovers', async () => {
    const flaky = await startEngine();
    gateway.mount(gateway.files({ ...model(), probedUpstreams: [`http://127.0.0.1:${flaky.port}`] }));
    await flaky.stop();
    gateway.start();
    await gateway.statusWhen('an unreachable one', ({ upstreams }) => upstreams[0]?.stage === 'TCP');
    await flaky.restart();
    await gateway.statusWhen('a reachable one', ({ upstreams }) => upstreams[0]?.reachable === true);
  });
});
