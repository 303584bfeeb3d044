import type { ConditionType, Reason } from '../../src/api/conditions.ts';
import type { Condition } from '../../src/api/status.ts';
import type { GoProxyCache } from '../../src/api/types.ts';
import { GROUP, KIND, VERSION } from '../../src/api/types.ts';
import { eventually } from './eventually.ts';
import { read } from './kubectl.ts';

/** A GoProxyCache as a person writes it. */
export const cacheOf = (name: string, spec: NonNullable<GoProxyCache['spec']>): object => ({
  apiVersion: `${GROUP}/${VERSION}`,
  kind: KIND,
  metadata: { name },
  spec,
});

export const readCache = (namespace: string, name: string): Promise<GoProxyCache | undefined> =>
  read<GoProxyCache>('goproxycache', name, namespace);

export const conditionOf = (cache: GoProxyCache | undefined, type: ConditionType): Condition | undefined =>
  cache?.status?.conditions?.find((condition) => condition.type === type);

export interface WantedCondition {
  status: Condition['status'];
  reason?: Reason;
}

/** Waits until the cache shows a condition for its latest spec, and gives that condition. */
export function conditionBecomes(
  namespace: string,
  name: string,
  type: ConditionType,
  wanted: WantedCondition,
  timeoutSeconds: number,
): Promise<Condition> {
  const what = `${type}=${wanted.status}${wanted.reason === undefined ? '' : ` (${wanted.reason})`} of goproxycache ${name}`;
  return eventually(what, timeoutSeconds, async () => {
    const cache = await readCache(namespace, name);
    const condition = conditionOf(cache, type);
    const current = condition?.observedGeneration === cache?.metadata.generation;
    const fits =
      condition?.status === wanted.status && (wanted.reason === undefined || condition.reason === wanted.reason);
    return condition !== undefined && current && fits ? { value: condition } : { missing: describeConditions(cache) };
  });
}

/** Waits until the whole cache serves its latest spec. */
export const becomesReady = (namespace: string, name: string, timeoutSeconds = 120): Promise<Condition> =>
  conditionBecomes(namespace, name, 'Ready', { status: 'True' }, timeoutSeconds);

/** All conditions of a cache in one line, for people who read a failed test. */
export function describeConditions(cache: GoProxyCache | undefined): string {
  if (cache === undefined) return 'there is no such cache';
  const { conditions, observedGeneration } = cache.status ?? {};
  if (conditions === undefined) return 'no status yet';
  const lines = conditions.map(({ type, status, reason, message }) => `${type}=${status} ${reason} (${message})`);
  return `generation ${cache.metadata.generation}, observed ${observedGeneration ?? 0}: ${lines.join('; ')}`;
}
