import type { Spec } from './spec.ts';
import type { Status } from './status.ts';

export const GROUP = 'goproxycache.io';
export const VERSION = 'v1alpha1';
export const KIND = 'GoProxyCache';
export const PLURAL = 'goproxycaches';

/** The part of ObjectMeta that the operator reads. */
export interface Metadata {
  name: string;
  namespace: string;
  uid: string;
  generation: number;
  resourceVersion?: string;
  deletionTimestamp?: string;
}

/** A GoProxyCache as the API server stores it: anything the schema admits. */
export interface GoProxyCache {
  apiVersion: `${typeof GROUP}/${typeof VERSION}`;
  kind: typeof KIND;
  metadata: Metadata;
  spec?: Spec;
  status?: Status;
}
