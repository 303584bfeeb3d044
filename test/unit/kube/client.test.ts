import { afterEach, describe, expect, test } from '@jest/globals';
import { createClient } from '../../../src/kube/client.ts';
import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import { accessTo, answer, refuse, startServer } from './server.ts';
import type { ScriptedServer, Step } from './server.ts';

const ref = { namespace: 'a', name: 'x' };
const path = '/api/v1/namespaces/a/configmaps/x';
const object: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: ref };
const owned = { fieldManager: 'me', fieldValidation: 'Strict' };
let server: ScriptedServer;

afterEach(() => server.close());

async function clientOf(...steps: Step[]): Promise<Client> {
  server = await startServer(...steps);
  return createClient(
    connect(() => accessTo(server.url), { userAgent: 'test/1' }),
    { fieldManager: 'me' },
  );
}

describe('the client', () => {
  test.each<[string, (client: Client) => Promise<unknown>, object]>([
    ['get', (c) => c.get(resources.ConfigMap, ref), { method: 'GET', path, query: {} }],
    [
      'apply takes fields over and is strict',
      (c) => c.apply(resources.ConfigMap, object),
      {
        method: 'PATCH',
        path,
        query: { ...owned, force: 'true' },
        body: object,
        headers: { 'content-type': 'application/apply-patch+yaml' },
      },
    ],
    [
      'apply of what must be new: a version that no object has',
      (c) => c.apply(resources.ConfigMap, object, { onlyNew: true }),
      { method: 'PATCH', path, body: { ...object, metadata: { ...ref, resourceVersion: '1' } } },
    ],
    [
      'apply without force, as a dry run',
      (c) => c.apply(resources.ConfigMap, object, { force: false, dryRun: true }),
      { query: { ...owned, force: 'false', dryRun: 'All' } },
    ],
    [
      'applyStatus',
      (c) => c.applyStatus(resources.ConfigMap, object),
      { method: 'PATCH', path: `${path}/status`, body: object },
    ],
    [
      'mergePatch of a subresource',
      (c) => c.mergePatch(resources.ConfigMap, ref, { spec: { a: null } }, { subresource: 'scale' }),
      {
        method: 'PATCH',
        path: `${path}/scale`,
        query: owned,
        body: { spec: { a: null } },
        headers: { 'content-type': 'application/merge-patch+json' },
      },
    ],
    [
      'create',
      (c) => c.create(resources.ConfigMap, object),
      { method: 'POST', path: '/api/v1/namespaces/a/configmaps', query: owned, body: object },
    ],
    ['replace', (c) => c.replace(resources.ConfigMap, object), { method: 'PUT', path, query: owned, body: object }],
    [
      'remove says which object it means',
      (c) => c.remove(resources.ConfigMap, ref, { uid: 'u1', resourceVersion: '7' }),
      {
        method: 'DELETE',
        path,
        body: {
          apiVersion: 'v1',
          kind: 'DeleteOptions',
          preconditions: { uid: 'u1', resourceVersion: '7' },
          propagationPolicy: 'Background',
        },
      },
    ],
  ])('%s', async (_, call, request) => {
    const client = await clientOf(answer(200, {}));
    await call(client);
    expect(server.seen).toMatchObject([request]);
  });

  test('list gives one page, with the type on every item, and sends only what was asked', async () => {
    const client = await clientOf(
      answer(200, { metadata: { resourceVersion: '9', continue: 'p2' }, items: [{ metadata: { name: 'x' } }] }),
      answer(200, { metadata: { resourceVersion: '9', continue: '' }, items: null }),
    );
    expect(await client.list(resources.Deployment, { namespace: 'a', limit: 1 })).toEqual({
      items: [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } }],
      resourceVersion: '9',
      continue: 'p2',
    });
    expect(await client.list(resources.Deployment, { continue: 'p2' })).toEqual({ items: [], resourceVersion: '9' });
    expect(server.seen.map(({ path, query }) => [path, query])).toEqual([
      ['/apis/apps/v1/namespaces/a/deployments', { limit: '1' }],
      ['/apis/apps/v1/deployments', { continue: 'p2' }],
    ]);
  });

  test('absence is a value where it is expected, and only there', async () => {
    const absent = refuse(404, 'NotFound');
    const client = await clientOf(absent, absent, absent, refuse(403, 'Forbidden'), refuse(409, 'Conflict'));
    expect(await client.find(resources.ConfigMap, ref)).toBeUndefined();
    expect(await client.remove(resources.ConfigMap, ref, { uid: 'u1' })).toBeUndefined();
    await expect(client.get(resources.ConfigMap, ref)).rejects.toMatchObject({ code: 'KUBE_NOT_FOUND' });
    await expect(client.find(resources.ConfigMap, ref)).rejects.toMatchObject({ code: 'KUBE_FORBIDDEN' });
    await expect(client.remove(resources.ConfigMap, ref, { uid: 'u1' })).rejects.toMatchObject({
      code: 'KUBE_CONFLICT',
    });
  });
});
