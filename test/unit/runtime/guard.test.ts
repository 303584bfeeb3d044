import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient } from '../../../src/kube/client.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import { writesOnlyOfLeader } from '../../../src/runtime/guard.ts';
import { accessTo, answer, hang, startServer, until } from '../kube/server.ts';
import type { ScriptedServer, Step } from '../kube/server.ts';

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
  const transport = connect(() => accessTo(server.url), { userAgent: 'test/1' });
  return {
    client: createClient(writesOnlyOfLeader(transport, elector), { fieldManager: 'me' }),
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
});
