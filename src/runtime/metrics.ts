import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Observation } from '../kube/transport.ts';
import type { QueueObserver } from './queue.ts';

/** How a reconcile ended, as controller-runtime names it. */
export type ReconcileOutcome = 'success' | 'error' | 'requeue_after';

/** What one controller counts. */
export interface ControllerMetrics {
  started(): void;
  ended(outcome: ReconcileOutcome, ms: number): void;
  /** An error that a retry cannot mend. */
  terminal(): void;
  /** An error that can only be a bug. */
  panicked(): void;
  /** It took too long and was given up. */
  timedOut(): void;
}

/** What a queue shows when it is scraped. */
export interface QueueView {
  readonly depth: number;
  unfinishedMs(): number[];
}

/** The operator's metrics, under controller-runtime's and client-go's names: dashboards for those work. */
export interface Metrics {
  /** For metrics of your own. */
  readonly registry: Registry;
  /** `observe` of the transport. */
  readonly observeRequest: (observation: Observation) => void;
  /** Metrics of one controller, at zero from the start. */
  controller(name: string, workers: number): ControllerMetrics;
  /** Metrics of the queue of a controller; `view` is asked at each scrape. */
  queue(name: string, view: () => QueueView): QueueObserver;
  /** Whether this process leads by the Lease of this name; it does not, to begin with. Call once for each name. */
  leadership(name: string): (leads: boolean) => void;
  /** A promise rejection that nobody handled: a bug. */
  unhandledRejection(): void;
  /** Prometheus text. */
  readonly text: () => Promise<string>;
}

const reconcileSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20, 30, 60,
];
const requestSeconds = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
const queueSeconds = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60, 300, 1000];

/** Makes a registry of its own. `process` adds memory, CPU and event-loop lag of this process. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const byController = ['controller'] as const;
  const byQueue = ['name', 'controller'] as const;
  const queues = new Map<string, () => QueueView>();

  if (options.process) collectDefaultMetrics({ register: registry });

  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  const histogram = <L extends string>(name: string, help: string, labelNames: readonly L[], buckets: number[]) =>
    new Histogram({ name, help, labelNames, buckets, registers });

  const total = counter('controller_runtime_reconcile_total', 'Reconciles by how they ended.', [
    'controller',
    'result',
  ]);
  const errors = counter('controller_runtime_reconcile_errors_total', 'Reconciles that failed.', byController);
  const terminals = counter(
    'controller_runtime_terminal_reconcile_errors_total',
    'Reconciles that failed in a way no retry can mend.',
    byController,
  );
  const panics = counter('controller_runtime_reconcile_panics_total', 'Reconciles that met a bug.', byController);
  const timeouts = counter(
    'controller_runtime_reconcile_timeouts_total',
    'Reconciles that took too long.',
    byController,
  );
  const seconds = histogram(
    'controller_runtime_reconcile_time_seconds',
    'How long a reconcile took.',
    byController,
    reconcileSeconds,
  );
  const active = gauge('controller_runtime_active_workers', 'Reconciles that run now.', byController);
  const limit = gauge('controller_runtime_max_concurrent_reconciles', 'Reconciles that may run at once.', byController);

  const adds = counter('workqueue_adds_total', 'Keys added to the queue.', byQueue);
  const retries = counter('workqueue_retries_total', 'Keys added again after a failure.', byQueue);
  const waited = histogram('workqueue_queue_duration_seconds', 'How long a key waited.', byQueue, queueSeconds);
  const worked = histogram('workqueue_work_duration_seconds', 'How long a worker had a key.', byQueue, queueSeconds);
  const scraped = (name: string, help: string, read: (view: QueueView) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: byQueue,
      registers,
      collect() {
        for (const [queue, view] of queues) this.set({ name: queue, controller: queue }, read(view()));
      },
    });
  };
  scraped('workqueue_depth', 'Keys that wait.', (view) => view.depth);
  scraped('workqueue_unfinished_work_seconds', 'Sum of the time that keys have been with their workers.', (view) =>
    view.unfinishedMs().reduce((sum, ms) => sum + ms / 1000, 0),
  );
  scraped('workqueue_longest_running_processor_seconds', 'The longest time a key has been with its worker.', (view) =>
    view.unfinishedMs().reduce((longest, ms) => Math.max(longest, ms / 1000), 0),
  );

  const requests = counter('rest_client_requests_total', 'Requests to the API server.', ['code', 'method', 'host']);
  const requestTimes = histogram(
    'rest_client_request_duration_seconds',
    'How long the API server took to begin its answer.',
    ['verb', 'host'],
    requestSeconds,
  );
  const rejections = counter('process_unhandled_rejections_total', 'Promise rejections nobody handled.', []);

  return {
    registry,

    observeRequest: ({ status, verb, host, ms }) => {
      requestTimes.observe({ verb, host }, ms / 1000);
      requests.inc({ code: status === 0 ? '<error>' : String(status), method: verb, host });
    },

    controller: (controller, workers) => {
      const labels = { controller };
      for (const result of ['success', 'error', 'requeue_after']) total.inc({ controller, result }, 0);
      for (const each of [errors, terminals, panics, timeouts]) each.inc(labels, 0);
      active.set(labels, 0);
      limit.set(labels, workers);
      return {
        started: () => {
          active.inc(labels);
        },
        ended: (outcome, ms) => {
          active.dec(labels);
          total.inc({ controller, result: outcome });
          if (outcome === 'error') errors.inc(labels);
          seconds.observe(labels, ms / 1000);
        },
        terminal: () => {
          terminals.inc(labels);
        },
        panicked: () => {
          panics.inc(labels);
        },
        timedOut: () => {
          timeouts.inc(labels);
        },
      };
    },

    queue: (name, view) => {
      const labels = { name, controller: name };
      queues.set(name, view);
      for (const each of [adds, retries]) each.inc(labels, 0);
      return {
        added: () => {
          adds.inc(labels);
        },
        taken: (ms) => {
          waited.observe(labels, ms / 1000);
        },
        done: (ms) => {
          worked.observe(labels, ms / 1000);
        },
        retried: () => {
          retries.inc(labels);
        },
      };
    },

    leadership: (name) => {
      const status = gauge('leader_election_master_status', 'Whether this process leads (1) or stands by (0).', [
        'name',
      ]);
      status.set({ name }, 0);
      return (leads) => {
        status.set({ name }, leads ? 1 : 0);
      };
    },

    unhandledRejection: () => {
      rejections.inc();
    },

    text: () => registry.metrics(),
  };
}
