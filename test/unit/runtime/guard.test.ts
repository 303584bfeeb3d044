import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient } from '../../../src/kube/client.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import { writesOnlyOfLeader } from '../../../src/runtime/guard.ts';
import { accessTo, answer, hang, refuse, reset, startServer, until } from '../kube/server.ts';
import type { ScriptedServer, Step } from '../kube/server.ts';
import { fakeClock } from './fake-clock.ts';

const ref = { namespace: 'a', name: 'x' };
const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref };
let server: ScriptedServer;

afterEach(() => server.close());

/** A client whose leadership the test decides. */
async function clientOf(...steps: Step[]) {
  server = await startServer(...steps);
  const losing = new AbortController();
  const elector = { leads: () => leading, lost: losing.signal };
  let leading = true;
  const clock = fakeClock();
  // One connection: a second request waits for it.
  const transport = connect(() => accessTo(server.url), { userAgent: 'test/1', connections: 1 });
  const guarded = writesOnlyOfLeader(transport, elector, clock);
  return {
    client: createClient(guarded, { fieldManager: 'me' }),
    unsettled: guarded.unsettled,
    clock,
    standBy: () => (leading = false),
    lose: () => losing.abort(),
  };
}

describe('without the leadership', () => {
  test.each<[string, (client: Client) => Promise<unknown>]>([
    ['apply', (c) => c.apply(resources.ConfigMap, object)],
    ['applyStatus', (c) => c.applyStatus(resources.ConfigMap, object)],
    ['mergePatch', (c) => c.mergePatch(resources.Pod, ref, {})],
    ['create', (c) => c.create(resources.Event, object)],
    ['replace', (c) => c.replace(resources.ConfigMap, object)],
    ['remove', (c) => c.remove(resources.ConfigMap, ref, { uid: 'u' })],
  ])('%s is not sent', async (_, call) => {
    const { client, standBy } = await clientOf(answer(200, {}));
    standBy();
    await expect(call(client)).rejects.toMatchObject({ code: 'NOT_LEADING' });
    expect(server.seen).toEqual([]);
  });

  test('reads are as ever', async () => {
    const { client, standBy } = await clientOf(answer(200, object));
    standBy();
    expect(await client.get(resources.ConfigMap, ref)).toEqual(object);
  });
});

describe('with the leadership', () => {
  test('writes are sent', async () => {
    const { client } = await clientOf(answer(200, object));
    expect(await client.apply(resources.ConfigMap, object)).toEqual(object);
  });

  test('a write that is under way ends when it is lost', async () => {
    const { client, lose } = await clientOf(hang);
    const write = client.apply(resources.ConfigMap, object);
    await until(() => server.seen.length === 1);
    lose();
    await expect(write).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE', ambiguous: true });
  });

  test('a write ends when its caller gives it up', async () => {
    const { client } = await clientOf(hang);
    const stop = new AbortController();
    const write = client.apply(resources.ConfigMap, object, { signal: stop.signal });
    await until(() => server.seen.length === 1);
    stop.abort();
    await expect(write).rejects.toMatchObject({ code: 'KUBE_UNREACHABLE' });
    await expect(client.apply(resources.ConfigMap, object, { signal: stop.signal })).rejects.toThrow('aborted');
  });

  test('a write that waits for a connection is not sent when the leadership has gone by then', async () => {
    const slow = Promise.withResolvers<void>();
    const { client, standBy, unsettled } = await clientOf(
      (response, seen) => void slow.promise.then(() => answer(200, object)(response, seen)),
      answer(200, object),
    );
    const read = client.get(resources.ConfigMap, ref);
    await until(() => server.seen.length === 1);
    const write = client.apply(resources.ConfigMap, object);
    const outcome = expect(write).rejects.toMatchObject({ code: 'NOT_LEADING' });
    standBy();
    slow.resolve();
    await outcome;
    expect(await read).toEqual(object);
    expect(server.seen.map(({ method }) => method)).toEqual(['GET']);
    expect(unsettled()).toBe(false);
  });

  test('a write that is tried again with a new token asks for it again', async () => {
    const { client, standBy } = await clientOf(
      (response, seen) => {
        standBy();
        refuse(401, 'Unauthorized')(response, seen);
      },
      answer(200, object),
    );
    await expect(client.apply(resources.ConfigMap, object)).rejects.toMatchObject({ code: 'NOT_LEADING' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a write can still arrive', () => {
  test('while it is under way, and no more when it was answered', async () => {
    const { client, unsettled } = await clientOf(answer(200, object), refuse(422, 'Invalid'));
    const write = client.apply(resources.ConfigMap, object);
    expect(unsettled()).toBe(true);
    await write;
    expect(unsettled()).toBe(false);
    await expect(client.apply(resources.ConfigMap, object)).rejects.toMatchObject({ status: 422 });
    expect(unsettled()).toBe(false);
  });

  test('for the time of a Lease after it ended without an answer', async () => {
    const { client, clock, unsettled } = await clientOf(reset);
    await expect(client.apply(resources.ConfigMap, object)).rejects.toMatchObject({ ambiguous: true });
    clock.advance(14_999);
    expect(unsettled()).toBe(true);
    clock.advance(1);
    expect(unsettled()).toBe(false);
  });

  test('but not one that nobody took', async () => {
    const { client, unsettled } = await clientOf();
    await server.close();
    await expect(client.apply(resources.ConfigMap, object)).rejects.toMatchObject({ ambiguous: false });
    expect(unsettled()).toBe(false);
  });
});
