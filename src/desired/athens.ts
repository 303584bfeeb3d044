import type { V1EnvVar } from '@kubernetes/client-node';
import type { EffectiveEnvironment, EffectiveSpec, EffectiveUpstream } from '../api/effective.ts';
import { PORTS } from './names.ts';

/** Where the volume of an environment is mounted. */
export const STORAGE_ROOT = '/var/lib/athens';
/** Answers 200 when Athens has its storage. */
export const READY_PATH = '/readyz';
/** Seconds Athens finishes running answers after SIGTERM. */
export const SHUTDOWN_SECONDS = 30;

/**
 * The upstream chain in the language of GOPROXY (go.dev/ref/mod#environment-variables): a comma asks the next one after a
 * 404 or 410, a pipe after any error. Undefined for GoDefault: the engine's go command then uses its built-in list.
 */
export function goproxy(upstreams: EffectiveUpstream[]): string | undefined {
  if (upstreams.some((upstream) => upstream.type === 'GoDefault')) return undefined;
  return upstreams
    .map((upstream, index) => {
      const last = index === upstreams.length - 1;
      if (upstream.type !== 'URL') return 'direct';
      return upstream.url + (last ? '' : upstream.fallThrough === 'AnyError' ? '|' : ',');
    })
    .join('');
}

/** GOSUMDB of the engine: the name, and the mirror's address where there is one. */
export const gosumdb = (database: EffectiveSpec['checksumDatabase']): string =>
  database === undefined ? 'off' : database.mirrored ? `${database.name} ${database.url}` : database.name;

/**
 * Settings of Athens. They come as environment variables over the image's own config.toml, never as a partial file: Athens
 * merges no defaults into one (gomods/athens#2108). ATHENS_GO_BINARY_ENV_VARS is the only way to reach its go command, and
 * replaces the image's value as a whole.
 */
export function athensEnv(spec: EffectiveSpec, environment: EffectiveEnvironment): V1EnvVar[] {
  const chain = goproxy(environment.upstreams);
  const { timeoutSeconds, concurrency } = spec.engine.fetch;
  const go = [
    ...(chain === undefined ? [] : [`GOPROXY=${chain}`]),
    `GOSUMDB=${gosumdb(spec.checksumDatabase)}`,
    // Names of private modules are not told to the checksum database. Not GOPRIVATE: its go command would pass by the upstreams.
    ...(spec.privatePatterns.length === 0 ? [] : [`GONOSUMDB=${spec.privatePatterns.join(',')}`]),
  ];
  const settings: Record<string, string> = {
    ATHENS_PORT: `:${PORTS.engine}`,
    ATHENS_STORAGE_TYPE: 'disk',
    ATHENS_DISK_STORAGE_ROOT: STORAGE_ROOT,
    ATHENS_GO_BINARY_ENV_VARS: go.join(';'),
    ATHENS_GOGET_WORKERS: String(concurrency),
    // Hits wait behind misses in this pool (Athens has one for both), so it must be far larger than the number of fetches.
    ATHENS_PROTOCOL_WORKERS: String(Math.max(200, 20 * concurrency)),
    ATHENS_STASH_TIMEOUT: String(timeoutSeconds),
    ATHENS_TIMEOUT: String(Math.min(300, timeoutSeconds)),
    ATHENS_SHUTDOWN_TIMEOUT: String(SHUTDOWN_SECONDS),
    // At info Athens logs each probe; the gateway logs the requests.
    ATHENS_LOG_LEVEL: 'warn',
    ATHENS_LOG_FORMAT: 'json',
    // Athens and its go command write below these; the root file system is read-only.
    HOME: '/tmp',
    TMPDIR: '/tmp',
    ATHENS_GOGET_DIR: '/tmp',
  };
  return Object.entries(settings).map(([name, value]) => ({ name, value }));
}
