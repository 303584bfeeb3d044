import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byLabel, byOwnerUid, createStore, isOlder } from '../../../src/runtime/store.ts';
import type { Change, WritableStore } from '../../../src/runtime/store.ts';
import { thing } from './objects.ts';
import type { Thing } from './objects.ts';

function storeOf(...objects: Thing[]): WritableStore<Thing> {
  const store = createStore<Thing>({ owner: byOwnerUid, team: byLabel('team') });
  store.replace(objects, '10', '');
  return store;
}

function versions(store: WritableStore<Thing>): Record<string, string | undefined> {
  return Object.fromEntries(store.list().map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
}

function short(changes: readonly Change<Thing>[]): string[] {
  return changes.map(
    ({ type, object }) => `${type} ${String(object.metadata.uid)}@${String(object.metadata.resourceVersion)}`,
  );
}

describe('isOlder', () => {
  test.each([
    ['9', '10', true],
    ['10', '9', false],
    ['10', '10', false],
    ['99999999999999999998', '99999999999999999999', true],
    ['opaque', '10', false],
    ['', '10', false],
    [undefined, '10', false],
  ])('%p is older than %p: %p', (a, b, expected) => {
    expect(isOlder(a, b)).toBe(expected);
  });
});

describe('a watch', () => {
  test('adds, updates and deletes', () => {
    const store = storeOf();
    expect(short(store.apply('set', thing('x', 11)))).toEqual(['added uid-x-1@11']);
    expect(short(store.apply('set', thing('x', 12)))).toEqual(['updated uid-x-1@12']);
    expect(short(store.apply('deleted', thing('x', 13)))).toEqual(['deleted uid-x-1@13']);
    expect(store.size).toBe(0);
  });

  test('an event that comes twice changes nothing', () => {
    const store = storeOf();
    store.apply('set', thing('x', 11));
    expect(store.apply('set', thing('x', 11))).toEqual([]);
  });

  test('an object with a new UID is another object', () => {
    const store = storeOf(thing('x', 5));
    expect(short(store.apply('set', thing('x', 12, { uid: 2 })))).toEqual(['deleted uid-x-1@5', 'added uid-x-2@12']);
  });
});

describe('our own write', () => {
  test('is in the store at once, and its echo is no change', () => {
    const store = storeOf(thing('x', 5));
    store.upsert(thing('x', 12));
    expect(versions(store)).toEqual({ x: '12' });
    expect(store.apply('set', thing('x', 12))).toEqual([]);
  });

  test('is not undone by events from before it', () => {
    const store = storeOf(thing('x', 5));
    store.upsert(thing('x', 12, { uid: 2 }));
    expect(store.apply('set', thing('x', 11))).toEqual([]);
    expect(store.apply('deleted', thing('x', 11))).toEqual([]);
    expect(versions(store)).toEqual({ x: '12' });
  });

  test('is not undone by a list from before it', () => {
    const store = storeOf(thing('x', 5));
    const before = store.newest;
    store.upsert(thing('x', 12));
    store.upsert(thing('new', 13));
    expect(store.replace([thing('x', 5)], '11', before)).toEqual([]);
    expect(versions(store)).toEqual({ x: '12', new: '13' });
  });

  test('whose answer comes after a later event does not take the store back', () => {
    const store = storeOf(thing('x', 5));
    store.apply('set', thing('x', 13));
    store.upsert(thing('x', 12));
    expect(versions(store)).toEqual({ x: '13' });
  });

  test('whose answer comes after the deletion does not bring the object back', () => {
    const store = storeOf(thing('x', 5));
    store.apply('deleted', thing('x', 13));
    store.upsert(thing('x', 12));
    store.advance('20');
    store.upsert(thing('y', 20));
    expect(versions(store)).toEqual({});
  });
});

describe('our own delete', () => {
  test('is in the store at once, and events from before it change nothing', () => {
    const store = storeOf(thing('x', 5, { owner: 'o1' }));
    store.drop(thing('x', 5));
    store.upsert(thing('x', 6));
    expect(store.apply('set', thing('x', 7))).toEqual([]);
    expect([store.size, store.byIndex('owner', 'o1')]).toEqual([0, []]);
    const end = store.apply('deleted', thing('x', 12));
    expect(short(end)).toEqual(['deleted uid-x-1@12']);
    expect(end).toMatchObject([{ own: true }]);
  });

  test('is told apart from that of somebody else', () => {
    expect(storeOf(thing('x', 5)).apply('deleted', thing('x', 12))).not.toMatchObject([{ own: true }]);
  });

  test('does not hide the next object of that name', () => {
    const store = storeOf(thing('x', 5));
    store.drop(thing('x', 5));
    expect(short(store.apply('set', thing('x', 13, { uid: 2 })))).toEqual(['added uid-x-2@13']);
    store.apply('deleted', thing('x', 12));
    expect(versions(store)).toEqual({ x: '13' });
  });

  test('of another object than the one that is held changes nothing', () => {
    const store = storeOf(thing('x', 5, { uid: 2 }));
    store.drop(thing('x', 4));
    expect(versions(store)).toEqual({ x: '5' });
  });

  test('is not undone by a list from before it, and forgotten with one from after it', () => {
    const store = storeOf(thing('x', 5));
    store.drop(thing('x', 5));
    expect(store.replace([thing('x', 5)], '11', store.newest)).toEqual([]);
    expect(store.replace([], '12', store.newest)).toEqual([]);
    expect(store.apply('deleted', thing('x', 12))).toEqual([]);
  });
});

describe('a list', () => {
  test('reports what changed while the watch was down, and nothing else', () => {
    const store = storeOf(thing('same', 1), thing('changed', 2), thing('gone', 3), thing('recreated', 4));
    const changes = store.replace(
      [thing('same', 1), thing('changed', 11), thing('recreated', 12, { uid: 2 }), thing('new', 13)],
      '14',
      '10',
    );
    expect(short(changes)).toEqual([
      'updated uid-changed-1@11',
      'deleted uid-recreated-1@4',
      'added uid-recreated-2@12',
      'added uid-new-1@13',
      'deleted uid-gone-1@3',
    ]);
  });

  test('of a server that lost history is believed', () => {
    const store = storeOf(thing('x', 5), thing('y', 9));
    store.apply('set', thing('x', 100));
    store.replace([thing('x', 50)], '60', store.newest);
    expect(versions(store)).toEqual({ x: '50' });
    store.apply('set', thing('x', 61));
    expect(versions(store)).toEqual({ x: '61' });
  });

  test('after such a list protects our own writes again', () => {
    const store = storeOf(thing('x', 100));
    store.replace([thing('x', 50)], '60', store.newest);
    const before = store.newest;
    store.upsert(thing('x', 71));
    store.replace([thing('x', 50)], '70', before);
    expect(versions(store)).toEqual({ x: '71' });
  });

  test.each<[string, (store: WritableStore<Thing>) => void]>([
    ['a list', (store) => store.replace([thing('x', 50)], '100', store.newest)],
    ['a bookmark', (store) => store.advance('100')],
    ['a deletion', (store) => store.apply('deleted', thing('y', 100))],
  ])('lost history shows though only %s was newer', (_, hear) => {
    const store = storeOf(thing('x', 50));
    hear(store);
    store.replace([thing('x', 48)], '55', store.newest);
    expect(versions(store)).toEqual({ x: '48' });
  });
});

describe('readers', () => {
  test.each<[string, (store: WritableStore<Thing>) => Thing | undefined]>([
    ['by key', (store) => store.get('a/x')],
    ['in a list', (store) => store.list()[0]],
    ['by an index', (store) => store.byIndex('owner', 'o1')[0]],
  ])('that change what they read %s change nothing for others', (_, read) => {
    const x = thing('x', 5, { owner: 'o1' });
    const store = storeOf(x);
    read(store)!.metadata.ownerReferences!.length = 0;
    x.metadata.name = 'other';
    expect(read(store)).toEqual(thing('x', 5, { owner: 'o1' }));
  });
});

describe('indexes', () => {
  test('follow the objects', () => {
    const store = storeOf(thing('x', 5, { owner: 'o1', labels: { team: 'red' } }), thing('y', 6, { owner: 'o1' }));
    expect(store.byIndex('owner', 'o1').map(({ metadata }) => metadata.name)).toEqual(['x', 'y']);
    expect(store.byIndex('team', 'red')).toEqual([store.get('a/x')]);
    store.upsert(thing('x', 12, { owner: 'o2' }));
    store.apply('deleted', thing('y', 13));
    expect(store.byIndex('owner', 'o1')).toEqual([]);
    expect(store.byIndex('team', 'red')).toEqual([]);
    expect(store.byIndex('owner', 'o2')).toEqual([store.get('a/x')]);
  });

  test('an index that does not exist is a mistake of the caller', () => {
    expect(() => storeOf().byIndex('nonsense', 'x')).toThrow("no index 'nonsense'");
  });
});

/**
 * A server with a history, a watch that lags behind it, answers to our writes that come at any time, and lists that
 * take their snapshot some time before they arrive. Whatever the order: no object goes back, and in the end the store
 * is what the server has.
 */
describe('any order of events', () => {
  type Action =
    | { do: 'write' | 'ownWrite' | 'delete'; name: string }
    | { do: 'answer' | 'watch' | 'askList' | 'list' | 'bookmark' };
  const name = fc.constantFrom('x', 'y');
  const action: fc.Arbitrary<Action> = fc.oneof(
    fc.record({ do: fc.constantFrom('write' as const, 'ownWrite' as const, 'delete' as const), name }),
    fc.record({
      do: fc.constantFrom(
        'answer' as const,
        'watch' as const,
        'askList' as const,
        'list' as const,
        'bookmark' as const,
      ),
    }),
  );

  test('leaves the store where the server is', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const store = createStore<Thing>();
        const truth = new Map<string, Thing>();
        const history: { type: 'set' | 'deleted'; object: Thing }[] = [];
        const answers: Thing[] = [];
        const highest = new Map<string, number>();
        let uid = 0;
        let delivered = 0;
        let asked: { items: Thing[]; at: number; newestBefore: string } | undefined;

        const write = (name: string): Thing => {
          const held = truth.get(name);
          const incarnation = held ? Number(held.metadata.uid?.split('-')[2]) : ++uid;
          const object = thing(name, history.length + 1, { uid: incarnation });
          truth.set(name, object);
          history.push({ type: 'set', object });
          return object;
        };
        const askList = (): void => {
          asked = { items: [...truth.values()], at: history.length, newestBefore: store.newest };
        };
        const deliverList = (): void => {
          if (!asked) return;
          store.replace(asked.items, String(asked.at), asked.newestBefore);
          delivered = asked.at;
          asked = undefined;
        };
        const deliverWatch = (): void => {
          // While a list is under way no watch is open.
          const event = asked ? undefined : history[delivered];
          if (!event) return;
          delivered++;
          store.apply(event.type, event.object);
        };
        const run = (action: Action): void => {
          switch (action.do) {
            case 'write':
              write(action.name);
              return;
            case 'ownWrite':
              answers.push(write(action.name));
              return;
            case 'delete': {
              const held = truth.get(action.name);
              if (!held) return;
              truth.delete(action.name);
              const metadata = { ...held.metadata, resourceVersion: String(history.length + 1) };
              history.push({ type: 'deleted', object: { ...held, metadata } });
              return;
            }
            case 'answer': {
              const answer = answers.shift();
              if (answer) store.upsert(answer);
              return;
            }
            case 'watch':
              deliverWatch();
              return;
            case 'askList':
              askList();
              return;
            case 'list':
              deliverList();
              return;
            case 'bookmark':
              if (!asked) store.advance(String(delivered));
          }
        };

        askList();
        deliverList();
        for (const each of actions) {
          run(each);
          for (const { metadata } of store.list()) {
            const version = Number(metadata.resourceVersion);
            expect(version).toBeGreaterThanOrEqual(highest.get(metadata.name) ?? 0);
            highest.set(metadata.name, version);
          }
        }
        deliverList();
        for (const answer of answers) store.upsert(answer);
        while (delivered < history.length) deliverWatch();
        expect(new Map(store.list().map((object) => [object.metadata.name, object]))).toEqual(truth);
      }),
      { numRuns: 500 },
    );
  });
});
