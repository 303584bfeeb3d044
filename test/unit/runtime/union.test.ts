import { describe, expect, test } from '@jest/globals';
import { keyOf } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { Reflector } from '../../../src/runtime/reflector.ts';
import { byLabel, createStore } from '../../../src/runtime/store.ts';
import { unite } from '../../../src/runtime/union.ts';
import { thing } from './objects.ts';
import type { Thing } from './objects.ts';

interface Part extends Reflector<Thing> {
  served: boolean;
  sync: () => void;
  runs: boolean;
}

const inNamespace = (namespace: string, name: string): Thing => {
  const object = thing(name, 1);
  return { ...object, metadata: { ...object.metadata, namespace, labels: { app: 'a' } } };
};

function part(namespace: string, ...names: string[]): Part {
  const store = createStore<Thing>({ app: byLabel('app') });
  store.replace(
    names.map((name) => inNamespace(namespace, name)),
    '1',
    '',
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  let synced = false;
  const self: Part = {
    resource: resources.ConfigMap,
    store,
    served: true,
    runs: false,
    hasSynced: () => synced,
    synced: () => promise,
    sync: () => {
      synced = true;
      resolve();
    },
    upsert: (object) => store.upsert(object),
    drop: (object) => store.drop(object),
    run: () => {
      self.runs = true;
      return Promise.resolve();
    },
  };
  return self;
}

const names = (things: Thing[]) => things.map(({ metadata }) => keyOf(metadata.namespace, metadata.name)).sort();

describe('reflectors of several namespaces', () => {
  test('are one store', () => {
    const one = unite(
      new Map([
        ['a', part('a', 'x', 'y')],
        ['b', part('b', 'x')],
      ]),
    );
    const { store } = one;
    expect([store.size, store.keys().sort(), names(store.list()), names(store.byIndex('app', 'a'))]).toEqual([
      3,
      ...Array<string[]>(3).fill(['a/x', 'a/y', 'b/x']),
    ]);
    expect(store.get('b/x')?.metadata.namespace).toBe('b');
    expect([store.get('b/y'), store.get('c/x')]).toEqual([undefined, undefined]);
  });

  test('take our own writes where they belong, and none of another namespace', () => {
    const [a, b] = [part('a'), part('b')];
    const one = unite(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
    for (const namespace of ['b', 'c']) {
      const written = inNamespace(namespace, 'new');
      one.upsert({ ...written, metadata: { ...written.metadata, resourceVersion: '9' } });
    }
    expect([a.store.keys(), b.store.keys()]).toEqual([[], ['b/new']]);
  });

  test('have synced when each of them has', async () => {
    const [a, b] = [part('a'), part('b')];
    const one = unite(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
    a.sync();
    expect(one.hasSynced()).toBe(false);
    b.sync();
    await one.synced();
    expect(one.hasSynced()).toBe(true);
  });

  test('serve a kind when one of them does, and run together', async () => {
    const [a, b] = [part('a'), part('b')];
    const one = unite(
      new Map([
        ['a', a],
        ['b', b],
      ]),
    );
    a.served = false;
    expect(one.served).toBe(true);
    b.served = false;
    expect(one.served).toBe(false);
    await one.run(new AbortController().signal);
    expect([a.runs, b.runs]).toEqual([true, true]);
  });

  test('of one namespace are that one', () => {
    const a = part('a');
    expect(unite(new Map([['a', a]]))).toBe(a);
  });
});
