import { isNotFound } from './errors.ts';
import type { KubeObject, ObjectRef } from './objects.ts';
import { apiVersionOf, collectionPath, objectPath } from './paths.ts';
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
  /** Make the object, and leave one of this name alone that is there: then it is a conflict. Default false. */
  onlyNew?: boolean | undefined;
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
  /**
   * Server-side apply with our field manager and strict field validation.
   * The API server answers 500, not 422, to a field that the schema does not have ("field not declared in schema").
   */
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
  /** Puts the whole object; a conflict when it has changed since the `metadata.resourceVersion` that it carries. */
  replace<T extends KubeObject>(resource: Resource, object: T, options?: WriteOptions): Promise<T>;
  /** Resolves with the object if something holds it up (a finalizer), and with `undefined` when it is gone, or was already. */
  remove(resource: Resource, ref: ObjectRef, options: RemoveOptions): Promise<KubeObject | undefined>;
}

const APPLY = 'application/apply-patch+yaml';
const MERGE = 'application/merge-patch+json';
/** A version that no object has. An apply with it makes an object, and conflicts with every one that exists (optimistic locking). */
const NO_VERSION = '1';

/** Makes a {@link Client} whose writes carry this field manager. */
export function createClient(transport: Transport, options: { fieldManager: string }): Client {
  const { fieldManager } = options;

  function writeQuery(options: WriteOptions) {
    return { fieldManager, fieldValidation: 'Strict', dryRun: options.dryRun ? 'All' : undefined };
  }

  function serverSideApply<T extends KubeObject>(
    resource: Resource,
    object: T,
    options: ApplyOptions,
    subresource?: string,
  ): Promise<T> {
    const { force = true, onlyNew = false, signal } = options;
    return transport.json<T>('PATCH', objectPath(resource, object.metadata, subresource), {
      // JSON is YAML, and the server takes this one content type for apply in every version.
      contentType: APPLY,
      query: { ...writeQuery(options), force },
      body: onlyNew ? { ...object, metadata: { ...object.metadata, resourceVersion: NO_VERSION } } : object,
      signal,
    });
  }

  const client: Client = {
    transport,

    get: (resource, ref, { signal } = {}) => transport.json('GET', objectPath(resource, ref), { signal }),

    find: async <T extends KubeObject>(resource: Resource, ref: ObjectRef, options?: RequestOptions) => {
      try {
        return await client.get<T>(resource, ref, options);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },

    list: async <T extends KubeObject>(resource: Resource, options: ListOptions = {}) => {
      const { namespace, signal, labelSelector, fieldSelector, limit } = options;
      const query = { labelSelector, fieldSelector, limit, continue: options.continue };
      const page = await transport.json<RawList<T>>('GET', collectionPath(resource, namespace), { query, signal });
      const typeMeta = { apiVersion: apiVersionOf(resource), kind: resource.kind };
      return {
        items: (page.items ?? []).map((item) => ({ ...typeMeta, ...item })),
        resourceVersion: page.metadata.resourceVersion,
        ...(page.metadata.continue ? { continue: page.metadata.continue } : {}),
      };
    },

    apply: (resource, object, options = {}) => serverSideApply(resource, object, options),

    applyStatus: (resource, object, options = {}) => serverSideApply(resource, object, options, 'status'),

    mergePatch: (resource, ref, patch, options = {}) =>
      transport.json('PATCH', objectPath(resource, ref, options.subresource), {
        contentType: MERGE,
        query: writeQuery(options),
        body: patch,
        signal: options.signal,
      }),

    create: (resource, object, options = {}) =>
      transport.json('POST', collectionPath(resource, object.metadata.namespace), {
        query: writeQuery(options),
        body: object,
        signal: options.signal,
      }),

    replace: (resource, object, options = {}) =>
      transport.json('PUT', objectPath(resource, object.metadata), {
        query: writeQuery(options),
        body: object,
        signal: options.signal,
      }),

    remove: async (resource, ref, options) => {
      const { uid, resourceVersion, propagationPolicy = 'Background', dryRun, signal } = options;
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid, resourceVersion },
        propagationPolicy,
        dryRun: dryRun ? ['All'] : undefined,
      };
      try {
        // What is gone is answered with a Status, by some kinds with the object as it was last.
        const answer = await transport.json<KubeObject>('DELETE', objectPath(resource, ref), { body, signal });
        return answer.metadata?.deletionTimestamp === undefined ? undefined : answer;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
  };
  return client;
}

interface RawList<T> {
  items?: T[] | null;
  metadata: { resourceVersion: string; continue?: string };
}
