import type { Registry } from 'prom-client';
import type { Observation } from '../kube/transport.ts';
/** The operator's metrics under controller-runtime's names. */
export interface Metrics {
  readonly registry: Registry;
  /** `observe` of the transport: counts rest_client_requests_total. */
  readonly observeRequest: (observation: Observation) => void;
  /** Prometheus text. */
  text(): Promise<string>;
}
export declare function createMetrics(options?: { process?: boolean }): Metrics;
