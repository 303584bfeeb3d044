import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { PassThrough } from 'node:stream';
import { createWatches } from '../../faults/proxy/watch.ts';
import type { WatchedBy } from '../../faults/proxy/watch.ts';

const line = `${JSON.stringify({ type: 'DELETED', object: { metadata: { name: 'cache', namespace: 'n' } } })}\n`;

afterEach(() => {
  jest.useRealTimers();
});

/** A watch through the proxy that is held back for 5 s, with one event that has come in. */
async function heldWatch() {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  const seen: string[] = [];
  const watches = createWatches(
    ({ type }) => seen.push(`told ${type}`),
    () => undefined,
  );
  const held = watches.arm({ kind: 'GoProxyCache' }, { do: 'hold', ms: 5_000 });
  const body = new PassThrough();
  const response = {
    write: (text: string) => seen.push(`sent ${(JSON.parse(text) as { type: string }).type}`),
    end: () => seen.push('ended'),
  };
  const watch = { kind: 'GoProxyCache', instance: 'operator', collection: '', response, breakOff: () => undefined };
  const passing = watches.pass(watch as unknown as WatchedBy, body);
  await held.struck;
  body.end(line);
  await passing;
  return seen;
}

describe('an event of a watch that the fault proxy holds back', () => {
  test('is one that the operator was told when it goes out, and not before', async () => {
    const seen = await heldWatch();
    expect(seen).toEqual([]);
    jest.advanceTimersByTime(5_000);
    expect(seen).toEqual(['sent DELETED', 'told DELETED', 'ended']);
  });
});
