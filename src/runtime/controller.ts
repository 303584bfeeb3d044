import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** What a successful reconcile asks for. */
export interface ReconcileResult {
  /** Come back after so long even if nothing changes. */
  requeueAfterMs?: number | undefined;
}

/**
 * Brings the world of one key to what is wanted. It is level based: it gets a key, never an event.
 * What it throws is logged, counted and retried with back-off; a {@link TerminalError} is not retried.
 */
export type Reconcile = (key: string, signal: AbortSignal, log: Logger) => Promise<ReconcileResult>;

/** Options of {@link createController}. */
export interface ControllerOptions {
  name: string;
  reconcile: Reconcile;
  /** How many keys are reconciled at once. Default 1. */
  workers?: number;
  /** A reconcile's signal aborts after so long. Default 2 min. */
  reconcileTimeoutMs?: number;
  log: Logger;
  metrics: Metrics;
  clock?: Clock;
  random?: () => number;
}

/** A queue and its workers. */
export interface Controller {
  readonly name: string;
  enqueue(key: string): void;
  enqueueAfter(key: string, ms: number): void;
  /** Works until the signal aborts; then ends when running reconciles have ended. Call once. */
  run(signal: AbortSignal): Promise<void>;
}

/** An error that a retry cannot mend: logged and counted, and then the key waits for its next change. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code = 'TERMINAL';
}

export declare function createController(options: ControllerOptions): Controller;
