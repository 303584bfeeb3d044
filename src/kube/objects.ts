/** One owner of an object, as the API server stores it. */
export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** Metadata as raw JSON: times are RFC 3339 strings, never `Date`. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: unknown[];
}

/**
 * Any Kubernetes object in its raw JSON shape. Kinds with other top-level fields extend it:
 * `interface ConfigMap extends KubeObject { data?: Record<string, string> }`.
 */
export interface KubeObject<Spec = unknown, Status = unknown> {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: Spec;
  status?: Status;
}

/** Where an object lives. A cluster-scoped one has no namespace. */
export interface ObjectRef {
  namespace?: string | undefined;
  name: string;
}

/** The key of an object in stores and queues: `namespace/name`, or `name` when it is cluster-scoped. */
export function keyOf(namespace: string | undefined, name: string): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** The key of this object. */
export function keyOfObject(object: { metadata: ObjectRef }): string {
  return keyOf(object.metadata.namespace, object.metadata.name);
}

/** The reverse of {@link keyOf}. */
export function refOfKey(key: string): ObjectRef {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner that controls this object, if there is one. At most one owner has `controller: true`. */
export function controllerOf(object: { metadata: Pick<ObjectMeta, 'ownerReferences'> }): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller);
}
