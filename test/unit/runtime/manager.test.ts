import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { text } from 'node:stream/consumers';
import { resources } from '../../../src/kube/paths.ts';
import type { Controller } from '../../../src/runtime/controller.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { runManager } from '../../../src/runtime/manager.ts';
import type { ManagerOptions } from '../../../src/runtime/manager.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { until } from '../kube/server.ts';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', resolve);
  });

/** A reflector that syncs when it is told to, and notes what happens to it. */
function fakeReflector(story: string[]): ManagerOptions['reflectors'][number] & { sync: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let synced = false;
  return {
    resource: resources.ConfigMap,
    hasSynced: () => synced,
    synced: () => promise,
    sync: () => {
      synced = true;
      resolve(undefined);
    },
    run: async (signal) => {
      story.push('cache starts');
      await aborted(signal);
      await new Promise((resolve) => setImmediate(resolve));
      story.push('cache stops');
    },
  };
}

/** A controller whose work ends with the stop, or only with the kill. */
function fakeController(story: string[], endsWith: 'stop' | 'kill' = 'stop'): Controller {
  return {
    name: 'fake',
    enqueue: () => undefined,
    run: async (stop, kill) => {
      story.push('work starts');
      await aborted(endsWith === 'stop' ? stop : kill);
      story.push('work ends');
    },
  };
}

interface Fixture {
  story: string[];
  events: EventEmitter;
  clock: FakeClock;
  lines: Record<string, unknown>[];
  sync: () => void;
  ended: Promise<boolean>;
  port: number;
  get(path: string): Promise<{ status: number; body: string }>;
}

async function manage(options: Partial<ManagerOptions> = {}, endsWith: 'stop' | 'kill' = 'stop'): Promise<Fixture> {
  const story: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const events = new EventEmitter();
  const clock = fakeClock();
  const reflector = fakeReflector(story);
  const listening = Promise.withResolvers<number>();
  const ended = runManager({
    log: createLogger({ write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) }),
    metrics: createMetrics(),
    reflectors: [reflector],
    controllers: [fakeController(story, endsWith)],
    health: { port: 0, host: '127.0.0.1' },
    onListening: listening.resolve,
    clock,
    process: events,
    ...options,
  });
  const port = await listening.promise;
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${String(port)}${path}`);
    return { status: response.status, body: await response.text() };
  };
  return { story, events, clock, lines, sync: reflector.sync, ended, port, get };
}

describe('the manager', () => {
  test('starts work only when the caches have synced, and stops in the reverse order', async () => {
    const last = (): Promise<void> => {
      f.story.push('last closer');
      return Promise.resolve();
    };
    const f: Fixture = await manage({ closers: [() => Promise.reject(new Error('closer')), last] });
    await until(() => f.story.length === 1);
    f.sync();
    await until(() => f.story.length === 2);
    f.events.emit('SIGTERM', 'SIGTERM');
    expect(await f.ended).toBe(true);
    expect(f.story).toEqual(['cache starts', 'work starts', 'work ends', 'cache stops', 'last closer']);
    expect(f.lines).toContainEqual(
      expect.objectContaining({ level: 'warn', err: expect.objectContaining({ message: 'closer' }) }),
    );
    expect(f.events.eventNames()).toEqual([]);
    expect(f.clock.waits()).toEqual([]);
  });

  test('is alive from the start and ready when the caches have synced', async () => {
    const f = await manage();
    expect(await f.get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
    expect(await f.get('/readyz')).toEqual({ status: 503, body: 'not synced: configmaps\n' });
    f.sync();
    expect(await f.get('/readyz')).toEqual({ status: 200, body: 'ok\n' });
    const metrics = await f.get('/metrics');
    expect(metrics.body).toContain('process_unhandled_rejections_total 0');
    expect((await f.get('/other')).status).toBe(404);
    f.events.emit('SIGINT', 'SIGINT');
    await f.ended;
  });

  test('is not ready while it stops, and aborts work that does not end within the grace time', async () => {
    const f = await manage({ graceMs: 1000 }, 'kill');
    f.sync();
    await until(() => f.story.includes('work starts'));
    f.events.emit('SIGTERM', 'SIGTERM');
    expect(await f.get('/readyz')).toEqual({ status: 503, body: 'stopping\n' });
    await until(() => f.clock.waits().includes(1000));
    f.clock.advance(1000);
    expect(await f.ended).toBe(false);
    expect(f.story.at(-2)).toBe('work ends');
  });

  test('can be stopped before the caches have synced, and by a signal of its caller', async () => {
    const stop = new AbortController();
    const f = await manage({ signal: stop.signal });
    stop.abort();
    expect(await f.ended).toBe(true);
    expect(f.story).toContain('cache stops');
  });

  /** An election that goes as the test says. */
  function fakeElection(story: string[]) {
    const { promise: elected, resolve: elect } = Promise.withResolvers<void>();
    const losing = new AbortController();
    const run = (): Promise<void> => {
      story.push('runs for the leadership');
      return Promise.resolve();
    };
    return { run, elected, lost: losing.signal, elect, lose: () => losing.abort() };
  }

  test('with an election it is ready as soon as the caches have synced, and works only when it leads', async () => {
    const story: string[] = [];
    const election = fakeElection(story);
    const f = await manage({ election });
    expect(story).toEqual([]);
    f.sync();
    await until(() => story.length === 1);
    expect((await f.get('/readyz')).status).toBe(200);
    expect(f.story).toEqual(['cache starts']);
    election.elect();
    await until(() => f.story.includes('work starts'));
    f.events.emit('SIGTERM', 'SIGTERM');
    expect(await f.ended).toBe(true);
  });

  test('stops in time as a standby that never led', async () => {
    const story: string[] = [];
    const f = await manage({ election: fakeElection(story) });
    f.sync();
    await until(() => story.length === 1);
    f.events.emit('SIGTERM', 'SIGTERM');
    expect(await f.ended).toBe(true);
  });

  test('when the leadership is lost it aborts its work at once, and ends as failed', async () => {
    const election = fakeElection([]);
    const f = await manage({ election }, 'kill');
    f.sync();
    election.elect();
    await until(() => f.story.includes('work starts'));
    election.lose();
    expect(await f.ended).toBe(false);
    expect(f.story).toEqual(['cache starts', 'work starts', 'work ends', 'cache stops']);
  });

  test('does not wait for its work any more when the leadership is lost while it stops', async () => {
    const election = fakeElection([]);
    const f = await manage({ election }, 'kill');
    f.sync();
    election.elect();
    await until(() => f.story.includes('work starts'));
    f.events.emit('SIGTERM', 'SIGTERM');
    await until(() => f.clock.waits().includes(15_000));
    election.lose();
    expect(await f.ended).toBe(false);
  });

  test('logs and counts a promise rejection that nobody handled, and goes on', async () => {
    const f = await manage();
    f.events.emit('unhandledRejection', new TypeError('bug'));
    expect((await f.get('/metrics')).body).toContain('process_unhandled_rejections_total 1');
    expect(f.lines).toContainEqual(
      expect.objectContaining({ level: 'error', err: expect.objectContaining({ message: 'bug' }) }),
    );
    f.events.emit('SIGTERM', 'SIGTERM');
    await f.ended;
  });

  test('logs an exception that ends the process', async () => {
    const f = await manage();
    f.events.emit('uncaughtExceptionMonitor', new TypeError('bug'));
    expect(f.lines).toContainEqual(
      expect.objectContaining({ level: 'fatal', err: expect.objectContaining({ message: 'bug' }) }),
    );
    f.events.emit('SIGTERM', 'SIGTERM');
    await f.ended;
  });

  test('a taken port is an error at the start', async () => {
    const f = await manage();
    const log = createLogger({ level: 'silent' });
    const second = { log, metrics: createMetrics(), reflectors: [], controllers: [], process: new EventEmitter() };
    const health = { port: f.port, host: '127.0.0.1' };
    await expect(runManager({ ...second, health })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    f.events.emit('SIGTERM', 'SIGTERM');
    await f.ended;
  });

  test('a real process ends by itself after a real SIGTERM', async () => {
    const src = new URL('../../../src/runtime/', import.meta.url).href;
    const program = `
      const { runManager } = await import('${src}manager.ts');
      const { createLogger } = await import('${src}log.ts');
      const { createMetrics } = await import('${src}metrics.ts');
      const options = { log: createLogger(), metrics: createMetrics({ process: true }), reflectors: [], controllers: [] };
      const inTime = await runManager({ ...options, health: { port: 0 }, onListening: () => process.stdout.write('up\\n') });
      process.stdout.write(JSON.stringify({ inTime }) + '\\n');
    `;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', program], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => child.kill('SIGTERM'));
    const code = new Promise((resolve) => child.on('exit', resolve));
    expect(await text(child.stdout)).toContain('{"inTime":true}');
    expect(await code).toBe(0);
  });
});
