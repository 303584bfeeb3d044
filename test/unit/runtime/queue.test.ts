import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createQueue } from '../../../src/runtime/queue.ts';
import type { Queue, QueueObserver } from '../../../src/runtime/queue.ts';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';

function newQueue(observer?: QueueObserver): { queue: Queue; clock: FakeClock } {
  const clock = fakeClock();
  return { clock, queue: createQueue({ clock, random: () => 0, ...(observer ? { observer } : {}) }) };
}

/** What a queue is, said without timers or promises. */
interface Model {
  now: number;
  waiting: string[];
  background: string[];
  working: Set<string>;
  dirty: Set<string>;
  later: Map<string, { dueAt: number; isBackground: boolean }>;
  retries: Map<string, number>;
}

interface Real {
  queue: Queue;
  clock: FakeClock;
}

type Command = fc.AsyncCommand<Model, Real>;

function addTo(model: Model, key: string, isBackground = false): void {
  if (model.working.has(key)) model.dirty.add(key);
  else if (model.waiting.includes(key)) return;
  else if (!isBackground) {
    model.background = model.background.filter((other) => other !== key);
    model.waiting.push(key);
  } else if (!model.background.includes(key)) model.background.push(key);
}

function planIn(model: Model, key: string, ms: number, isBackground: boolean): void {
  const dueAt = model.now + ms;
  if (dueAt < (model.later.get(key)?.dueAt ?? Infinity)) model.later.set(key, { dueAt, isBackground });
}

function command(
  name: string,
  check: (model: Model) => boolean,
  run: (model: Model, real: Real) => void | Promise<void>,
): Command {
  return {
    check,
    run: async (model, real) => {
      await run(model, real);
      expect(real.queue.depth).toBe(model.waiting.length + model.background.length + model.dirty.size);
      expect(real.queue.unfinishedMs()).toHaveLength(model.working.size);
      expect(real.clock.waits()).toEqual(
        [...model.later.values()].map(({ dueAt }) => dueAt - model.now).sort((a, b) => a - b),
      );
    },
    toString: () => name,
  };
}

const add = (key: string): Command =>
  command(
    `add ${key}`,
    () => true,
    (model, { queue }) => {
      queue.add(key);
      addTo(model, key);
    },
  );

const addAfter = (key: string, ms: number): Command =>
  command(
    `addAfter ${key} ${String(ms)}`,
    () => true,
    (model, { queue }) => {
      queue.addAfter(key, ms);
      if (ms <= 0) addTo(model, key);
      else planIn(model, key, ms, true);
    },
  );

const take: Command = command(
  'take',
  (model) => model.waiting.length + model.background.length > 0,
  async (model, { queue }) => {
    const key = await queue.take();
    expect(key).toBe(model.waiting.shift() ?? model.background.shift());
    expect(model.working).not.toContain(key);
    model.working.add(key!);
  },
);

function release(model: Model, key: string): void {
  model.working.delete(key);
  if (model.dirty.delete(key)) model.waiting.push(key);
}

const done = (key: string): Command =>
  command(
    `done ${key}`,
    (model) => model.working.has(key),
    (model, { queue }) => {
      queue.forget(key);
      queue.done(key);
      model.retries.delete(key);
      release(model, key);
    },
  );

const fail = (key: string): Command =>
  command(
    `fail ${key}`,
    (model) => model.working.has(key),
    (model, { queue }) => {
      queue.addRateLimited(key);
      queue.done(key);
      const retries = model.retries.get(key) ?? 0;
      model.retries.set(key, retries + 1);
      planIn(model, key, Math.min(20_000, 5 * 2 ** retries), false);
      release(model, key);
    },
  );

const advance = (ms: number): Command =>
  command(
    `advance ${String(ms)}`,
    () => true,
    (model, { clock }) => {
      clock.advance(ms);
      model.now += ms;
      const due = [...model.later]
        .filter(([, { dueAt }]) => dueAt <= model.now)
        .sort(([, a], [, b]) => a.dueAt - b.dueAt);
      for (const [key, { isBackground }] of due) {
        model.later.delete(key);
        addTo(model, key, isBackground);
      }
    },
  );

describe('the queue', () => {
  test('behaves like its model', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const ms = fc.constantFrom(0, 1, 5, 10, 20, 1000);
    const commands = [
      key.map(add),
      fc.tuple(key, ms).map(([key, ms]) => addAfter(key, ms)),
      fc.constant(take),
      key.map(done),
      key.map(fail),
      ms.map(advance),
    ];
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60 }), async (plan) => {
        const model = {
          now: 0,
          waiting: [],
          background: [],
          working: new Set<string>(),
          dirty: new Set<string>(),
          later: new Map(),
          retries: new Map(),
        };
        await fc.asyncModelRun(() => ({ model, real: newQueue() }), plan);
      }),
      { numRuns: 300 },
    );
  });

  test('a worker that waits gets the next key, and the first to wait is the first to get one', async () => {
    const { queue } = newQueue();
    const takes = [queue.take(), queue.take()];
    queue.add('a');
    queue.add('b');
    expect(await Promise.all(takes)).toEqual(['a', 'b']);
  });

  test('what a timer brings comes after all that something happened to, unless something happens to it too', async () => {
    const { queue, clock } = newQueue();
    queue.addAfter('resync', 10);
    queue.addAfter('resync and change', 10);
    clock.advance(10);
    queue.add('change');
    queue.add('resync and change');
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual([
      'change',
      'resync and change',
      'resync',
    ]);
  });

  test('a key that a worker has goes to nobody else, and comes once more when it is done', async () => {
    const { queue } = newQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.add('a');
    let next: string | undefined;
    const taken = queue.take().then((key) => (next = key));
    await Promise.resolve();
    expect(next).toBeUndefined();
    queue.done('a');
    expect(await taken).toBe('a');
    queue.done('a');
    expect(queue.depth).toBe(0);
  });

  test('back-off doubles from 5 ms up to 20 s, and forget ends it', () => {
    const { queue, clock } = newQueue();
    const waits = Array.from({ length: 18 }, () => {
      queue.addRateLimited('a');
      const [ms = 0] = clock.waits();
      clock.advance(ms);
      return ms;
    });
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(waits.slice(-2)).toEqual([20_000, 20_000]);
    queue.forget('a');
    queue.addRateLimited('a');
    expect(clock.waits()).toEqual([5]);
  });

  test('of a thousand keys that fail at once a hundred may try again at once, and fifty more each second', () => {
    const { queue, clock } = newQueue();
    const keys = Array.from({ length: 1000 }, (_, index) => `a/${String(index)}`);
    for (const key of keys) queue.addRateLimited(key);
    const after = (ms: number): number => {
      clock.advance(ms);
      return queue.depth;
    };
    expect([after(5), after(995), after(1000), after(16_000)]).toEqual([100, 150, 200, 1000]);
  });

  test('a key that failed does not wait for its turn when something changes', async () => {
    const { queue } = newQueue();
    for (let index = 0; index < 1000; index++) queue.addRateLimited('a/other');
    queue.addRateLimited('a/x');
    queue.add('a/x');
    expect(await queue.take()).toBe('a/x');
  });

  test('a server that asks for a longer wait gets it', () => {
    const { queue, clock } = newQueue();
    queue.addRateLimited('a', 7000);
    expect(clock.waits()).toEqual([7000]);
  });

  test('and nothing that changes meanwhile brings the key back sooner, also when it changed while a worker had it', async () => {
    const { queue, clock } = newQueue();
    queue.add('a');
    await queue.take();
    queue.add('a');
    queue.addRateLimited('a', 7000);
    queue.done('a');
    queue.add('a');
    expect(queue.depth).toBe(0);
    clock.advance(6999);
    queue.add('a');
    expect(queue.depth).toBe(0);
    clock.advance(1);
    expect(queue.depth).toBe(1);
    expect(await queue.take()).toBe('a');
  });

  test('a shutdown sends waiting workers home, drops what waits and leaves no timer', async () => {
    const { queue, clock } = newQueue();
    const idle = queue.take();
    queue.addAfter('later', 10);
    queue.shutdown();
    expect(await idle).toBeUndefined();
    queue.add('b');
    queue.addAfter('c', 5);
    expect(await queue.take()).toBeUndefined();
    expect([queue.depth, clock.waits()]).toEqual([0, []]);
  });

  test('a key that is with its worker at a shutdown may still be done', async () => {
    const { queue } = newQueue();
    queue.add('a');
    await queue.take();
    queue.shutdown();
    queue.done('a');
    expect(queue.unfinishedMs()).toEqual([]);
  });

  test('tells how long keys waited and were worked on', async () => {
    const told: unknown[] = [];
    const { queue, clock } = newQueue({
      added: () => told.push('added'),
      taken: (ms) => told.push(['taken', ms]),
      done: (ms) => told.push(['done', ms]),
      retried: () => told.push('retried'),
    });
    queue.add('a');
    queue.add('a');
    clock.advance(30);
    await queue.take();
    clock.advance(20);
    expect(queue.unfinishedMs()).toEqual([20]);
    queue.addRateLimited('a');
    queue.add('a');
    queue.add('a');
    queue.done('a');
    expect(told).toEqual(['added', ['taken', 30], 'retried', 'added', ['done', 20]]);
  });
});
