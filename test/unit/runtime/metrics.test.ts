import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '../../../src/runtime/metrics.ts';

describe('metrics', () => {
  test('have the names and labels that dashboards for controller-runtime look for, from the start', async () => {
    const metrics = createMetrics();
    metrics.controller('things', 4);
    metrics.queue('things', () => ({ depth: 3, unfinishedMs: () => [500, 2000] }));
    const text = await metrics.text();
    const lines = text.split('\n');
    for (const line of [
      'controller_runtime_reconcile_total{controller="things",result="success"} 0',
      'controller_runtime_reconcile_total{controller="things",result="error"} 0',
      'controller_runtime_reconcile_total{controller="things",result="requeue_after"} 0',
      'controller_runtime_reconcile_errors_total{controller="things"} 0',
      'controller_runtime_terminal_reconcile_errors_total{controller="things"} 0',
      'controller_runtime_reconcile_panics_total{controller="things"} 0',
      'controller_runtime_reconcile_timeouts_total{controller="things"} 0',
      'controller_runtime_active_workers{controller="things"} 0',
      'controller_runtime_max_concurrent_reconciles{controller="things"} 4',
      'workqueue_depth{name="things",controller="things"} 3',
      'workqueue_adds_total{name="things",controller="things"} 0',
      'workqueue_retries_total{name="things",controller="things"} 0',
      'workqueue_unfinished_work_seconds{name="things",controller="things"} 2.5',
      'workqueue_longest_running_processor_seconds{name="things",controller="things"} 2',
      'process_unhandled_rejections_total 0',
    ]) {
      expect(lines).toContain(line);
    }
    for (const name of [
      'controller_runtime_reconcile_time_seconds',
      'workqueue_queue_duration_seconds',
      'workqueue_work_duration_seconds',
    ]) {
      expect(lines).toContain(`# TYPE ${name} histogram`);
    }
  });

  test('count requests by code, method and host, without a series for each path', async () => {
    const metrics = createMetrics();
    for (const [path, status] of [
      ['/a', 200],
      ['/b', 200],
      ['/c', 0],
    ] as const) {
      metrics.observeRequest({ verb: 'GET', path, host: 'h:6443', status, ms: 5 });
    }
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('rest_client_requests_total{'));
    expect(lines).toEqual([
      'rest_client_requests_total{code="200",method="GET",host="h:6443"} 2',
      'rest_client_requests_total{code="<error>",method="GET",host="h:6443"} 1',
    ]);
    expect(await metrics.text()).toContain('rest_client_request_duration_seconds_sum{verb="GET",host="h:6443"} 0.015');
  });

  test('show who leads, under the name that controller-runtime gives it', async () => {
    const metrics = createMetrics();
    expect(await metrics.text()).not.toContain('leader_election_master_status');
    const change = metrics.leadership('operator');
    expect(await metrics.text()).toContain('leader_election_master_status{name="operator"} 0');
    change(true);
    expect(await metrics.text()).toContain('leader_election_master_status{name="operator"} 1');
  });

  test('times are in seconds', async () => {
    const metrics = createMetrics();
    metrics.controller('things', 1).ended('success', 1500);
    const queue = metrics.queue('things', () => ({ depth: 0, unfinishedMs: () => [] }));
    queue.taken(250);
    queue.done(750);
    const text = await metrics.text();
    expect(text).toContain('controller_runtime_reconcile_time_seconds_sum{controller="things"} 1.5');
    expect(text).toContain('workqueue_queue_duration_seconds_sum{name="things",controller="things"} 0.25');
    expect(text).toContain('workqueue_work_duration_seconds_sum{name="things",controller="things"} 0.75');
  });
});
