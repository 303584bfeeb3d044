import type { KubeObject } from '../kube/objects.ts';
import type { Resource } from '../kube/paths.ts';
import type { Client } from '../kube/client.ts';
import type { Clock } from './clock.ts';
import type { Change, Index, Store } from './store.ts';

/** Options of {@link createReflector}. Times are in ms. */
export interface ReflectorOptions<T extends KubeObject> {
  client: Client;
  resource: Resource;
  /** All namespaces when absent. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  /** Named indexes of the store. */
  indexes?: Record<string, Index<T>>;
  /** Slims an object before it is stored. It may change and return its argument. managedFields are dropped in any case. */
  transform?: (object: T) => T;
  /** The kind may be absent from this API server (a CRD of somebody else): then the cache is empty and synced. */
  optional?: boolean;
  /** Called once for each change, in order. What it throws is contained and given to `onError`. */
  onChange?: (change: Change<T>) => void;
  /** Called for each failed list or watch; the reflector goes on by itself. */
  onError?: (error: unknown) => void;
  pageSize?: number;
  idleMs?: number;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}

/** A cache of one kind, kept current by LIST and WATCH until it is stopped. */
export interface Reflector<T extends KubeObject = KubeObject> {
  readonly resource: Resource;
  readonly store: Store<T>;
  /** False only for an optional kind that the server does not serve (as far as the last LIST saw). */
  readonly served: boolean;
  /** True once the store has held a whole list. It never turns false again. */
  hasSynced(): boolean;
  /** Resolves with the first sync. */
  synced(): Promise<void>;
  /** Puts the server's answer to our own write into the store at once. No change is reported, neither now nor for its echo. */
  upsert(object: T): void;
  /** Lists and watches until the signal aborts; then resolves. Never rejects. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

export declare function createReflector<T extends KubeObject>(options: ReflectorOptions<T>): Reflector<T>;
