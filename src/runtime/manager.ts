import { pause, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Controller } from './controller.ts';
import type { Elector } from './elector.ts';
import { startHealthServer } from './health.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Reflector } from './reflector.ts';

/** What the manager hears from its process. */
export interface ProcessEvents {
  on(name: string, listener: (value: unknown) => void): unknown;
  off(name: string, listener: (value: unknown) => void): unknown;
}

/** Options of {@link runManager}. */
export interface ManagerOptions {
  log: Logger;
  metrics: Metrics;
  reflectors: readonly Pick<Reflector, 'resource' | 'hasSynced' | 'synced' | 'run'>[];
  controllers: readonly Controller[];
  /** The controllers start only when this process leads, and end with it. Release it in a closer. Absent: it is alone. */
  election?: Pick<Elector, 'run' | 'elected' | 'lost'> | undefined;
  /** Where /healthz, /readyz and /metrics listen; port 0 takes a free one. No server when absent. */
  health?: { port: number; host?: string };
  /** Called once the health server listens, with its port. */
  onListening?: (port: number) => void;
  /** Stops the manager as SIGTERM does. */
  signal?: AbortSignal;
  /** How long running reconciles may take after a stop. Default 15 s: with the closers less than the 30 s that a pod gets. */
  graceMs?: number;
  /** Run in order after the workers have ended: flush events, close the transport. What they throw is logged. */
  closers?: readonly (() => Promise<void>)[];
  clock?: Clock;
  /** Default: this process. */
  process?: ProcessEvents;
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'];
/** For what should end at once: killed reconciles, and each closer. */
const MOMENT_MS = 2_000;
const NEVER = new Promise<boolean>(() => undefined);

/**
 * Starts the reflectors, then, once all have synced and this process leads, the controllers, and runs until SIGTERM, SIGINT,
 * the signal, or the loss of the leadership. It is ready as soon as the caches have synced: a standby waits with full caches.
 * On a stop running reconciles may end while the caches still follow; no new ones start. On a loss they are aborted at once.
 * Resolves true when all work ended within the grace time, false when not, or when the leadership was lost.
 * Rejects only when the health port is taken.
 */
export async function runManager(options: ManagerOptions): Promise<boolean> {
  const { log, metrics, signal, process: events = process } = options;
  const stop = new AbortController();
  const onStop = (reason: unknown): void => {
    log.info({ reason: typeof reason === 'string' ? reason : 'signal' }, 'stopping');
    stop.abort();
  };
  const onRejection = (error: unknown): void => {
    metrics.unhandledRejection();
    log.error({ err: error }, 'a promise rejection was not handled: this is a bug');
  };

  // Nobody knows what state it leaves: the process ends, as ever, and kubelet starts it anew. But first the log has it.
  const onException = (error: unknown): void => {
    log.fatal({ err: error }, 'an exception was not caught: this is a bug, and the process ends');
  };

  // Before anything else: from here on a SIGTERM ends the process in good order.
  for (const name of STOP_SIGNALS) events.on(name, onStop);
  events.on('unhandledRejection', onRejection);
  events.on('uncaughtExceptionMonitor', onException);
  if (signal?.aborted) stop.abort();
  else signal?.addEventListener('abort', onStop, { once: true });
  try {
    return await serve(options, stop.signal);
  } finally {
    for (const name of STOP_SIGNALS) events.off(name, onStop);
    events.off('unhandledRejection', onRejection);
    events.off('uncaughtExceptionMonitor', onException);
    signal?.removeEventListener('abort', onStop);
  }
}

async function serve(options: ManagerOptions, stop: AbortSignal): Promise<boolean> {
  const { log, metrics, reflectors, election, health, clock = systemClock } = options;
  const end = new AbortController();
  /** Told to stop, or no longer the leader. */
  const over = election ? AbortSignal.any([stop, election.lost]) : stop;
  const unready = (): string[] =>
    over.aborted
      ? ['stopping']
      : reflectors.filter((each) => !each.hasSynced()).map((each) => `not synced: ${each.resource.plural}`);

  const server = health && (await startHealthServer({ ...health, unready, metrics: metrics.text }));
  if (server) options.onListening?.(server.port);
  const caches = Promise.all(reflectors.map((each) => each.run(end.signal)));
  log.info({ kinds: reflectors.map((each) => each.resource.plural) }, 'waiting for caches');
  await Promise.race([aborted(over), Promise.all(reflectors.map((each) => each.synced()))]);
  if (!over.aborted) log.info('caches have synced');
  const inTime = await work(options, over, clock);
  end.abort();
  await within(MOMENT_MS, caches, clock);
  await closeAll(options, clock);
  await server?.close();
  log.info({ inTime }, 'stopped');
  return inTime && !election?.lost.aborted;
}

/** Runs the controllers, once this process leads, until all is over. Resolves with whether they ended within the grace time. */
async function work({ log, controllers, election, graceMs }: ManagerOptions, over: AbortSignal, clock: Clock) {
  const kill = new AbortController();
  const stopped = aborted(over);
  if (election && !over.aborted) {
    void election.run();
    await Promise.race([stopped, election.elected]);
  }
  const all = Promise.all(controllers.map((each) => each.run(over, kill.signal)));
  await stopped;
  const lost = election ? aborted(election.lost).then(() => false) : NEVER;
  const inTime = await Promise.race([lost, within(graceMs ?? 15_000, all, clock)]);
  if (inTime) return true;
  if (!election?.lost.aborted) log.warn('reconciles did not end in time and are aborted');
  kill.abort();
  await within(MOMENT_MS, all, clock);
  return false;
}

async function closeAll({ closers = [], log }: ManagerOptions, clock: Clock): Promise<void> {
  for (const close of closers) {
    try {
      if (!(await within(MOMENT_MS, close(), clock))) log.warn('a closer did not end in time');
    } catch (error) {
      log.warn({ err: error }, 'a closer failed');
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Whether the work ended within `ms`. Rejects as the work does. */
async function within(ms: number, work: Promise<unknown>, clock: Clock): Promise<boolean> {
  const done = new AbortController();
  const timeout = pause(clock, ms, done.signal).then(() => false);
  try {
    return await Promise.race([work.then(() => true), timeout]);
  } finally {
    done.abort();
  }
}
