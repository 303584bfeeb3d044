import { isDeepStrictEqual } from 'node:util';
import type { Verdict } from '../api/conditions.ts';
import { mergeConditions } from '../api/conditions.ts';
import type { EffectiveSpec } from '../api/effective.ts';
import type { Status } from '../api/status.ts';
import type { GoProxyCache } from '../api/types.ts';
import { publicUrl } from '../desired/exposure.ts';
import { selectorLabels } from '../desired/labels.ts';
import { canaryName, engineName } from '../desired/names.ts';
import type { Claim, Deployment } from './world.ts';

export interface StatusInput {
  cache: GoProxyCache;
  verdicts: Verdict[];
  /** Absent when the spec is not valid: then the rest of the status keeps what it said. */
  details?: {
    spec: EffectiveSpec;
    gateway: Deployment | undefined;
    /** By the name of their objects. */
    engines: Map<string, { claim: Claim | undefined; ready: boolean }>;
    wantedConfig: string;
    servedConfig: string;
  };
  now: string;
}

/** The whole status of a cache. Pure: `now` is used only where a condition changes. */
export function buildStatus({ cache, verdicts, details, now }: StatusInput): Status {
  const { generation } = cache.metadata;
  const conditions = mergeConditions(cache.status?.conditions, verdicts, generation, now);
  if (!details) return { ...cache.status, observedGeneration: generation, conditions };
  const { spec, gateway, engines, wantedConfig, servedConfig } = details;
  const { name, namespace } = cache.metadata;
  const url = publicUrl(name, namespace, spec);
  const names = spec.environments.map((environment) => environment.name);
  const byPath = spec.gateway.order?.includes('PathPrefix') ?? true;
  return {
    observedGeneration: generation,
    conditions,
    url,
    environmentSummary: [spec.defaultEnvironment, ...names.filter((n) => n !== spec.defaultEnvironment)].join(','),
    client: {
      GOPROXY: url,
      ...(spec.privatePatterns.length > 0 && { GONOSUMDB: spec.privatePatterns.join(',') }),
    },
    gateway: {
      replicas: gateway?.status?.replicas ?? 0,
      readyReplicas: gateway?.status?.readyReplicas ?? 0,
      selector: Object.entries(selectorLabels(name, 'gateway'))
        .map((pair) => pair.join('='))
        .join(','),
      wantedConfig,
      servedConfig,
    },
    environments: spec.environments.map((environment) => {
      const claimName = engineName(name, environment.name);
      const engine = engines.get(claimName);
      const hasClaim = environment.storage.type === 'PersistentVolumeClaim';
      const capacity = hasClaim ? engine?.claim?.status?.capacity?.storage : undefined;
      return {
        name: environment.name,
        ...(byPath && { url: `${url}/${environment.name}` }),
        ready: engine?.ready ?? false,
        ...(hasClaim && { claim: claimName }),
        ...(capacity !== undefined && { capacity }),
        ...(environment.canary && {
          canary: { ready: engines.get(canaryName(name, environment.name))?.ready ?? false },
        }),
      };
    }),
  };
}

/** Whether the status has to be written. */
export const statusChanged = (before: Status | undefined, after: Status): boolean => !isDeepStrictEqual(before, after);

/** Conditions that newly say something else than before: what an event is worth. */
export function transitions(before: Status | undefined, verdicts: Verdict[]): Verdict[] {
  return verdicts.filter((verdict) => {
    const previous = before?.conditions?.find((condition) => condition.type === verdict.type);
    return previous?.status !== verdict.status || previous.reason !== verdict.reason;
  });
}
