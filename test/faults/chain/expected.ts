import type { Observed } from '../oracle/observe.ts';
import type { Claims } from './claims.ts';
import { refusals } from './claims.ts';
import { get, isObject, set } from './json.ts';
import type { Json, Path } from './json.ts';

const CACHE = 'GoProxyCache/cache';
/** What a claim that cannot follow the spec makes of a cache that serves all the same. */
const CONDITIONS_OF_STORAGE = new Set(['Ready', 'Reconciling', 'StorageReady']);

/** What a chain should come to: what a fresh deployment of its spec is, but for the claims that it has kept. */
export function expected(fresh: Observed, before: Observed, claims: Claims): Observed {
  const out = new Map(fresh);
  for (const [name, { size, className, wanted }] of claims) {
    const key = `PersistentVolumeClaim/${name}`;
    if (!wanted) {
      out.set(key, before.get(key));
      continue;
    }
    const fields: [Path, string][] = [
      [['spec', 'storageClassName'], className],
      [['spec', 'resources', 'requests', 'storage'], size],
      [['status', 'capacity', 'storage'], size],
    ];
    out.set(
      key,
      fields.reduce((claim, [path, value]) => set(claim, path, value), fresh.get(key)),
    );
    out.set(CACHE, withCapacity(out.get(CACHE), name, size));
  }
  return comparable(out, claims);
}

/** Without what follows from a claim that cannot follow the spec; the reason is looked at apart. */
export function comparable(observed: Observed, claims: Claims): Observed {
  if (refusals(claims).size === 0) return observed;
  const cache = observed.get(CACHE);
  const conditions = (get(cache, ['status', 'conditions']) as Json[] | undefined) ?? [];
  const rest = conditions.filter(({ type }) => !CONDITIONS_OF_STORAGE.has(String(type)));
  return new Map([...observed, [CACHE, set(cache, ['status', 'conditions'], rest)]]);
}

function withCapacity(cache: unknown, claim: string, size: string): unknown {
  const environments = (get(cache, ['status', 'environments']) as unknown[] | undefined) ?? [];
  return environments.reduce<unknown>(
    (now, environment, index) =>
      isObject(environment) && environment['claim'] === claim
        ? set(now, ['status', 'environments', index, 'capacity'], size)
        : now,
    cache,
  );
}

/** The children alone. */
export const childrenOf = (observed: Observed): Observed => new Map([...observed].filter(([key]) => key !== CACHE));
