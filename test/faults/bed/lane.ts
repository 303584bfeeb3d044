import type { Client } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import type { FaultProxy } from '../proxy/proxy.ts';

/** All objects of a namespace that a cache could have something to do with, by `Kind/name`. */
export type State = ReadonlyMap<string, KubeObject>;

/** What is not as usual in an operator that is started. */
export interface StartOptions {
  readonly mutant?: string;
  readonly flags?: readonly string[];
}

/** The operator of a lane: a process of the bundle, behind the proxy. */
export interface LaneOperator {
  /** Starts one, and resolves when it is ready. `mutant` is the name of a planted bug (mutants.ts). Rejects when it ends early. */
  start(options?: StartOptions): Promise<void>;
  /** SIGKILL, and resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  readonly running: boolean;
  /** Of its process, while it runs. */
  readonly pid: number | undefined;
  /** How many reconciles the one that runs has ended, by its metrics. */
  reconciles(): Promise<number>;
  /** How often it ended by itself since the lane was made: a crash, which nothing may cause. */
  readonly crashes: number;
  /** Lines of its log that are at level error or worse, or that are no JSON (a stack trace), since the last call. */
  errors(): string[];
}

/**
 * A place for plans: an API server with controllers of its own, nodes by kwok (pods become ready, and answer as a gateway), and one
 * operator for all namespaces behind a fault proxy. Two lanes share nothing.
 */
export interface Lane {
  readonly number: number;
  /** Straight to the API server, as an administrator, past the proxy. */
  readonly client: Client;
  readonly proxy: FaultProxy;
  readonly operator: LaneOperator;
  /** An empty namespace. */
  take(): Promise<string>;
  /** Deletes what is in it and gives it back in the background. The proxy forgets it. */
  free(namespace: string): void;
  /** What is in a namespace now, kept current by watches of the lane's own. */
  state(namespace: string): State;
  /** Resolves when `holds` is true of the state of a namespace; rejects after `timeoutMs` with what `holds` said last. */
  until(namespace: string, holds: (state: State) => true | string, timeoutMs: number): Promise<void>;
  /** From now on the gateway pods of this namespace do not answer which configuration they serve, or do again. */
  silence(namespace: string, silent: boolean): void;
  readonly stop: () => Promise<void>;
}
