import { pause, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Controller } from './controller.ts';
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
  /** Where /healthz, /readyz and /metrics listen; port 0 takes a free one. No server when absent. */
  health?: { port: number; host?: string };
  /** Called once the health server listens, with its port. */
  onListening?: (port: number) => void;
  /** Stops the manager as SIGTERM does. */
  signal?: AbortSignal;
  /** How long running reconciles may take after a stop. Default 20 s, less than the 30 s that a pod gets. */
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

/**
 * Starts the reflectors, then, once all have synced, the controllers, and runs until SIGTERM, SIGINT or the signal.
 * On a stop running reconciles may end while the caches still follow; no new ones start.
 * Resolves true when all work ended within the grace time. Rejects only when the health port is taken.
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

  // Before anything else: from here on a SIGTERM ends the process in good order.
  for (const name of STOP_SIGNALS) events.on(name, onStop);
  events.on('unhandledRejection', onRejection);
  if (signal?.aborted) stop.abort();
  else signal?.addEventListener('abort', onStop, { once: true });
  try {
    return await serve(options, stop.signal);
  } finally {
    for (const name of STOP_SIGNALS) events.off(name, onStop);
    events.off('unhandledRejection', onRejection);
    signal?.removeEventListener('abort', onStop);
  }
}

async function serve(options: ManagerOptions, stop: AbortSignal): Promise<boolean> {
  const { log, metrics, reflectors, controllers, health, clock = systemClock } = options;
  const kill = new AbortController();
  const end = new AbortController();
  const unready = (): string[] =>
    stop.aborted
      ? ['stopping']
      : reflectors.filter((each) => !each.hasSynced()).map((each) => `not synced: ${each.resource.plural}`);

  const server = health && (await startHealthServer({ ...health, unready, metrics: metrics.text }));
  if (server) options.onListening?.(server.port);
  const stopped = aborted(stop);
  const caches = Promise.all(reflectors.map((each) => each.run(end.signal)));
  log.info({ kinds: reflectors.map((each) => each.resource.plural) }, 'waiting for caches');
  await Promise.race([stopped, Promise.all(reflectors.map((each) => each.synced()))]);
  if (!stop.aborted) log.info('caches have synced');
  const work = Promise.all(controllers.map((each) => each.run(stop, kill.signal)));
  await stopped;

  const inTime = await within(options.graceMs ?? 20_000, work, clock);
  if (!inTime) {
    log.warn('reconciles did not end in time and are aborted');
    kill.abort();
    await within(MOMENT_MS, work, clock);
  }
  end.abort();
  await within(MOMENT_MS, caches, clock);
  await closeAll(options, clock);
  await server?.close();
  log.info({ inTime }, 'stopped');
  return inTime;
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
