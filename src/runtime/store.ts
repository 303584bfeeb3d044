import type { KubeObject } from '../kube/objects.ts';

/** Which values an object is found under in an index. */
export type Index<T extends KubeObject = KubeObject> = (object: T) => Iterable<string>;

/** Read side of a cache. Objects are frozen; keys are `namespace/name`. */
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
  | { readonly type: 'deleted'; readonly key: string; readonly object: T };
