import type { Client } from '../kube/client.ts';
import type { KubeObject } from '../kube/objects.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/** One thing worth telling a person who runs `kubectl describe`. */
export interface EventInput {
  type: 'Normal' | 'Warning';
  /** UpperCamelCase, from a closed set. */
  reason: string;
  /** What was being done, UpperCamelCase: `Reconcile`, `Delete`. Default `Reconcile`. */
  action?: string;
  /** A sentence; cut at 1024 bytes. */
  note: string;
}

/** Writes events in the background: best effort, never throws, never floods. */
export interface Recorder {
  /** Records that something happened to an object. The same event again only counts in its series. */
  event(regarding: Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>, input: EventInput): void;
  /** Resolves when everything recorded so far was written or given up. */
  flush(): Promise<void>;
}

/** Options of {@link createRecorder}. */
export interface RecorderOptions {
  client: Client;
  /** `reportingController`: `goproxycache.io/operator`. */
  controller: string;
  /** `reportingInstance`: the pod's name. */
  instance: string;
  log: Logger;
  clock?: Clock;
  /** Wall clock. */
  date?: () => Date;
}

export declare function createRecorder(options: RecorderOptions): Recorder;
