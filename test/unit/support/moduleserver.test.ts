import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ModuleServer } from '../../support/moduleserver.ts';
import { startModuleServer } from '../../support/moduleserver.ts';
import { upstreamControl } from '../../support/upstreamcontrol.ts';

const FILES: Record<string, string> = {
  'example.com/a/@v/v1.0.0.info': '{"Version":"v1.0.0"}',
  'example.com/a/@v/v1.0.0.mod': 'module example.com/a\n',
  'example.com/a/@v/v1.0.0.zip': 'zip of a',
  'example.com/a/@v/v1.1.0-rc.1.info': '{}',
  'example.com/a/@v/v0.0.0-20180306012644-bacd9c7ef1dd.info': '{}',
  'github.com/!azure/b/@v/v2.0.0+incompatible.info': '{}',
};

let folder: string;
const running: ModuleServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'moduleserver-'));
  for (const [file, content] of Object.entries(FILES)) await put(file, content);
});
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function put(file: string, content: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), content);
}

async function start(options: { folder?: string; through?: string } = {}): Promise<string> {
  const server = await startModuleServer({ folder, ...options, listen: { host: '127.0.0.1', port: 0 } });
  running.push(server);
  return `http://127.0.0.1:${server.address.port}`;
}

const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
};

describe('a module server', () => {
  test.each([
    { path: '/example.com/a/@v/v1.0.0.mod', status: 200, text: 'module example.com/a\n', what: 'a file of a version' },
    {
      path: '/example.com/a/@v/list',
      status: 200,
      text: 'v1.0.0\nv1.1.0-rc.1\n',
      what: 'versions without pseudo-versions',
    },
    { path: '/github.com/%21azure/b/@v/v2.0.0+incompatible.info', status: 200, text: '{}', what: 'an encoded capital' },
    { path: '/example.com/a/@v/v9.9.9.info', status: 404, text: '404\n', what: 'a version it lacks' },
    { path: '/example.com/none/@v/list', status: 404, text: '404\n', what: 'a module it lacks' },
    {
      path: '/example.com/a/@latest',
      status: 404,
      text: '404\n',
      what: 'the latest version, which it leaves to the list',
    },
    { path: '/example.com/a/@v/..%2f..%2fsecret.info', status: 400, text: '400\n', what: 'a path out of the folder' },
  ])('answers $what with $status', async ({ path, status, text }) => {
    expect(await get((await start()) + path)).toEqual({ status, text });
  });

  test('remembers what it was asked, until it is told to forget', async () => {
    const url = await start();
    const { requests, forget } = upstreamControl(url);
    await get(`${url}/example.com/a/@v/list`);
    await get(`${url}/example.com/a/@v/v9.9.9.zip`);
    expect((await requests()).map(({ path, status }) => ({ path, status }))).toEqual([
      { path: '/example.com/a/@v/list', status: 200 },
      { path: '/example.com/a/@v/v9.9.9.zip', status: 404 },
    ]);
    await forget();
    expect(await requests()).toEqual([]);
  });

  test('answers with the status of a fault where the path matches, and works again without faults', async () => {
    const url = await start();
    const { fail } = upstreamControl(url);
    await fail({ path: '\\.zip$', kind: 'status', status: 502 });
    expect((await get(`${url}/example.com/a/@v/v1.0.0.zip`)).status).toBe(502);
    expect((await get(`${url}/example.com/a/@v/v1.0.0.mod`)).status).toBe(200);
    await fail();
    expect((await get(`${url}/example.com/a/@v/v1.0.0.zip`)).status).toBe(200);
  });

  test('breaks the connection for a fault of kind reset', async () => {
    const url = await start();
    await upstreamControl(url).fail({ kind: 'reset' });
    await expect(get(`${url}/example.com/a/@v/list`)).rejects.toThrow();
  });

  test('takes a request and never answers for a fault of kind hang', async () => {
    const url = await start();
    const { fail, requests } = upstreamControl(url);
    await fail({ kind: 'hang' });
    const abort = new AbortController();
    const asked = fetch(`${url}/example.com/a/@v/list`, { signal: abort.signal }).catch(() => 'no answer');
    while ((await requests()).length === 0);
    abort.abort();
    expect(await asked).toBe('no answer');
    expect((await requests()).map(({ status }) => status)).toEqual([0]);
  });

  test('fetches what it lacks through another proxy once, and keeps it', async () => {
    const far = await start();
    const near = await mkdtemp(join(tmpdir(), 'moduleserver-'));
    try {
      const url = await start({ folder: near, through: far });
      for (let time = 0; time < 2; time++)
        expect((await get(`${url}/example.com/a/@v/v1.0.0.zip`)).text).toBe('zip of a');
      expect(await upstreamControl(far).requests()).toHaveLength(1);
      expect((await get(`${url}/example.com/a/@v/v9.9.9.zip`)).status).toBe(404);
    } finally {
      await rm(near, { recursive: true, force: true });
    }
  });
});
