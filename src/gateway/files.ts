import { printEnvoy } from './envoy.ts';
import type { GatewayModel } from './model.ts';
import { nginxGeneration, printNginx } from './nginx.ts';
import { counts } from './pod/counts.ts';
import { entrypoint } from './pod/entrypoint.ts';
import { envoy } from './pod/envoy.ts';
import { jwt } from './pod/jwt.ts';
import { keys } from './pod/keys.ts';
import { metrics } from './pod/metrics.ts';
import { probe } from './pod/probe.ts';
import { ready } from './pod/ready.ts';
import { printPolicy } from './policy.ts';

/** What is mounted at `/etc/gateway`: a file name is a key of the config map. */
export interface GatewayFiles {
  readonly 'nginx.conf': string;
  readonly 'entrypoint.sh': string;
  /** Parts of entrypoint.sh. */
  readonly 'keys.sh': string;
  readonly 'probe.sh': string;
  readonly 'metrics.sh': string;
  readonly 'counts.awk': string;
  readonly 'ready.sh': string;
  /** See {@link gatewayGeneration}. */
  readonly generation: string;
  /** Host names of the engines, one a line: nginx looks them up only when it loads, so entrypoint.sh watches them. */
  readonly engines: string;
  /** URLs of the engines that a new pod waits for, one a line. */
  readonly awaited: string;
  /** Of a gateway that shares: the name and the port by which its pods find each other. */
  readonly peers?: string;
  /** URLs to probe, one a line. */
  readonly upstreams: string;
  /** Of any type, since a pod of the type before may have to start Envoy once more. */
  readonly 'envoy.sh': string;
  /** With `auth`: what nginx runs to verify tokens, who may what, and the names of the issuers, one a line, whose keys are mounted. */
  readonly 'jwt.js'?: string;
  readonly 'auth.json'?: string;
  readonly issuers?: string;
  /** Of a gateway of type Envoy: {@link EnvoyFiles}. */
  readonly 'envoy-bootstrap.json'?: string;
  readonly 'envoy-certificate.json'?: string;
  readonly 'envoy-listeners.json'?: string;
  readonly 'envoy-routes.json'?: string;
}

/** The config of a gateway pod for the model. Throws like {@link printNginx}. */
export function gatewayFiles(model: GatewayModel): GatewayFiles {
  const generation = gatewayGeneration(model);
  return {
    'nginx.conf': printNginx(model, generation),
    'entrypoint.sh': entrypoint,
    'envoy.sh': envoy,
    'keys.sh': keys,
    'probe.sh': probe,
    'metrics.sh': metrics,
    'counts.awk': counts,
    'ready.sh': ready,
    generation: `${generation}\n`,
    engines: lines([...new Set(engineHosts(model))]),
    awaited: lines(model.awaitedEngines),
    upstreams: lines(model.probedUpstreams),
    ...(model.auth && {
      'jwt.js': jwt,
      'auth.json': printPolicy(model) ?? '',
      issuers: lines(model.auth.jwt.map(({ name }) => name)),
    }),
    ...(model.peers && { peers: `${model.peers.host} ${model.peers.port}\n` }),
    ...(model.type === 'Envoy' && envoyFiles(model, generation)),
  };
}

function envoyFiles(model: GatewayModel, generation: string) {
  const { bootstrap, certificate, listeners, routes } = printEnvoy(model, generation);
  return {
    'envoy-bootstrap.json': bootstrap,
    'envoy-certificate.json': certificate,
    'envoy-listeners.json': listeners,
    'envoy-routes.json': routes,
  };
}

const engineHosts = ({ environments }: GatewayModel): string[] =>
  environments.flatMap(({ engine, canary }) => [engine.host, ...(canary === undefined ? [] : [canary.engine.host])]);

/**
 * What the gateway's `/-/status` answers as `generation` once it serves the model. It covers what nginx and Envoy load,
 * not the scripts: a new script in a new operator must not restart or wait for a pod that runs the old one.
 */
export function gatewayGeneration(model: GatewayModel): string {
  return nginxGeneration(model);
}

function lines(values: readonly string[]): string {
  return values.map((value) => `${value}\n`).join('');
}
