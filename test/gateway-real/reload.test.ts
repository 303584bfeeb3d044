import { writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { GatewayFiles } from '../../src/gateway/files.ts';
import type { GatewayModel } from '../../src/gateway/model.ts';
import { eventually } from '../support/eventually.ts';
import { startSteadyClient } from './support/client.ts';
import { startEngine } from './support/engine.ts';
import type { Engine } from './support/engine.ts';
import { makeGateway } from './support/gateway.ts';
import type { Gateway } from './support/gateway.ts';
import { modelOf } from './support/model.ts';
import { freePorts } from './support/nginx.ts';

jest.setTimeout(60_000);

const path = '/x.org/a/@v/v1.0.0.mod';

let prod: Engine;
let staging: Engine;
let gateway: Gateway;
let model: GatewayModel;

beforeAll(async () => {
  [prod, staging] = await Promise.all([startEngine(), startEngine()]);
  prod.answer(path, { body: 'prod' });
  staging.answer(path, { body: 'staging' });
  model = modelOf({ prod: prod.port, staging: staging.port });
});

beforeEach(async () => {
  gateway = await makeGateway();
});

/** The model with an environment more, whose engine is that of staging. */
function withEnvironment(name: string): GatewayModel {
  const engine = { host: '127.0.0.1', port: staging.port };
  return { ...model, environments: [...model.environments, { name, hostnames: [], engine }] };
}

/** Files with something in them that nginx refuses. */
function broken(files: GatewayFiles, generation: string): GatewayFiles {
  return { ...files, 'nginx.conf': `nonsense on;\n${files['nginx.conf']}`, generation: `${generation}\n` };
}

describe('a swap of the mounted config', () => {
  test('is followed: environments come and go, and the generation says when', async () => {
    const first = gateway.files(model);
    gateway.mount(first);
    gateway.start();
    expect(await gateway.serves(first)).toMatchObject({
      nginxVersion: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      upstreams: [],
    });
    expect((await gateway.ask(`/dev${path}`)).status).toBe(404);

    const second = gateway.files(withEnvironment('dev'));
    gateway.mount(second);
    await gateway.serves(second);
    expect(await gateway.ask(`/dev${path}`)).toMatchObject({ status: 200, body: 'staging' });

    gateway.mount(gateway.files(model));
    await gateway.serves(first);
    // The prefix is a path again, and it names no module.
    expect(await gateway.ask(`/dev${path}`)).toMatchObject({
      status: 404,
      body: expect.stringContaining('not part of'),
    });
  });

  test('keeps what is cached, also in a cache of another size', async () => {
    gateway.mount(gateway.files(model));
    gateway.start();
    await gateway.serves(gateway.files(model));
    await gateway.ask(path);
    const next = gateway.files({ ...model, cache: { ...model.cache, maxSizeMiB: 20_480 } });
    gateway.mount(next);
    await gateway.serves(next);
    expect((await gateway.ask(path)).headers['x-cache']).toBe('HIT');
  });

  test('to a config that nginx refuses changes nothing, and is reported with the reason', async () => {
    const good = gateway.files(model);
    gateway.mount(good);
    gateway.start();
    await gateway.serves(good);

    gateway.mount(broken(gateway.files(withEnvironment('dev')), 'bad'));
    const status = await gateway.statusWhen('a refusal', ({ rejected }) => rejected !== '');
    expect(status).toMatchObject({
      generation: good.generation.trim(),
      rejected: { generation: 'bad', error: expect.stringContaining('unknown directive "nonsense"') },
    });
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'prod' });
    await gateway.says('refused the config bad unknown directive "nonsense"');

    const better = gateway.files(withEnvironment('dev'));
    gateway.mount(better);
    await gateway.serves(better);
    expect(await gateway.ask(`/dev${path}`)).toMatchObject({ status: 200 });
  });

  test('back from a refused config to the served one ends the report', async () => {
    const good = gateway.files(model);
    gateway.mount(good);
    gateway.start();
    await gateway.serves(good);
    gateway.mount(broken(good, 'bad'));
    await gateway.statusWhen('a refusal', ({ rejected }) => rejected !== '');
    gateway.mount(good);
    await gateway.serves(good);
  });

  test('to a config that lacks something is tried again until it has it', async () => {
    const good = gateway.files(model);
    gateway.mount(good);
    gateway.start();
    await gateway.serves(good);

    const next = gateway.files(withEnvironment('dev'));
    const missing = join(gateway.folder.root, 'missing.conf');
    gateway.mount({ ...next, 'nginx.conf': `include ${missing};\n${next['nginx.conf']}` });
    await gateway.statusWhen('a refusal', ({ rejected }) => rejected !== '' && rejected.error.includes(missing));
    writeFileSync(missing, '');
    await gateway.serves(next);
    // Said once, however often it was tried.
    expect(gateway.log().match(/refused/g)).toHaveLength(1);
  });

  test.each(['a connection each', 'kept connections'])(
    'is not noticed by a steady client with %s',
    async (connections) => {
      gateway.mount(gateway.files(model));
      gateway.start();
      await gateway.serves(gateway.files(model));
      const agent = new Agent({ keepAlive: connections === 'kept connections', maxSockets: 8 });
      const client = startSteadyClient(gateway.ports.http, path, agent, 4);
      for (const name of ['one', 'two', 'three', 'four', 'five']) {
        const files = gateway.files(withEnvironment(name));
        gateway.mount(files);
        await gateway.serves(files);
        // The new workers have had work too, before the next reload.
        await client.answers(200);
      }
      const { failures, answers } = await client.stop();
      expect(failures).toEqual([]);
      expect(answers).toBeGreaterThan(1000);
    },
  );
});

test('no miss is lost while a canary, a mirror and sharing come and go', async () => {
  const { http: port } = await freePorts();
  const peers = { host: 'localhost', port };
  const first = model.environments.map((each) =>
    each.name === 'prod'
      ? {
          ...each,
          canary: {
            engine: { host: '127.0.0.1', port: staging.port },
            weight: 50,
            match: { header: 'X-C', value: '1' },
          },
          mirror: { to: 'staging', percent: 50 },
        }
      : each,
  );
  const second = { ...model, environments: first };
  const turns = [second, model, { ...second, peers }, second, { ...model, peers }, model];
  gateway.mount(gateway.files(model));
  gateway.start();
  await gateway.serves(gateway.files(model));

  let running = true;
  let asked = 0;
  const failures: string[] = [];
  // Each path is new, so each request goes through whatever is behind the cache.
  const client = async (): Promise<void> => {
    while (running) {
      const file = `/x.org/turns/@v/v1.0.${asked++}.mod`;
      for (const engine of [prod, staging]) engine.answer(file, { body: 'file' });
      const { status, body } = await gateway.ask(file, asked % 2 === 0 ? { headers: { 'X-C': '1' } } : {});
      if (status !== 200)
        failures.push(
          `${status} ${body} ${gateway
            .log()
            .split('\n')
            .filter((l) => l.includes(file))
            .join('\n')}`,
        );
    }
  };
  const clients = Promise.all([client(), client(), client(), client()]);
  for (const turn of turns) {
    const files = gateway.files(turn);
    gateway.mount(files);
    await gateway.serves(files);
    const before = asked;
    await eventually('requests in this turn', 20, () =>
      asked >= before + 100 ? { value: asked } : { missing: String(asked - before) },
    );
  }
  running = false;
  await clients;
  expect(failures).toEqual([]);
});

describe('an engine that moves', () => {
  test('makes nginx look up its name again', async () => {
    // Stands in for the DNS server of a cluster, where a Service that is made anew has a new address.
    const moved = join(gateway.folder.root, 'getent');
    const say = (address: string): void => {
      writeFileSync(moved, `#!/bin/sh\necho ${address} "$2"\n`, { mode: 0o755 });
    };
    say('10.0.0.1');
    gateway.mount(gateway.files(model));
    gateway.start({ PATH: `${gateway.folder.root}:${process.env['PATH'] ?? ''}:/usr/sbin` });
    await gateway.serves(gateway.files(model));
    const before = gateway.workers();
    say('10.0.0.2');
    await eventually('other workers', 20, () => {
      const workers = gateway.workers();
      return workers.some((pid) => before.includes(pid)) || workers.length < 2
        ? { missing: workers.join() }
        : { value: workers };
    });
    expect(await gateway.ask(path)).toMatchObject({ status: 200, body: 'prod' });
    await gateway.says('reloaded, because the address of an engine or of another gateway pod changed');
  });
});

describe('a config that nginx does not accept yet', () => {
  test('is waited for, with a message, before nginx starts', async () => {
    const later = modelOf({ prod: prod.port, staging: staging.port });
    const nowhere = later.environments.map((environment) => ({
      ...environment,
      engine: { host: 'engine.invalid', port: 1 },
    }));
    gateway.mount(gateway.files({ ...later, environments: nowhere }));
    gateway.start();
    await gateway.says('host not found in upstream "engine.invalid');
    await expect(gateway.status()).rejects.toThrow('ECONNREFUSED');
    gateway.mount(gateway.files(model));
    await gateway.serves(gateway.files(model));
  });
});
