import { randomUUID } from 'node:crypto';
import { orAborted } from '../kube/deadline.ts';
import { ApiError, isConflict } from '../kube/errors.ts';
import { refOfKey } from '../kube/objects.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { createQueue } from './queue.ts';

/** What a successful reconcile asks for. */
export interface ReconcileResult {
  /** Come back after so long even if nothing changes. */
  requeueAfterMs?: number | undefined;
}

/**
 * Brings the world of one key to what is wanted. It is level based: it gets a key, never an event.
 * What it throws is logged, counted and retried with back-off; a {@link TerminalError} is not retried.
 * The signal aborts when the reconcile has taken too long, or when a stopping process can wait no more. Then nobody waits for
 * it, heed it or not: it has failed, and may run again. So give the signal to every request, and nothing is written after it.
 */
export type Reconcile = (key: string, signal: AbortSignal, log: Logger) => Promise<ReconcileResult>;

/** Options of {@link createController}. */
export interface ControllerOptions {
  name: string;
  reconcile: Reconcile;
  /** How many keys are reconciled at once. Default 1. */
  workers?: number;
  /** Default 2 min. */
  reconcileTimeoutMs?: number;
  log: Logger;
  metrics: Metrics;
  clock?: Clock;
  /** In [0, 1). */
  random?: () => number;
}

/** A queue and its workers. */
export interface Controller {
  readonly name: string;
  enqueue(key: string): void;
  /**
   * Works until `stop` aborts, then takes no more keys and resolves when running reconciles have ended.
   * `kill` aborts those too. Never rejects. Call once.
   */
  run(stop: AbortSignal, kill: AbortSignal): Promise<void>;
}

/** An error that a retry cannot mend: logged and counted, and then the key waits for its next change. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
  readonly code = 'TERMINAL';
}

/** Makes a {@link Controller}. Keys may be enqueued before it runs. */
export function createController(options: ControllerOptions): Controller {
  const { name, reconcile, workers = 1, reconcileTimeoutMs = 120_000 } = options;
  const { clock = systemClock, random = Math.random } = options;
  const log = options.log.child({ controller: name });
  const metrics = options.metrics.controller(name, workers);
  const observer = options.metrics.queue(name, () => queue);
  const queue = createQueue({ clock, random, observer });

  async function process(key: string, kill: AbortSignal): Promise<void> {
    const keyLog = log.child({ ...refOfKey(key), reconcileID: randomUUID() });
    const timeout = new AbortController();
    const cancel = clock.after(reconcileTimeoutMs, () => {
      metrics.timedOut();
      timeout.abort(new Error(`the reconcile took more than ${String(reconcileTimeoutMs)} ms`));
    });
    const onKill = (): void => {
      timeout.abort(new Error('the process is stopping'));
    };
    if (kill.aborted) onKill();
    else kill.addEventListener('abort', onKill, { once: true });
    const startedAt = clock.now();
    metrics.started();
    try {
      const { requeueAfterMs } = await orAborted(call(key, timeout.signal, keyLog), timeout.signal);
      metrics.ended(requeueAfterMs === undefined ? 'success' : 'requeue_after', clock.now() - startedAt);
      queue.forget(key);
      if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
    } catch (error) {
      metrics.ended('error', clock.now() - startedAt);
      fail(key, error, keyLog);
    } finally {
      cancel();
      kill.removeEventListener('abort', onKill);
    }
  }

  /** So that what is thrown before the first `await` is a rejection, too. */
  async function call(...parameters: Parameters<Reconcile>): Promise<ReconcileResult> {
    return reconcile(...parameters);
  }

  function fail(key: string, error: unknown, keyLog: Logger): void {
    if (isBug(error)) metrics.panicked();
    if (error instanceof TerminalError) {
      metrics.terminal();
      queue.forget(key);
      keyLog.error({ err: error }, 'reconcile failed and is not tried again until something changes');
      return;
    }
    queue.addRateLimited(key, error instanceof ApiError ? error.retryAfterMs : undefined);
    if (isConflict(error)) keyLog.info({ err: error }, 'an object changed meanwhile: reconcile is tried again');
    else keyLog.error({ err: error }, 'reconcile failed and is tried again');
  }

  async function work(kill: AbortSignal): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      try {
        await process(key, kill);
      } catch (error) {
        // A bug in the log or the metrics: told to whoever listens for such, and it costs no worker.
        queue.addRateLimited(key);
        void Promise.reject(new Error(`the reconcile of ${key} could not be followed`, { cause: error }));
      } finally {
        queue.done(key);
      }
    }
  }

  return {
    name,
    enqueue: queue.add,
    run: async (stop, kill) => {
      if (stop.aborted) queue.shutdown();
      else stop.addEventListener('abort', queue.shutdown, { once: true });
      await Promise.all(Array.from({ length: workers }, () => work(kill)));
    },
  };
}

/** Errors the language throws, and things that are no errors: nobody meant to throw them. What Go would call a panic. */
function isBug(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    error instanceof SyntaxError
  );
}
