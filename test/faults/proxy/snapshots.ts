import type { KubeObject } from '../../../src/kube/objects.ts';
import { keyOfObject } from '../../../src/kube/objects.ts';

/** What a LIST of one path and selector would say. */
interface Collection {
  readonly head: Readonly<Record<string, unknown>>;
  readonly items: Map<string, KubeObject>;
  resourceVersion: string;
}

export interface List {
  metadata: { resourceVersion: string; continue?: string };
  items: KubeObject[] | null;
}

/** What operators were told of each collection, by LISTs and WATCHes, now and at marks. */
export interface Snapshots {
  /** A page of a LIST that passed; the first page begins anew. */
  listed(collection: string, isFirstPage: boolean, list: List): void;
  /** An event of a WATCH of this collection. */
  changed(collection: string, type: string, object: KubeObject): void;
  readonly mark: () => number;
  /** The body of a LIST as of a mark; undefined when the collection was not known then. Throws on an unknown mark. */
  at(mark: number, collection: string): object | undefined;
}

const KEPT = 64;

export function createSnapshots(): Snapshots {
  const now = new Map<string, Collection>();
  const marks = new Map<number, Map<string, Collection>>();
  let last = 0;
  return {
    listed: (collection, isFirstPage, list) => {
      const { items, metadata, ...head } = list;
      const before = isFirstPage ? undefined : now.get(collection);
      const known = before ?? { head, items: new Map<string, KubeObject>(), resourceVersion: '' };
      for (const item of items ?? []) known.items.set(keyOfObject(item), item);
      known.resourceVersion = metadata.resourceVersion;
      now.set(collection, known);
    },
    changed: (collection, type, object) => {
      const known = now.get(collection);
      if (!known) return;
      known.resourceVersion = object.metadata.resourceVersion ?? known.resourceVersion;
      if (type === 'DELETED') known.items.delete(keyOfObject(object));
      else if (type !== 'BOOKMARK') known.items.set(keyOfObject(object), object);
    },
    mark: () => {
      last++;
      marks.set(last, new Map([...now].map(([key, each]) => [key, { ...each, items: new Map(each.items) }])));
      marks.delete(last - KEPT);
      return last;
    },
    at: (mark, collection) => {
      const all = marks.get(mark);
      if (!all) throw new Error(`mark ${String(mark)} is not kept: only the latest ${String(KEPT)} are`);
      const known = all.get(collection);
      if (!known) return undefined;
      const { head, resourceVersion, items } = known;
      return { ...head, metadata: { resourceVersion }, items: [...items.values()] };
    },
  };
}

/** Names a collection as one operator asks for it: its path and selectors, without what makes a LIST or a WATCH of it. */
export function collectionOf(url: string): string {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  return [pathname, searchParams.get('labelSelector') ?? '', searchParams.get('fieldSelector') ?? ''].join(' ');
}
