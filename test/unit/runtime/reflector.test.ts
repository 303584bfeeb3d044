import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createClient } from '../../../src/kube/client.ts';
import { resources } from '../../../src/kube/paths.ts';
import { connect } from '../../../src/kube/transport.ts';
import { createReflector } from '../../../src/runtime/reflector.ts';
import type { Reflector, ReflectorOptions } from '../../../src/runtime/reflector.ts';
import { accessTo, answer, hang, onlyTimeouts, refuse, reset, startServer, until } from '../kube/server.ts';
import type { Seen, Step } from '../kube/server.ts';
import { fakeClock } from './fake-clock.ts';
import type { FakeClock } from './fake-clock.ts';
import { thing } from './objects.ts';
import type { Thing } from './objects.ts';

interface Fixture {
  reflector: Reflector<Thing>;
  clock: FakeClock;
  /** `added x@1`, in order. */
  changes: string[];
  errors: unknown[];
  seen: Seen[];
  /** Requests so far, as `list` or `watch <resourceVersion>`. */
  requests(): string[];
  next(...steps: Step[]): void;
  stop(): Promise<void>;
}

const running: Fixture[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((fixture) => fixture.stop()));
});

/** A reflector of ConfigMaps against a server with this script. Time stands still, and random is 0. */
async function reflect(script: Step[], options: Partial<ReflectorOptions<Thing>> = {}): Promise<Fixture> {
  const server = await startServer(...script);
  const transport = connect(() => accessTo(server.url), { userAgent: 'test/1' });
  const client = createClient(transport, { fieldManager: 'test' });
  const clock = fakeClock();
  const changes: string[] = [];
  const errors: unknown[] = [];
  const reflector = createReflector<Thing>({
    client,
    resource: resources.ConfigMap,
    onChange: ({ type, object: { metadata } }) =>
      changes.push(`${type} ${metadata.name}@${String(metadata.resourceVersion)}`),
    onError: (error) => errors.push(error),
    clock,
    random: () => 0,
    ...options,
  });
  const stop = new AbortController();
  const run = reflector.run(stop.signal);
  const fixture: Fixture = {
    reflector,
    clock,
    changes,
    errors,
    seen: server.seen,
    requests: () =>
      server.seen.map(({ query }) => (query['watch'] ? `watch ${String(query['resourceVersion'])}` : 'list')),
    next: server.next,
    stop: async () => {
      stop.abort();
      await run;
      await transport.close();
      await server.close();
    },
  };
  running.push(fixture);
  return fixture;
}

function listOf(version: number, ...items: Thing[]): Step {
  // The server leaves apiVersion and kind out of the items.
  const bare = items.map(({ metadata, data }) => ({ metadata, data }));
  return answer(200, { kind: 'ConfigMapList', metadata: { resourceVersion: String(version) }, items: bare });
}

function pageOf(next: string, ...items: Thing[]): Step {
  return answer(200, { metadata: { resourceVersion: '10', continue: next }, items });
}

type WatchLine = ['ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR', object];

const linesOf = (events: readonly WatchLine[]): string =>
  events.map(([type, object]) => `${JSON.stringify({ type, object })}\n`).join('');

const bookmark = (version: number): WatchLine => ['BOOKMARK', { metadata: { resourceVersion: String(version) } }];
const gone: WatchLine = ['ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }];

/** A watch that sends these events and stays open. */
const watchOf =
  (...events: WatchLine[]): Step =>
  (response) => {
    response.writeHead(200).flushHeaders();
    if (events.length > 0) response.write(linesOf(events));
  };

/** A watch that sends these events and ends in peace. */
const watchAndEnd =
  (...events: WatchLine[]): Step =>
  (response) =>
    response.writeHead(200).end(linesOf(events));

describe('a reflector', () => {
  test('lists all pages, then watches from there with bookmarks and a limit of time', async () => {
    const f = await reflect(
      [pageOf('p2', thing('x', 1)), listOf(10, thing('y', 2)), watchOf(['ADDED', thing('z', 11)])],
      {
        namespace: 'a',
        labelSelector: 'managed-by=me',
      },
    );
    expect(f.reflector.hasSynced()).toBe(false);
    await until(() => f.changes.length === 3);
    expect(f.changes).toEqual(['added x@1', 'added y@2', 'added z@11']);
    expect(f.seen.map(({ path }) => path)).toEqual(Array(3).fill('/api/v1/namespaces/a/configmaps'));
    const labelSelector = 'managed-by=me';
    expect(f.seen.map(({ query }) => query)).toEqual([
      { labelSelector, limit: '100' },
      { labelSelector, limit: '100', continue: 'p2' },
      { labelSelector, watch: 'true', allowWatchBookmarks: 'true', resourceVersion: '10', timeoutSeconds: '30' },
    ]);
    expect(f.reflector.hasSynced()).toBe(true);
    expect(f.reflector.store.keys()).toEqual(['a/x', 'a/y', 'a/z']);
  });

  test('asks for watches of 30 to 45 seconds', async () => {
    const f = await reflect([listOf(10), watchOf()], { random: () => 0.999 });
    await until(() => f.seen.length === 2);
    expect(f.seen[1]?.query['timeoutSeconds']).toBe('45');
  });

  test('holds items of a list in the same shape as those of a watch', async () => {
    const f = await reflect([listOf(10, thing('x', 1)), watchOf(['ADDED', thing('y', 11)])]);
    await until(() => f.changes.length === 2);
    expect(f.reflector.store.list()).toEqual([thing('x', 1), thing('y', 11)]);
  });

  test('lists anew, without pages, when the snapshot behind the pages expired', async () => {
    const script = [
      pageOf('p2', thing('x', 1)),
      refuse(410, 'Expired'),
      listOf(20, thing('x', 1), thing('y', 2)),
      watchOf(),
    ];
    const f = await reflect(script);
    await until(() => f.seen.length === 4);
    expect(f.requests()).toEqual(['list', 'list', 'list', 'watch 20']);
    expect(f.seen[2]?.query).toEqual({});
    expect(f.changes).toEqual(['added x@1', 'added y@2']);
    expect(f.errors).toEqual([]);
  });

  test.each([
    [500, 'InternalError'],
    [403, 'Forbidden'],
    [404, 'NotFound'],
  ])('goes on after a list that fails with %d, waits longer each time, and reports it', async (status, reason) => {
    const f = await reflect([
      refuse(status, reason),
      refuse(status, reason),
      reset,
      listOf(10, thing('x', 1)),
      watchOf(),
    ]);
    for (const ms of [800, 1600, 3200]) {
      expect(await f.clock.nextWait()).toBe(ms);
      expect(f.reflector.hasSynced()).toBe(false);
      f.clock.advance(ms);
    }
    await f.reflector.synced();
    expect(f.changes).toEqual(['added x@1']);
    expect(f.errors).toMatchObject([{ status }, { status }, { code: 'KUBE_UNREACHABLE' }]);
  });

  test.each<[string, Step]>([
    ['HTTP', refuse(410, 'Expired')],
    ['an ERROR event', watchOf(['MODIFIED', thing('x', 11)], gone)],
  ])('lists again after a 410 by %s', async (_, step) => {
    const f = await reflect([listOf(10, thing('x', 1)), step, listOf(20, thing('y', 15)), watchOf()]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.seen.length === 4);
    expect(f.requests()).toEqual(['list', 'watch 10', 'list', 'watch 20']);
    expect(f.reflector.store.keys()).toEqual(['a/y']);
    expect(f.errors).toEqual([]);
  });

  test('does not believe a list from before what it saw, until it gets no other', async () => {
    const old = listOf(8, thing('x', 1));
    const f = await reflect([
      listOf(10, thing('x', 9)),
      refuse(410, 'Expired'),
      old,
      listOf(20, thing('x', 9)),
      watchOf(),
    ]);
    for (let pauses = 0; pauses < 2; pauses++) f.clock.advance(await f.clock.nextWait());
    await until(() => f.seen.length === 5);
    expect(f.changes).toEqual(['added x@9']);
    expect(f.errors).toMatchObject([{ code: 'FROM_THE_PAST' }]);
  });

  test('believes it the fourth time: etcd was restored', async () => {
    const old = listOf(8, thing('x', 1));
    const f = await reflect([listOf(10, thing('x', 9)), refuse(410, 'Expired'), old, old, old, old, watchOf()]);
    for (let pauses = 0; pauses < 4; pauses++) f.clock.advance(await f.clock.nextWait());
    await until(() => f.seen.length === 7);
    expect(f.changes).toEqual(['added x@9', 'updated x@1']);
    expect(f.requests().at(-1)).toBe('watch 8');
  });

  test('lists anew when a bookmark is from before where the watch began', async () => {
    const f = await reflect([listOf(10), watchOf(bookmark(7)), listOf(12), watchOf()]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.seen.length === 4);
    expect(f.requests()).toEqual(['list', 'watch 10', 'list', 'watch 12']);
  });

  test('what our own delete has ended is gone at once, and its end is reported when the watch tells of it', async () => {
    let send = (): void => undefined;
    const slowWatch: Step = (response) => {
      response.writeHead(200).flushHeaders();
      send = () =>
        response.write(
          linesOf([
            ['MODIFIED', thing('x', 11)],
            ['DELETED', thing('x', 12)],
          ]),
        );
    };
    const f = await reflect([listOf(10, thing('x', 1)), slowWatch]);
    await until(() => f.seen.length === 2);
    f.reflector.drop(thing('x', 1));
    expect(f.reflector.store.size).toBe(0);
    send();
    await until(() => f.changes.length === 2);
    expect(f.changes).toEqual(['added x@1', 'deleted x@12']);
  });

  test('does not list again and again without a pause when every watch is gone', async () => {
    const round = [listOf(10), watchOf(gone)];
    const f = await reflect([...round, ...round, ...round]);
    for (const ms of [800, 1600, 3200]) {
      expect(await f.clock.nextWait()).toBe(ms);
      f.clock.advance(ms);
    }
  });

  test.each<[string, Step]>([
    [
      'was reset',
      (response) =>
        response.write(linesOf([['ADDED', thing('x', 11)]]), () =>
          setImmediate(() => response.socket?.resetAndDestroy()),
        ),
    ],
    [
      'was cut inside a line',
      (response) => response.end(`${linesOf([['ADDED', thing('x', 11)]])}{"type":"ADDED","object":{"meta`),
    ],
    ['failed with an event', watchOf(['ADDED', thing('x', 11)], ['ERROR', { code: 500, reason: 'InternalError' }])],
  ])('goes on from the last event, without a list, after a watch that %s', async (_, step) => {
    const f = await reflect([listOf(10), step, watchOf(['ADDED', thing('y', 12)])]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.changes.length === 2);
    expect(f.requests()).toEqual(['list', 'watch 10', 'watch 11']);
    expect(f.changes).toEqual(['added x@11', 'added y@12']);
    expect(f.errors).toHaveLength(1);
  });

  test('takes a watch that is silent for 50 s for dead, and goes on from its last event', async () => {
    jest.useFakeTimers(onlyTimeouts);
    try {
      const f = await reflect([listOf(10), watchOf(['ADDED', thing('x', 11)]), watchOf()]);
      await until(() => f.changes.length === 1);
      jest.advanceTimersByTime(50_000);
      f.clock.advance(await f.clock.nextWait());
      await until(() => f.seen.length === 3);
      expect(f.requests()).toEqual(['list', 'watch 10', 'watch 11']);
      expect(f.errors.map(String)).toEqual([expect.stringContaining('nothing arrived for 50000 ms')]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('goes on from the last bookmark', async () => {
    const f = await reflect([listOf(10), watchAndEnd(['ADDED', thing('x', 11)], bookmark(99)), watchOf()]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.seen.length === 3);
    expect(f.requests()).toEqual(['list', 'watch 10', 'watch 99']);
    expect(f.errors).toEqual([]);
  });

  test('opens the next watch at once when the one before lived well, and forgets earlier failures', async () => {
    let end = (): void => undefined;
    const longWatch: Step = (response) => {
      response.writeHead(200).flushHeaders();
      end = () => response.end();
    };
    const f = await reflect([reset, listOf(10), longWatch, watchAndEnd()]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.seen.length === 3);
    await until(() => f.reflector.hasSynced());
    f.clock.advance(60_000);
    end();
    await until(() => f.seen.length === 4);
    // The last watch ended at once: that is no good sign, so now it waits, but as for a first failure.
    expect(await f.clock.nextWait()).toBe(800);
  });

  test('waits as long as the server asks', async () => {
    const f = await reflect([listOf(10), refuse(429, 'TooManyRequests', { 'retry-after': '7' }), watchOf()]);
    expect(await f.clock.nextWait()).toBe(7000);
    f.clock.advance(7000);
    await until(() => f.seen.length === 3);
    expect(f.requests()).toEqual(['list', 'watch 10', 'watch 10']);
  });

  test('reports an event that comes twice once, and an older one never', async () => {
    const events: WatchLine[] = [
      ['MODIFIED', thing('x', 12)],
      ['MODIFIED', thing('x', 12)],
      ['MODIFIED', thing('x', 11)],
      ['DELETED', thing('x', 13)],
    ];
    const f = await reflect([listOf(10, thing('x', 1)), watchOf(...events)]);
    await until(() => f.changes.length === 3);
    expect(f.changes).toEqual(['added x@1', 'updated x@12', 'deleted x@13']);
  });

  test('sees a recreated object as a deletion and an addition, also when it missed the events', async () => {
    const again = thing('x', 15, { uid: 2 });
    const f = await reflect([listOf(10, thing('x', 1)), refuse(410, 'Expired'), listOf(20, again), watchOf()]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.changes.length === 3);
    expect(f.changes).toEqual(['added x@1', 'deleted x@1', 'added x@15']);
  });

  test('is not led back by an event from before our own write, and does not report its echo', async () => {
    let send = (): void => undefined;
    const slowWatch: Step = (response) => {
      response.writeHead(200).flushHeaders();
      const events: WatchLine[] = [
        ['MODIFIED', thing('x', 11)],
        ['MODIFIED', thing('x', 12)],
        ['ADDED', thing('y', 13)],
      ];
      send = () => response.write(linesOf(events));
    };
    const f = await reflect([listOf(10, thing('x', 1)), slowWatch]);
    await until(() => f.seen.length === 2);
    f.reflector.upsert(thing('x', 12));
    expect(f.reflector.store.get('a/x')?.metadata.resourceVersion).toBe('12');
    send();
    await until(() => f.changes.length === 2);
    expect(f.changes).toEqual(['added x@1', 'added y@13']);
    expect(f.reflector.store.get('a/x')?.metadata.resourceVersion).toBe('12');
  });

  test('an optional kind that is not served is synced and empty, until it is served', async () => {
    const f = await reflect([refuse(404, 'NotFound'), listOf(10, thing('x', 1)), watchOf()], { optional: true });
    await f.reflector.synced();
    expect([f.reflector.served, f.reflector.store.size, f.errors]).toEqual([false, 0, []]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.changes.length === 1);
    expect(f.reflector.served).toBe(true);
  });

  test('asks for a kind that is not served less and less often, up to each minute', async () => {
    const f = await reflect(
      Array.from({ length: 9 }, () => refuse(404, 'NotFound')),
      { optional: true },
    );
    const waits: number[] = [];
    for (let index = 0; index < 8; index++) {
      waits.push(await f.clock.nextWait());
      f.clock.advance(waits.at(-1)!);
    }
    expect(waits.slice(-3)).toEqual([25_600, 51_200, 60_000]);
  });

  test('an optional kind that we have no right to is synced and empty, which is told once, until we have it', async () => {
    const f = await reflect(
      [refuse(403, 'Forbidden'), refuse(403, 'Forbidden'), listOf(10, thing('x', 1)), watchOf()],
      { optional: true },
    );
    await f.reflector.synced();
    expect([f.reflector.served, f.reflector.store.size]).toEqual([false, 0]);
    f.clock.advance(await f.clock.nextWait());
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.changes.length === 1);
    expect([f.reflector.served, f.errors.length]).toEqual([true, 1]);
  });

  test('an optional kind keeps what was seen of it when the right to it is taken away', async () => {
    const f = await reflect([listOf(10, thing('x', 1)), refuse(410, 'Expired'), refuse(403, 'Forbidden')], {
      optional: true,
    });
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.errors.length === 1);
    expect([f.reflector.served, f.changes]).toEqual([true, ['added x@1']]);
  });

  test('a kind that is not optional has not synced without the right to it', async () => {
    const f = await reflect([refuse(403, 'Forbidden')]);
    await until(() => f.errors.length === 1);
    expect(f.reflector.hasSynced()).toBe(false);
  });

  test('a kind whose definition is deleted becomes empty, and is reported as missing', async () => {
    const f = await reflect([listOf(10, thing('x', 1)), refuse(404, 'NotFound'), refuse(404, 'NotFound')]);
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.changes.length === 2 && f.errors.length === 2);
    expect(f.changes).toEqual(['added x@1', 'deleted x@1']);
  });

  test('an index that throws costs nobody an object', async () => {
    const indexes = {
      broken: () => {
        throw new Error('index');
      },
    };
    const f = await reflect([listOf(10, thing('x', 1)), watchOf(['DELETED', thing('x', 11)])], { indexes });
    await until(() => f.changes.length === 2);
    expect(f.changes).toEqual(['added x@1', 'deleted x@11']);
    expect(f.errors).toEqual([new Error('index'), new Error('index')]);
  });

  test('an optional kind whose definition is deleted becomes empty', async () => {
    const f = await reflect([listOf(10, thing('x', 1)), refuse(404, 'NotFound'), refuse(404, 'NotFound')], {
      optional: true,
    });
    f.clock.advance(await f.clock.nextWait());
    await until(() => f.changes.length === 2);
    expect(f.changes).toEqual(['added x@1', 'deleted x@1']);
  });

  test('a handler that throws costs nobody an event', async () => {
    const names: string[] = [];
    const onChange = ({ key }: { key: string }): void => {
      names.push(key);
      if (key === 'a/x') throw new Error('handler');
    };
    const f = await reflect([listOf(10, thing('x', 1), thing('y', 2)), watchOf(['ADDED', thing('z', 11)])], {
      onChange,
    });
    await until(() => names.length === 3);
    expect(f.errors).toEqual([new Error('handler')]);
  });

  test('an error handler that throws does not stop the reflector', async () => {
    const onError = (): void => {
      throw new Error('error handler');
    };
    const f = await reflect([refuse(500, 'InternalError'), listOf(10), watchOf()], { onError });
    f.clock.advance(await f.clock.nextWait());
    await f.reflector.synced();
  });

  test('stores objects without managedFields, and as the transform leaves them', async () => {
    const x: Thing = { ...thing('x', 1), data: { big: 'text', small: '1' } };
    x.metadata.managedFields = [{ manager: 'someone' }];
    const transform = (object: Thing): Thing => ({ ...object, data: { small: object.data?.['small'] ?? '' } });
    const f = await reflect([listOf(10, x), watchOf()], { transform });
    await f.reflector.synced();
    const stored = f.reflector.store.get('a/x');
    expect(stored?.data).toEqual({ small: '1' });
    expect(stored?.metadata).not.toHaveProperty('managedFields');
  });

  test('a transform that throws costs us its work and not the object', async () => {
    const transform = (): Thing => {
      throw new Error('transform');
    };
    const f = await reflect([listOf(10, thing('x', 1)), watchOf()], { transform });
    await f.reflector.synced();
    expect(f.reflector.store.get('a/x')).toEqual(thing('x', 1));
    expect(f.errors).toEqual([new Error('transform')]);
  });

  test.each<[string, Step[]]>([
    ['in a list', [hang]],
    ['in a watch', [listOf(10), watchOf()]],
    ['in a pause', [refuse(500, 'InternalError')]],
  ])('stops %s, and asks for nothing more', async (_, script) => {
    const f = await reflect(script);
    await until(() => f.seen.length === script.length);
    await f.stop();
    expect(f.seen).toHaveLength(script.length);
    expect(f.clock.waits()).toEqual([]);
    // A stop is no failure.
    expect(f.errors.map(String).join()).not.toContain('aborted');
    running.length = 0;
  });
});
