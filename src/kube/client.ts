import type { KubeObject, ObjectRef } from './objects.ts';
import type { Resource } from './paths.ts';
import type { Transport } from './transport.ts';

/** Options that every call takes. */
export interface RequestOptions {
  signal?: AbortSignal | undefined;
}

/** Options that every write takes. */
export interface WriteOptions extends RequestOptions {
  /** Let the server check and default the object, and store nothing. */
  dryRun?: boolean | undefined;
}

/** Options of a server-side apply. */
export interface ApplyOptions extends WriteOptions {
  /** Take fields over from other managers. Default true: we own what we apply. */
  force?: boolean | undefined;
}

/** Options of {@link Client.list}. */
export interface ListOptions extends RequestOptions {
  /** All namespaces when absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** Page size; no paging when absent. */
  limit?: number | undefined;
  /** `continue` of the page before. */
  continue?: string | undefined;
}

/** One page of a list. */
export interface ListPage<T> {
  items: T[];
  resourceVersion: string;
  /** Absent on the last page. */
  continue?: string;
}

/** Options of {@link Client.remove}: which object is meant, not only which name. */
export interface RemoveOptions extends WriteOptions {
  /** Refuse with a conflict when the object is another one of the same name. */
  uid: string;
  /** Refuse with a conflict when the object has changed since it was read. */
  resourceVersion?: string | undefined;
  /** Default `Background`. */
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
}

/** Typed verbs over a {@link Transport}: raw JSON in and out. All throw `ApiError` or `Unreachable`. */
export interface Client {
  readonly transport: Transport;
  get<T extends KubeObject>(resource: Resource, ref: ObjectRef, options?: RequestOptions): Promise<T>;
  /** As `get`, but `undefined` when the object (or the kind) is absent. */
  find<T extends KubeObject>(resource: Resource, ref: ObjectRef, options?: RequestOptions): Promise<T | undefined>;
  /** One page. Items of a list lack `apiVersion` and `kind` on the wire; they are filled in. */
  list<T extends KubeObject>(resource: Resource, options?: ListOptions): Promise<ListPage<T>>;
  /** Server-side apply with our field manager and strict field validation. */
  apply<T extends KubeObject>(resource: Resource, object: T, options?: ApplyOptions): Promise<T>;
  /** Server-side apply of the status subresource; other fields of the object are ignored by the server. */
  applyStatus<T extends KubeObject>(resource: Resource, object: T, options?: ApplyOptions): Promise<T>;
  /** JSON merge patch (RFC 7386); with `metadata.resourceVersion` in the patch it is a compare-and-swap. */
  mergePatch<T extends KubeObject>(
    resource: Resource,
    ref: ObjectRef,
    patch: unknown,
    options?: WriteOptions & { subresource?: string | undefined },
  ): Promise<T>;
  create<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** False when the object was gone already. */
  remove(resource: Resource, ref: ObjectRef, options: RemoveOptions): Promise<boolean>;
}

export declare function createClient(transport: Transport, options: { fieldManager: string }): Client;
