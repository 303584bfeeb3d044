import { join } from 'node:path';
import type { Spec } from '../../src/api/spec.ts';
import { becomesReady, cacheOf } from './cache.ts';
import { CHECKOUT } from './environment.ts';
import { apply } from './kubectl.ts';

/** A project of five modules: a cold download takes seconds. */
export const SMALL_PROJECT = join(CHECKOUT, 'test/cluster/project');

/** A spec that asks for little, so that many caches fit on a small machine. */
export const smallSpec = (upstreamUrl: string, more: Spec = {}): Spec => ({
  upstreams: [{ type: 'URL', url: upstreamUrl }],
  checksumDatabase: { mode: 'Disabled' },
  storage: { size: '1Gi' },
  ...more,
  engine: { resources: { requests: { cpu: '20m', memory: '64Mi' } }, ...more.engine },
  gateway: {
    replicas: 2,
    resources: { requests: { cpu: '20m', memory: '32Mi' } },
    cache: { size: '1Gi' },
    ...more.gateway,
  },
});

/** Applies a cache as it should be now: fields that are left out go. */
export const applyCache = (namespace: string, name: string, spec: Spec): Promise<void> =>
  apply(cacheOf(name, spec), namespace);

/** Applies a cache and waits until all of it serves. */
export async function readyCache(namespace: string, name: string, spec: Spec): Promise<void> {
  await applyCache(namespace, name, spec);
  await becomesReady(namespace, name);
}
