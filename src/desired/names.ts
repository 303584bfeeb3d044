/**
 * Names of a cache's objects. A cache name and an environment name hold no '--' (rules.ts), so the first '--' of a child's
 * name splits it back: no two caches map to one name. 32 + 2 + 20 characters of the 63 of a DNS label leave room for a suffix
 * such as --canary.
 */
export const gatewayName = (cache: string): string => `${cache}--gateway`;
export const engineName = (cache: string, environment: string): string => `${cache}--${environment}`;
export const canaryName = (cache: string, environment: string): string => `${engineName(cache, environment)}--canary`;
/** The headless Service by which gateway pods find each other. */
export const peersName = (cache: string): string => `${gatewayName(cache)}--peers`;
/** The Service that people see has the plain name of the cache. */
export const serviceName = (cache: string): string => cache;
export const serviceAccountName = (cache: string): string => cache;

/** Ports inside the pods. */
export const PORTS = {
  gateway: 8080,
  gatewayTLS: 8443,
  gatewayStatus: 8081,
  gatewayPeers: 8082,
  engine: 3000,
} as const;
