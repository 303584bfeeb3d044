import { describe, expect, test } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { ApiError } from '../../../src/kube/errors.ts';
import { TerminalError, createController } from '../../../src/runtime/controller.ts';
import type { Controller, Reconcile } from '../../../src/runtime/controller.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { createMetrics } from '../../../src/runtime/metrics.ts';
import { until } from '../kube/server.ts';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';

interface Fixture {
  controller: Controller;
  clock: FakeClock;
  /** Log lines. */
  lines: Record<string, unknown>[];
  /** The value of one sample of the metrics, by the start of its line. */
  sample(start: string): Promise<number>;
  stop(): Promise<void>;
  kill(): void;
  /** Running reconciles that a kill would reach. */
  killable(): number;
}

const timeoutMs = 120_000;

function control(reconcile: Reconcile, workers = 1): Fixture {
  const clock = fakeClock();
  const metrics = createMetrics();
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({ write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  const controller = createController({ name: 'things', reconcile, workers, log, metrics, clock, random: () => 0 });
  const stop = new AbortController();
  const kill = new AbortController();
  const run = controller.run(stop.signal, kill.signal);
  return {
    controller,
    clock,
    lines,
    sample: async (start) => {
      const text = await metrics.text();
      const line = text.split('\n').find((each) => each.startsWith(start));
      return line === undefined ? NaN : Number(line.split(' ').at(-1));
    },
    stop: () => {
      stop.abort();
      return run;
    },
    kill: () => {
      kill.abort();
    },
    killable: () => getEventListeners(kill.signal, 'abort').length,
  };
}

/** A reconcile that takes these answers in turn, and counts. */
function script(...answers: (Error | { requeueAfterMs?: number } | (() => never))[]): {
  reconcile: Reconcile;
  keys: string[];
} {
  const keys: string[] = [];
  return {
    keys,
    reconcile: (key) => {
      const answer = answers[Math.min(keys.length, answers.length - 1)];
      keys.push(key);
      if (typeof answer === 'function') return answer();
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? {});
    },
  };
}

describe('a controller', () => {
  test('reconciles what is enqueued, also what was enqueued before it ran', async () => {
    const { reconcile, keys } = script({});
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    await until(() => keys.length === 1);
    f.controller.enqueue('a/y');
    await until(() => keys.length === 2);
    await f.stop();
    expect(keys).toEqual(['a/x', 'a/y']);
    expect(f.killable()).toBe(0);
    expect(await f.sample('controller_runtime_reconcile_total{controller="things",result="success"}')).toBe(2);
  });

  test('comes back when the reconcile asks for it', async () => {
    const { reconcile, keys } = script({ requeueAfterMs: 5000 }, {});
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    await until(() => f.clock.waits().includes(5000));
    f.clock.advance(5000);
    await until(() => keys.length === 2);
    await f.stop();
    expect(await f.sample('controller_runtime_reconcile_total{controller="things",result="requeue_after"}')).toBe(1);
  });

  test('tries again after a failure, later each time, until a success ends the back-off', async () => {
    const failure = new Error('no');
    const { reconcile, keys } = script(failure, failure, {}, failure);
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    for (const ms of [5, 10]) {
      await until(() => f.clock.waits()[0] === ms);
      f.clock.advance(ms);
    }
    await until(() => keys.length === 3 && f.clock.waits().length === 0);
    f.controller.enqueue('a/x');
    await until(() => f.clock.waits()[0] === 5);
    await f.stop();
    expect(await f.sample('controller_runtime_reconcile_errors_total')).toBe(3);
    expect(await f.sample('workqueue_retries_total')).toBe(3);
    expect(f.lines[0]).toMatchObject({
      level: 'error',
      controller: 'things',
      namespace: 'a',
      name: 'x',
      err: { message: 'no' },
    });
    expect(f.lines[0]).toHaveProperty('reconcileID');
  });

  test('waits as long as the API server asks', async () => {
    const { reconcile } = script(new ApiError('PATCH', '/x', 429, undefined, 7000));
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    await until(() => f.clock.waits()[0] === 7000);
    await f.stop();
  });

  test('does not try again after a terminal error', async () => {
    const { reconcile } = script(new TerminalError('the spec is wrong'));
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    await until(() => f.lines.length === 1);
    expect(f.clock.waits()).toEqual([]);
    await f.stop();
    expect(await f.sample('controller_runtime_terminal_reconcile_errors_total')).toBe(1);
    expect(await f.sample('controller_runtime_reconcile_errors_total')).toBe(1);
  });

  test.each<[string, () => never]>([
    ['a bug', () => (undefined as unknown as { a: () => never }).a()],
    [
      'a throw of something that is no error',
      () => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'text';
      },
    ],
  ])('contains %s, counts it as a panic and goes on', async (_, broken) => {
    const { reconcile, keys } = script(broken, {});
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    f.controller.enqueue('a/y');
    await until(() => keys.length === 2);
    await f.stop();
    expect(await f.sample('controller_runtime_reconcile_panics_total')).toBe(1);
  });

  test('works on as many keys at once as it has workers, and never twice on one', async () => {
    const running: string[] = [];
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const f = control(async (key) => {
      running.push(key);
      await promise;
      return {};
    }, 2);
    for (const key of ['a', 'b', 'a', 'c']) f.controller.enqueue(key);
    await until(() => running.length === 2);
    f.controller.enqueue('a');
    expect(running).toEqual(['a', 'b']);
    expect(await f.sample('controller_runtime_active_workers')).toBe(2);
    expect(await f.sample('controller_runtime_max_concurrent_reconciles')).toBe(2);
    expect(await f.sample('workqueue_depth')).toBe(2);
    resolve(undefined);
    await until(() => running.length === 4);
    expect(running).toEqual(['a', 'b', 'c', 'a']);
    await f.stop();
    expect(await f.sample('controller_runtime_active_workers')).toBe(0);
  });

  test('aborts a reconcile that takes too long', async () => {
    let reason: unknown;
    const f = control(async (_key, signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      reason = signal.reason;
      throw new Error('aborted');
    });
    f.controller.enqueue('a/x');
    await until(() => f.clock.waits().includes(timeoutMs));
    f.clock.advance(timeoutMs);
    await until(() => f.lines.length === 1);
    expect(String(reason)).toContain('took more than 120000 ms');
    await f.stop();
  });

  test('gives a reconcile that does not heed its signal up, and has the worker for others and the key again', async () => {
    const keys: string[] = [];
    const f = control((key) => {
      keys.push(key);
      return keys.length === 1 ? new Promise(() => undefined) : Promise.resolve({});
    });
    f.controller.enqueue('a/x');
    f.controller.enqueue('a/y');
    await until(() => f.clock.waits().includes(timeoutMs));
    f.clock.advance(timeoutMs);
    await until(() => keys.length === 2);
    f.clock.advance(5);
    await until(() => keys.length === 3);
    await f.stop();
    expect(keys).toEqual(['a/x', 'a/y', 'a/x']);
    expect(await f.sample('controller_runtime_reconcile_timeouts_total')).toBe(1);
    expect(await f.sample('controller_runtime_reconcile_panics_total')).toBe(0);
    expect(await f.sample('controller_runtime_active_workers')).toBe(0);
  });

  test('a conflict is no error to look into, and is tried again all the same', async () => {
    const { reconcile, keys } = script(new ApiError('PATCH', '/x', 409, { reason: 'Conflict' }), {});
    const f = control(reconcile);
    f.controller.enqueue('a/x');
    await until(() => f.clock.waits()[0] === 5);
    f.clock.advance(5);
    await until(() => keys.length === 2);
    await f.stop();
    expect(f.lines).toMatchObject([{ level: 'info', err: { reason: 'Conflict' } }]);
  });

  test('a stop lets the running reconcile end and starts no other; a kill aborts it', async () => {
    const keys: string[] = [];
    const f = control(async (key, signal) => {
      keys.push(key);
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      return {};
    });
    f.controller.enqueue('a/x');
    f.controller.enqueue('a/y');
    await until(() => keys.length === 1);
    let ended = false;
    const stopped = f.stop().then(() => (ended = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(false);
    f.kill();
    await stopped;
    expect(keys).toEqual(['a/x']);
    expect(f.clock.waits()).toEqual([]);
  });
});
