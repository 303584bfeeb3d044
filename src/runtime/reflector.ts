import { ApiError, isForbidden, isGone, isNotFound } from '../kube/errors.ts';
import type { StatusBody } from '../kube/errors.ts';
import type { Client } from '../kube/client.ts';
import type { KubeObject } from '../kube/objects.ts';
import { collectionPath } from '../kube/paths.ts';
import type { Resource } from '../kube/paths.ts';
import { absentBackoff, backoffMs, reflectorBackoff } from './backoff.ts';
import { pause, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { slim } from './slim.ts';
import { createStore, isOlder } from './store.ts';
import type { Change, Index, Store } from './store.ts';

/** Options of {@link createReflector}. Times are in ms. */
export interface ReflectorOptions<T extends KubeObject> {
  client: Client;
  resource: Resource;
  /** All namespaces when absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  /** Named indexes of the store. */
  indexes?: Readonly<Record<string, Index<T>>>;
  /** Slims an object before it is stored. It may change and return its argument. managedFields are dropped in any case. */
  transform?: (object: T) => T;
  /**
   * The kind may be absent from this API server (a CRD of somebody else), or we may have no right to it: then the cache is
   * empty and synced. A right that is taken away later is an error as any other, and what was seen stays.
   */
  optional?: boolean;
  /** Called once for each change, in order, after the store has it. What it throws is contained and given to `onError`. */
  onChange?: (change: Change<T>) => void;
  /** Called for each failed list or watch; the reflector goes on by itself. */
  onError?: (error: unknown) => void;
  /** Objects for each page of a list, which is in memory as a whole while it is read. Default 100. */
  pageSize?: number;
  /** A watch that is silent for so long is taken for dead. Default 50 s: the server ends each watch after at most 45. */
  idleMs?: number;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}

/** A cache of one kind, kept current by LIST and WATCH until it is stopped. */
export interface Reflector<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly store: Store<T>;
  /** False only for an optional kind that the server does not serve (to us), as far as the last LIST saw. */
  readonly served: boolean;
  /** True once the store has held a whole list. It never turns false again. */
  hasSynced(): boolean;
  /** Resolves with the first sync. */
  synced(): Promise<void>;
  /**
   * Puts the server's answer to our own write into the store at once. No change is reported, neither now nor for the
   * echo of that write, unless the echo was here before the answer.
   */
  upsert(object: T): void;
  /** Takes an object that our own delete has ended out of the store at once. Its end is reported when the watch tells of it. */
  drop(object: T): void;
  /** Lists and watches until the signal aborts; then resolves. Never rejects. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

/** A watch that lived so long counts as healthy and ends the back-off. */
const HEALTHY_MS = 10_000;
/** How long the server is asked to keep a watch, at least and at most: docs/decisions/0022. */
const WATCH_SECONDS = [30, 45] as const;
/** So many times a list from before what was seen is not believed; with the back-off some 6 to 11 s. */
const OLD_LISTS = 3;

/** What the server says is older than what it said before: one of several lags behind, or etcd was restored from a backup. */
class FromThePast extends Error {
  override readonly name = 'FromThePast';
  readonly code = 'FROM_THE_PAST';
}

interface WatchEvent<T> {
  type: string;
  object: T;
}

/** Makes a {@link Reflector}. */
export function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, resource, namespace, labelSelector, optional = false, pageSize = 100, idleMs = 50_000 } = options;
  const { onChange, clock = systemClock, random = Math.random } = options;
  const store = createStore<T>(options.indexes, onError);
  const firstSync = Promise.withResolvers<undefined>();
  let hasSynced = false;
  let served = true;
  /** Where the next watch starts; `undefined` means: list first. */
  let version: string | undefined;
  let oldLists = 0;

  function onError(error: unknown): void {
    try {
      options.onError?.(error);
    } catch {
      // Whoever is told about errors must not stop the cache either.
    }
  }

  function prepare(object: T): T {
    try {
      return slim(object, options.transform);
    } catch (error) {
      // A bug in the transform must not cost us the object.
      onError(error);
      return slim(object);
    }
  }

  function report(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      try {
        onChange?.(change);
      } catch (error) {
        onError(error);
      }
    }
  }

  function settle(items: readonly T[], listVersion: string, newestBefore: string): void {
    report(store.replace(items, listVersion, newestBefore));
    hasSynced = true;
    firstSync.resolve(undefined);
  }

  /** All pages, or all at once when the snapshot behind the pages expired: one more expiry cannot happen then. */
  async function listAll(signal: AbortSignal): Promise<{ items: T[]; resourceVersion: string }> {
    const query = { namespace, labelSelector, signal };
    try {
      const items: T[] = [];
      let next: string | undefined;
      for (;;) {
        const page = await client.list<T>(resource, { ...query, limit: pageSize, continue: next });
        for (const item of page.items) items.push(prepare(item));
        next = page.continue;
        if (next === undefined) return { items, resourceVersion: page.resourceVersion };
      }
    } catch (error) {
      if (!isGone(error)) throw error;
      const page = await client.list<T>(resource, query);
      return { items: page.items.map(prepare), resourceVersion: page.resourceVersion };
    }
  }

  async function relist(signal: AbortSignal): Promise<string> {
    const newestBefore = store.newest;
    try {
      const { items, resourceVersion } = await listAll(signal);
      if (isOlder(resourceVersion, newestBefore) && oldLists < OLD_LISTS) {
        oldLists++;
        throw new FromThePast(`a list of version ${resourceVersion}, after ${newestBefore} was seen`);
      }
      oldLists = 0;
      served = true;
      settle(items, resourceVersion, newestBefore);
      return resourceVersion;
    } catch (error) {
      // A kind that was there takes its objects along when it goes, optional or not.
      const isAbsent = isNotFound(error) && (optional || hasSynced);
      if (isAbsent || (optional && isForbidden(error) && !hasSynced)) {
        served = false;
        settle([], '', '');
      }
      throw error;
    }
  }

  async function watch(from: string, signal: AbortSignal): Promise<void> {
    const path = collectionPath(resource, namespace);
    const [shortest, longest] = WATCH_SECONDS;
    const query = {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: from,
      // A kind that nothing happens to may get no bookmark either, so it is the end of a watch that shows the server alive.
      timeoutSeconds: Math.round(shortest + (longest - shortest) * random()),
      labelSelector,
    };
    for await (const line of client.transport.lines(path, { query, idleMs, signal })) {
      const { type, object } = line as WatchEvent<T>;
      if (type === 'ERROR') {
        const status = object as unknown as StatusBody;
        throw new ApiError('WATCH', path, status.code ?? 500, status);
      }
      const { resourceVersion } = object.metadata;
      if (type === 'BOOKMARK' && isOlder(resourceVersion, version)) {
        throw new FromThePast(`a bookmark of version ${resourceVersion}, in a watch from ${version}`);
      }
      version = resourceVersion ?? version;
      if (type === 'BOOKMARK') store.advance(version ?? '');
      else report(store.apply(type === 'DELETED' ? 'deleted' : 'set', prepare(object)));
    }
  }

  /** One LIST if needed and one WATCH. Says how long the watch lived and how it failed, if it did. */
  async function cycle(signal: AbortSignal): Promise<{ livedMs: number; failure: unknown }> {
    let openedAt: number | undefined;
    let failure: unknown;
    try {
      version ??= await relist(signal);
      openedAt = clock.now();
      await watch(version, signal);
    } catch (error) {
      failure = error;
      if (isGone(error) || isNotFound(error) || error instanceof FromThePast) version = undefined;
    }
    return { livedMs: openedAt === undefined ? 0 : clock.now() - openedAt, failure };
  }

  return {
    resource,
    store,
    get served() {
      return served;
    },
    hasSynced: () => hasSynced,
    synced: () => firstSync.promise,
    upsert: (object) => {
      store.upsert(prepare(object));
    },
    drop: store.drop,

    run: async (signal) => {
      let retries = 0;
      while (!signal.aborted) {
        const wasServed = served;
        const { livedMs, failure } = await cycle(signal);
        if (signal.aborted) return;
        // A missing right to an optional kind is told once, not for as long as the process lives.
        const absent = optional && !served && (isNotFound(failure) || (!wasServed && isForbidden(failure)));
        const expected = failure === undefined || isGone(failure) || absent;
        if (!expected) onError(failure);
        if (livedMs >= HEALTHY_MS) retries = 0;
        if (livedMs >= HEALTHY_MS && expected) continue;
        const asked = failure instanceof ApiError ? (failure.retryAfterMs ?? 0) : 0;
        await pause(
          clock,
          Math.max(asked, backoffMs(absent ? absentBackoff : reflectorBackoff, retries, random())),
          signal,
        );
        retries++;
      }
    },
  };
}
