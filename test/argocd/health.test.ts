import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import type { Reason, Verdict } from '../../src/api/conditions.ts';
import { REASONS } from '../../src/api/conditions.ts';
import type { GoProxyCache } from '../../src/api/types.ts';
import { buildStatus } from '../../src/reconcile/status.ts';
import { invalidSpec, summarise } from '../../src/reconcile/verdicts/summary.ts';
import { PROGRESS } from '../../src/reconcile/verdicts/workload.ts';
import { CHECKOUT } from '../support/environment.ts';
import { health } from './lua.ts';

const folder = join(CHECKOUT, 'argocd/resource_customizations/goproxycache.io/GoProxyCache');
const file = (name: string) => readFileSync(join(folder, name), 'utf8');
const script = file('health.lua');

/** A cache of which the operator has said this. */
function judged(verdicts: Verdict[], spec: GoProxyCache['spec'] = {}): GoProxyCache {
  const metadata = { name: 'acme', namespace: 'team', uid: 'uid', generation: 3 };
  const cache: GoProxyCache = { apiVersion: 'goproxycache.io/v1alpha1', kind: 'GoProxyCache', metadata, spec };
  return { ...cache, status: buildStatus({ cache, verdicts, now: '2026-01-01T00:00:00Z' }) };
}
const engines = (status: Verdict['status'], reason: Reason): Verdict[] => [
  { type: 'EnginesReady', status, reason, message: `it is ${reason}` },
];
const serving = summarise(engines('True', 'Serving'), undefined, false);

describe('objects that were taken from a cluster', () => {
  interface Tests {
    tests: { healthStatus: { status: string; message: string }; inputPath: string }[];
  }
  test.each((load(file('health_test.yaml')) as Tests).tests)('$inputPath is $healthStatus.status', async (entry) => {
    expect(await health(script, load(file(entry.inputPath)))).toEqual(entry.healthStatus);
  });
});

describe('what passes by itself is Progressing, what does not is Degraded, with the message of Ready', () => {
  test.each(Object.keys(REASONS) as Reason[])('an engine that is not ready with the reason %s', async (reason) => {
    expect(await health(script, judged(summarise(engines('False', reason), undefined, false)))).toEqual({
      status: PROGRESS.has(reason) ? 'Progressing' : 'Degraded',
      message: `EnginesReady: it is ${reason}`,
    });
  });

  test.each<Reason>(['NameClash', 'ApplyRefused', 'Forbidden'])(
    'a cache that is stalled with the reason %s',
    async (reason) => {
      const stalled: Verdict = { type: 'Stalled', status: 'True', reason, message: 'somebody has to act' };
      const cache = judged(summarise(engines('False', 'RollingOut'), stalled, false));
      expect(await health(script, cache)).toEqual({ status: 'Degraded', message: 'somebody has to act' });
    },
  );

  test('a spec that is not valid', async () => {
    const problem = { field: 'spec.storage.size', value: 'x', message: 'it is no size: write for example 10Gi' };
    expect((await health(script, judged(invalidSpec([problem])))).status).toBe('Degraded');
  });
});

test('a cache that serves is Healthy', async () => {
  expect(await health(script, judged(serving))).toEqual({
    status: 'Healthy',
    message: 'storage, engines and gateway serve',
  });
});

describe('a cache that is paused is Suspended', () => {
  test.each<[string, Verdict[]]>([
    ['and serves', engines('True', 'Serving')],
    ['and does not', engines('False', 'CrashLoop')],
  ])('%s', async (_, parts) => {
    const { status, message } = await health(script, judged(summarise(parts, undefined, true), { paused: true }));
    expect(status).toBe('Suspended');
    expect(message).toMatch(/^spec\.paused is true, objects are left as they are: .+/);
  });
});

describe('what the operator said of an earlier spec does not count', () => {
  test.each<[string, (cache: GoProxyCache) => GoProxyCache]>([
    ['no status yet', (cache) => ({ ...cache, status: {} })],
    ['an older generation', (cache) => ({ ...cache, metadata: { ...cache.metadata, generation: 4 } })],
    ['paused since', (cache) => ({ ...cache, spec: { paused: true }, metadata: { ...cache.metadata, generation: 4 } })],
  ])('%s', async (_, change) => {
    expect(await health(script, change(judged(serving)))).toEqual({
      status: 'Progressing',
      message: 'the operator has not looked at this spec yet',
    });
  });
});
