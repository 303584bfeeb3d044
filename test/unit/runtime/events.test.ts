import { describe, expect, test } from '@jest/globals';
import type { Client } from '../../../src/kube/client.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { createRecorder } from '../../../src/runtime/events.ts';
import type { EventObject, Recorder } from '../../../src/runtime/events.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';
import { thing } from './objects.ts';

const MINUTE = 60_000;
const input = { type: 'Warning', reason: 'EnginesNotReady', note: 'no engine answers' } as const;

/** The events of an API server, and a client that writes only those. `fail` makes the next writes fail. */
function world(stored = new Map<string, EventObject>()): {
  recorder: Recorder;
  clock: FakeClock;
  stored: Map<string, EventObject>;
  writes: string[];
  fail: (error: Error | undefined) => void;
} {
  const clock = fakeClock();
  const writes: string[] = [];
  let failure: Error | undefined;
  const write = (verb: string, name: string): void => {
    writes.push(verb);
    if (failure) throw failure;
    if (verb === 'create' && stored.has(name)) throw new ApiError('POST', '/events', 409, { reason: 'AlreadyExists' });
    if (verb === 'patch' && !stored.has(name)) throw new ApiError('PATCH', '/events', 404, { reason: 'NotFound' });
  };
  const client = {
    create: (_: unknown, object: EventObject) => {
      write('create', object.metadata.name);
      stored.set(object.metadata.name, object);
    },
    mergePatch: (_: unknown, ref: { name: string }, patch: Partial<EventObject>) => {
      write('patch', ref.name);
      stored.set(ref.name, { ...stored.get(ref.name)!, ...patch });
    },
    find: (_: unknown, ref: { name: string }) => stored.get(ref.name),
  } as unknown as Client;
  const recorder = createRecorder({
    client,
    controller: 'example.com/operator',
    instance: 'operator-abc',
    log: createLogger({ level: 'silent' }),
    clock,
    date: () => new Date(clock.now()),
  });
  return { recorder, clock, stored, writes, fail: (error) => (failure = error) };
}

describe('the recorder', () => {
  test('writes an event as events.k8s.io wants it', async () => {
    const { recorder, stored } = world();
    recorder.event(thing('x', 1), input);
    await recorder.flush();
    const [event] = stored.values();
    expect(event).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace: 'a', name: expect.stringMatching(/^x\.[0-9a-f]{16}$/) },
      eventTime: '1970-01-01T00:00:00.000000Z',
      reportingController: 'example.com/operator',
      reportingInstance: 'operator-abc',
      type: 'Warning',
      reason: 'EnginesNotReady',
      action: 'Reconcile',
      note: 'no engine answers',
      regarding: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'x', uid: 'uid-x-1' },
    });
  });

  test('a thousand repeats are one event, a count, and a few writes', async () => {
    const { recorder, stored, writes, clock } = world();
    for (let i = 0; i < 1000; i++) {
      recorder.event(thing('x', i), input);
      clock.advance(MINUTE / 100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await recorder.flush();
    const [event] = stored.values();
    expect(stored.size).toBe(1);
    expect(event?.series).toEqual({ count: 1000, lastObservedTime: '1970-01-01T00:09:59.400000Z' });
    expect(writes).toEqual(['create', 'patch', 'patch']);
  });

  test('another note, reason, type or object is another event', async () => {
    const { recorder, stored } = world();
    recorder.event(thing('x', 1), input);
    recorder.event(thing('x', 1), { ...input, note: 'other' });
    recorder.event(thing('x', 1), { ...input, reason: 'Other' });
    recorder.event(thing('x', 1), { ...input, type: 'Normal' });
    recorder.event(thing('y', 1), input);
    recorder.event(thing('x', 1, { uid: 2 }), input);
    await recorder.flush();
    expect(stored.size).toBe(6);
  });

  test('an object cannot flood: 25 different events, then one each minute', async () => {
    const { recorder, stored, clock } = world();
    let note = 0;
    const record = async (times: number): Promise<number> => {
      for (let i = 0; i < times; i++) recorder.event(thing('x', 1), { ...input, note: `note ${String(++note)}` });
      await recorder.flush();
      return stored.size;
    };
    expect(await record(100)).toBe(25);
    clock.advance(3 * MINUTE);
    expect(await record(100)).toBe(28);
    recorder.event(thing('y', 1), input);
    await recorder.flush();
    expect(stored.size).toBe(29);
  });

  test('a restarted process goes on with the series it finds', async () => {
    const first = world();
    for (let i = 0; i < 3; i++) first.recorder.event(thing('x', 1), input);
    await first.recorder.flush();
    const second = world(first.stored);
    second.recorder.event(thing('x', 1), input);
    await second.recorder.flush();
    expect([...first.stored.values()].map(({ series }) => series?.count)).toEqual([4]);
  });

  test('an event that the server has forgotten begins anew', async () => {
    const { recorder, stored, clock, writes } = world();
    recorder.event(thing('x', 1), input);
    await recorder.flush();
    stored.clear();
    clock.advance(10 * MINUTE);
    recorder.event(thing('x', 1), input);
    await recorder.flush();
    expect(writes).toEqual(['create', 'patch', 'create']);
    expect([...stored.values()]).toMatchObject([{ eventTime: '1970-01-01T00:10:00.000000Z' }]);
  });

  test('a server that refuses is nobody’s problem, and the count is not lost', async () => {
    const { recorder, stored, clock, fail } = world();
    fail(new ApiError('POST', '/events', 403, { reason: 'Forbidden' }));
    recorder.event(thing('x', 1), input);
    await recorder.flush();
    expect(stored.size).toBe(0);
    fail(undefined);
    clock.advance(5 * MINUTE);
    recorder.event(thing('x', 1), input);
    await recorder.flush();
    expect(stored.size).toBe(1);
  });

  test('a note is cut at 1024 bytes and not inside a character', async () => {
    const { recorder, stored } = world();
    recorder.event(thing('x', 1), { ...input, note: 'é'.repeat(600) });
    await recorder.flush();
    const note = [...stored.values()][0]?.note ?? '';
    expect(note).toBe(`${'é'.repeat(510)}...`);
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
  });

  test('never throws, whatever it is given', async () => {
    const { recorder, writes } = world();
    expect(() => {
      recorder.event({} as never, input);
    }).not.toThrow();
    await recorder.flush();
    expect(writes).toEqual([]);
  });
});
