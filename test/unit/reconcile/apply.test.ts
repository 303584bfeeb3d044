import { describe, expect, test } from '@jest/globals';
import type { GoProxyCache } from '../../../src/api/types.ts';
import type { Client } from '../../../src/kube/client.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { execute } from '../../../src/reconcile/apply.ts';
import type { Step } from '../../../src/reconcile/plan.ts';
import { makePlan } from '../../../src/reconcile/plan.ts';
import { isThere } from '../../../src/reconcile/world.ts';
import type { World } from '../../../src/reconcile/world.ts';

const cache = {
  apiVersion: 'goproxycache.io/v1alpha1',
  kind: 'GoProxyCache',
  metadata: { name: 'c', namespace: 'n', uid: 'cache-1', generation: 1 },
} as GoProxyCache;
const wanted = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c--gateway', namespace: 'n', labels: {} },
  data: { a: 'b' },
};
const plan = makePlan([wanted], { cache, live: () => undefined, children: [], isServed: () => true });
const owner = { apiVersion: cache.apiVersion, kind: cache.kind, name: 'c', controller: true };
const foreign = { ...wanted, metadata: { ...wanted.metadata, uid: 'o', annotations: {} } };
const ours = { ...wanted, metadata: { ...wanted.metadata, uid: 'o', ownerReferences: [{ ...owner, uid: 'cache-1' }] } };

/** A client whose applies of new objects end with this, and that finds `live`. Notes what it was asked for. */
function clientWith(conflict: boolean, live: KubeObject | undefined) {
  const calls: string[] = [];
  const client = {
    apply: (_: unknown, object: KubeObject, { onlyNew = false }: { onlyNew?: boolean }) => {
      calls.push(`apply ${onlyNew ? 'only new' : (object.metadata.uid ?? 'any')}`);
      return onlyNew && conflict
        ? Promise.reject(new ApiError('PATCH', '/', 409, { reason: 'Conflict' }))
        : Promise.resolve(object);
    },
    find: () => {
      calls.push('find');
      return Promise.resolve(live);
    },
  } as unknown as Client;
  return { client, calls };
}
const world = { children: new Map() } as unknown as World;
const always = () => true;
const run = (client: Client) => execute(plan, client, world, always, new AbortController().signal);

describe('an object that the caches do not have', () => {
  test('is made by one request', async () => {
    const { client, calls } = clientWith(false, undefined);
    expect(await run(client)).toMatchObject({ writes: 1, blocked: [] });
    expect(calls).toEqual(['apply only new']);
  });

  test('is left alone when somebody else has the name', async () => {
    const { client, calls } = clientWith(true, foreign);
    expect(await run(client)).toMatchObject({ writes: 0, blocked: [{ reason: 'NameClash' }] });
    expect(calls).toEqual(['apply only new', 'find']);
  });

  test('is applied when it is ours, and only if it is still that one', async () => {
    const { client, calls } = clientWith(true, ours);
    expect(await run(client)).toMatchObject({ writes: 1, blocked: [] });
    expect(calls).toEqual(['apply only new', 'find', 'apply o']);
  });

  test('is waited for when it is ours and being deleted', async () => {
    const going = { ...ours, metadata: { ...ours.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
    const { client, calls } = clientWith(true, going);
    expect(await run(client)).toMatchObject({ writes: 0, blocked: [{ reason: 'Deleting' }] });
    expect(calls).toEqual(['apply only new', 'find']);
  });

  test('is made by an apply when the conflict was about nothing that is there', async () => {
    const { client, calls } = clientWith(true, undefined);
    expect(await run(client)).toMatchObject({ writes: 1, blocked: [] });
    expect(calls).toEqual(['apply only new', 'find', 'apply any']);
  });
});

describe('an object that the API server refuses for what somebody has set beside it', () => {
  const strategy = { type: 'Recreate' };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'c--prod', namespace: 'n', labels: {} },
  };
  const live = {
    ...deployment,
    metadata: { ...deployment.metadata, uid: 'd' },
    spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, replicas: 1, paused: true },
  };
  const object = { ...deployment, spec: { strategy, replicas: 1 } };
  const step: Step = { do: 'apply', object, exists: true };

  test('is applied when what does not go with it is taken away', async () => {
    const patches: unknown[] = [];
    let isFit = false;
    const refusal = () => Promise.reject(new ApiError('PATCH', '/', 422, { reason: 'Invalid' }));
    const client = {
      apply: () => (isFit ? Promise.resolve(object) : refusal()),
      mergePatch: (_: unknown, __: unknown, patch: { spec: { strategy: object } }) => {
        patches.push(patch);
        isFit = 'rollingUpdate' in patch.spec.strategy;
        return isFit ? Promise.resolve(object) : refusal();
      },
    } as unknown as Client;
    const known = { store: { get: () => live }, upsert: () => undefined };
    const world = { children: new Map([['Deployment', known]]) } as unknown as World;
    const outcome = await execute({ steps: [step], blocked: [] }, client, world, always, new AbortController().signal);
    expect(outcome).toMatchObject({ writes: 1, refusals: [] });
    expect(patches).toEqual([
      { spec: { strategy, replicas: 1 } },
      { spec: { strategy: { ...strategy, rollingUpdate: null }, replicas: 1, paused: null } },
    ]);
  });
});

describe('a cache that is deleted while its plan is carried out', () => {
  const at = (metadata: Partial<GoProxyCache['metadata']> | undefined) => ({
    caches: {
      store: { get: () => metadata && { ...cache, metadata: { ...cache.metadata, ...metadata } } },
    } as unknown as World['caches'],
  });

  test('gets none of the writes that are left', async () => {
    let known = at({});
    const { client, calls } = clientWith(false, undefined);
    const apply: Client['apply'] = (...parameters) => {
      known = at(undefined);
      return client.apply(...parameters);
    };
    const twice = { steps: [...plan.steps, ...plan.steps], blocked: [] };
    const goesOn = () => isThere(known, cache);
    expect(await execute(twice, { ...client, apply }, world, goesOn, new AbortController().signal)).toBeUndefined();
    expect(calls).toEqual(['apply only new']);
  });

  test.each([
    ['is there when another version of it is known', { resourceVersion: '2', generation: 2 }, true],
    ['is not when it is gone', undefined, false],
    ['is not when it is being deleted', { deletionTimestamp: '2026-01-01T00:00:00Z' }, false],
    ['is not when another one has its name', { uid: 'cache-2' }, false],
  ])('%s', (_, metadata, expected) => {
    expect(isThere(at(metadata), cache)).toBe(expected);
  });
});
