import { describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { createStrays } from '../../../src/reconcile/strays.ts';
import type { World } from '../../../src/reconcile/world.ts';
import { cacheOf, desiredOf, live } from './fixtures.ts';

const before = cacheOf({ environments: [{ name: 'prod' }, { name: 'dev', storage: { retentionPolicy: 'Retain' } }] });
/** The environment `dev` is not in it any more. */
const cache = cacheOf({ environments: [{ name: 'prod' }] });
const wanted = desiredOf(cache);
const objects = desiredOf(before).map((manifest) => live(manifest, before));
const find = (kind: string, name: string) => {
  const object = objects.find((each) => each.kind === kind && each.metadata.name === name);
  if (!object) throw new Error(`no ${kind} ${name}`);
  return object;
};
const unwanted = find('Deployment', 'acme--dev');
const KEY = 'team/acme';
const { signal } = new AbortController();
const names = (found: KubeObject[]) => found.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
const having = (object: KubeObject, change: Partial<KubeObject['metadata']>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...change },
});

/** The API server has `there`, and watches tell of `watched`. Counts what is asked for. */
function straysWith({
  there = undefined as KubeObject | undefined,
  watched = undefined as KubeObject | undefined,
} = {}) {
  let asked = 0;
  const client = {
    find: () => {
      asked += 1;
      return Promise.resolve(there as never);
    },
  };
  const store = { get: () => watched };
  const strays = createStrays(client, new Map([['Deployment', { store }]]) as unknown as World['children']);
  return { strays, asked: () => asked };
}

describe('a child that a watch says is gone', () => {
  test('is found when it has only lost its label and is not wanted', async () => {
    const { strays } = straysWith({ there: having(unwanted, { labels: {} }) });
    strays.note(KEY, unwanted);
    expect(names(await strays.of(cache, wanted, signal))).toEqual(['Deployment/acme--dev']);
  });

  test('is found again until it was deleted, since a try may fail', async () => {
    const { strays, asked } = straysWith({ there: unwanted });
    strays.note(KEY, unwanted);
    for (let look = 0; look < 2; look++) expect(await strays.of(cache, wanted, signal)).toHaveLength(1);
    strays.ended(KEY, [{ do: 'remove', object: unwanted }]);
    expect([await strays.of(cache, wanted, signal), asked()]).toEqual([[], 2]);
  });

  test.each<[string, KubeObject | undefined]>([
    ['is not there', undefined],
    ['is being deleted', having(unwanted, { deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['was released by somebody who took the owner away', having(unwanted, { ownerReferences: [] })],
    [
      'has another controller by now',
      having(unwanted, {
        ownerReferences: [{ apiVersion: 'v1', kind: 'Other', name: 'x', uid: 'u', controller: true }],
      }),
    ],
  ])('is asked for once when it %s', async (_, there) => {
    const { strays, asked } = straysWith({ there });
    strays.note(KEY, unwanted);
    for (let look = 0; look < 2; look++) expect(await strays.of(cache, wanted, signal)).toEqual([]);
    expect(asked()).toBe(1);
  });

  test('is not asked for while it is wanted, and not forgotten: it is made anew, or taken out of the spec before', async () => {
    const { strays, asked } = straysWith({ there: unwanted });
    strays.note(KEY, unwanted);
    expect(await strays.of(before, desiredOf(before), signal)).toEqual([]);
    expect(asked()).toBe(0);
    expect(await strays.of(cache, wanted, signal)).toHaveLength(1);
  });

  test.each<[string, (of: ReturnType<typeof straysWith>['strays']) => void, KubeObject | undefined]>([
    ['a watch has it again', (strays) => strays.note(KEY, unwanted), unwanted],
    [
      'it was told as being deleted',
      (strays) => strays.note(KEY, having(unwanted, { deletionTimestamp: '2026-01-01T00:00:00Z' })),
      undefined,
    ],
    [
      'its cache is gone',
      (strays) => {
        strays.note(KEY, unwanted);
        strays.forget(KEY);
      },
      undefined,
    ],
  ])('is not asked for when %s', async (_, tell, watched) => {
    const { strays, asked } = straysWith({ there: unwanted, watched });
    tell(strays);
    expect([await strays.of(cache, wanted, signal), asked()]).toEqual([[], 0]);
  });

  test('is a volume that stays when it is retained', async () => {
    const claim = find('PersistentVolumeClaim', 'acme--dev');
    const { strays } = straysWith({ there: claim });
    strays.note(KEY, claim);
    expect(await strays.of(cache, wanted, signal)).toEqual([]);
  });
});
