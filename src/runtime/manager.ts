import type { Controller } from './controller.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Reflector } from './reflector.ts';

/** Options of {@link runManager}. */
export interface ManagerOptions {
  log: Logger;
  metrics: Metrics;
  reflectors: readonly Pick<Reflector, 'resource' | 'hasSynced' | 'synced' | 'run'>[];
  controllers: readonly Controller[];
  /** Where /healthz, /readyz and /metrics listen; port 0 takes a free one. No server when absent. */
  health?: { port: number; host?: string };
  /** Called once health is listening, with its port. */
  onListening?: (port: number) => void;
  /** Stops the manager as SIGTERM does. */
  signal?: AbortSignal;
  /** How long running reconciles may take after a stop. Default 25 s (less than a pod's 30 s of grace). */
  graceMs?: number;
  /** Run after the workers have ended: flush events, close the transport. What they throw is logged. */
  closers?: readonly (() => Promise<void>)[];
}

/** Runs until SIGTERM, SIGINT or the signal. Resolves true when all work ended within the grace time. */
export declare function runManager(options: ManagerOptions): Promise<boolean>;
