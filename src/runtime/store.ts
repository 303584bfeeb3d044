import { keyOfObject } from '../kube/objects.ts';
import type { KubeObject } from '../kube/objects.ts';

/** Which values an object is found under in an index. */
export type Index<T extends KubeObject = KubeObject> = (object: T) => Iterable<string>;

/**
 * Read side of a cache; keys are `namespace/name`. Every read makes objects anew: what a reader does to them is its own affair, and
 * they are not to be compared by identity.
 */
export interface Store<T extends KubeObject = KubeObject> {
  readonly size: number;
  get(key: string): T | undefined;
  list(): T[];
  keys(): string[];
  /** Objects an index files under this value. Throws on an index that does not exist. */
  byIndex(index: string, value: string): T[];
}

/** What happened to one object. A recreated object is a `deleted` and then an `added`. */
export type Change<T extends KubeObject = KubeObject> =
  | { readonly type: 'added'; readonly key: string; readonly object: T }
  | { readonly type: 'updated'; readonly key: string; readonly object: T; readonly previous: T }
  /** `own`: our own delete had ended it. Told also of an object that has lost what the watch selects by. */
  | { readonly type: 'deleted'; readonly key: string; readonly object: T; readonly own?: true };

/**
 * Write side of a cache, fed by a list, a watch and our own writes, which arrive in any order.
 * The rule that keeps it true: no object ever goes back to an older resourceVersion. Versions of one kind are
 * ordered numbers (Kubernetes promises so since 1.35, and it was always so in fact); one that is no number is never older.
 */
export interface WritableStore<T extends KubeObject> extends Store<T> {
  /** The newest resourceVersion that the store has heard of. */
  readonly newest: string;
  /**
   * Takes a whole list. `newestBefore` is {@link newest} from before the list was asked for: a list older than that
   * comes from a server that lost history (an etcd restore), and then all it says is taken. Otherwise objects that are
   * newer than the list stay: they are our own writes from while it ran.
   */
  replace(items: readonly T[], listVersion: string, newestBefore: string): Change<T>[];
  /** Takes an ADDED, MODIFIED or DELETED of the watch. */
  apply(type: 'set' | 'deleted', object: T): Change<T>[];
  /** Notes how far the watch has got. */
  advance(version: string): void;
  /** Takes the answer to our own write, unless the store knows better. */
  upsert(object: T): void;
  /** Takes out what our own delete has ended. Events from before it do not bring it back; its own is a change like any other. */
  readonly drop: (object: T) => void;
}

/** Index by the UID of each owner. */
export const byOwnerUid: Index = (object) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);

/** Index by the value of a label. */
export function byLabel(label: string): Index {
  return (object) => {
    const value = object.metadata.labels?.[label];
    return value === undefined ? [] : [value];
  };
}

/** Is `a` an older resourceVersion than `b`? False when either is no number. */
export function isOlder(a: string | undefined, b: string | undefined): boolean {
  if (!isNumber(a) || !isNumber(b)) return false;
  return BigInt(a) < BigInt(b);
}

function isNumber(version: string | undefined): version is string {
  return version !== undefined && /^\d+$/.test(version);
}

/** An object as it is held: as text, which takes a fifth of the memory. */
interface Held {
  readonly uid: string | undefined;
  readonly version: string | undefined;
  readonly text: string;
}

const isSame = (held: Held, { metadata }: KubeObject): boolean =>
  held.uid === metadata.uid && held.version === metadata.resourceVersion;

/** Makes an empty store. An index that throws files the object under nothing, and `onError` is told. */
export function createStore<T extends KubeObject>(
  indexes: Readonly<Record<string, Index<T>>> = {},
  onError: (error: unknown) => void = () => undefined,
): WritableStore<T> {
  const objects = new Map<string, Held>();
  const filed = new Map(Object.keys(indexes).map((name) => [name, new Map<string, Set<string>>()]));
  /** UIDs of what our own deletes have ended, until the watch or a list says so, too. */
  const ended = new Set<string | undefined>();
  let newest = '';
  let progress = '';

  function saw(version: string | undefined): void {
    if (version !== undefined && (newest === '' || isOlder(newest, version))) newest = version;
  }

  function advance(version: string): void {
    saw(version);
    progress = version;
  }

  function valuesOf(name: string, object: T): string[] {
    try {
      return [...(indexes[name]?.(object) ?? [])];
    } catch (error) {
      onError(error);
      return [];
    }
  }

  function file(key: string, object: T): void {
    for (const [name, buckets] of filed) {
      for (const value of valuesOf(name, object)) {
        const bucket = buckets.get(value);
        if (bucket) bucket.add(key);
        else buckets.set(value, new Set([key]));
      }
    }
  }

  function unfile(key: string, object: T): void {
    for (const [name, buckets] of filed) {
      for (const value of valuesOf(name, object)) {
        const bucket = buckets.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) buckets.delete(value);
      }
    }
  }

  const read = (held: Held): T => JSON.parse(held.text) as T;

  function get(key: string): T | undefined {
    const held = objects.get(key);
    return held && read(held);
  }

  function put(key: string, object: T): Change<T>[] {
    const previous = get(key);
    if (previous) unfile(key, previous);
    const { uid, resourceVersion } = object.metadata;
    objects.set(key, { uid, version: resourceVersion, text: JSON.stringify(object) });
    file(key, object);
    saw(object.metadata.resourceVersion);
    if (!previous) return [{ type: 'added', key, object }];
    if (previous.metadata.uid === object.metadata.uid) return [{ type: 'updated', key, object, previous }];
    return [
      { type: 'deleted', key, object: previous },
      { type: 'added', key, object },
    ];
  }

  /** Takes out what is held under this key, for good; `last` is how it was last. */
  function end(key: string, last?: T): Change<T>[] {
    const previous = get(key);
    if (!previous) return [];
    unfile(key, previous);
    objects.delete(key);
    return [{ type: 'deleted', key, object: last && last.metadata.uid === previous.metadata.uid ? last : previous }];
  }

  return {
    get size() {
      return objects.size;
    },
    get newest() {
      return newest;
    },
    get,
    list: () => [...objects.values()].map(read),
    keys: () => [...objects.keys()],

    byIndex: (index, value) => {
      const buckets = filed.get(index);
      if (!buckets) throw new Error(`the store has no index '${index}'`);
      return [...(buckets.get(value) ?? [])].map(get).filter((object) => object !== undefined);
    },

    replace: (items, listVersion, newestBefore) => {
      const restored = isOlder(listVersion, newestBefore);
      if (restored) {
        newest = '';
        ended.clear();
      }
      const isOurs = (held: Held, than: string | undefined): boolean => !restored && isOlder(than, held.version);
      const changes: Change<T>[] = [];
      const listed = new Set<string>();
      const uids = new Set(items.map(({ metadata }) => metadata.uid));
      for (const uid of ended) if (!uids.has(uid)) ended.delete(uid);
      for (const item of items) {
        if (ended.has(item.metadata.uid)) continue;
        const key = keyOfObject(item);
        const held = objects.get(key);
        listed.add(key);
        if (!held || !(isSame(held, item) || isOurs(held, item.metadata.resourceVersion)))
          changes.push(...put(key, item));
      }
      for (const [key, held] of [...objects]) {
        if (!listed.has(key) && !isOurs(held, listVersion)) changes.push(...end(key));
      }
      advance(listVersion);
      return changes;
    },

    apply: (type, object) => {
      const key = keyOfObject(object);
      const held = objects.get(key);
      const version = object.metadata.resourceVersion;
      if (version !== undefined) advance(version);
      if (ended.has(object.metadata.uid)) {
        if (type === 'set') return [];
        ended.delete(object.metadata.uid);
        return [{ type: 'deleted', key, object, own: true }];
      }
      if (held && isOlder(version, held.version)) return [];
      if (type === 'deleted') return end(key, object);
      return held && isSame(held, object) ? [] : put(key, object);
    },

    advance,

    upsert: (object) => {
      const key = keyOfObject(object);
      const held = objects.get(key);
      const version = object.metadata.resourceVersion;
      // Absent, though the watch is past this version: it was deleted since, and must not come back for ever.
      const known = held ? isSame(held, object) || isOlder(version, held.version) : isPast(version);
      if (!known && !ended.has(object.metadata.uid)) put(key, object);
    },

    drop: (object) => {
      const key = keyOfObject(object);
      const held = objects.get(key);
      if (!held || held.uid !== object.metadata.uid) return;
      end(key);
      ended.add(held.uid);
    },
  };

  function isPast(version: string | undefined): boolean {
    return version === progress || isOlder(version, progress);
  }
}
