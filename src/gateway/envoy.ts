import { createHash } from 'node:crypto';
import { checkGatewayModel } from './check.ts';
import { bootstrap } from './envoy/bootstrap.ts';
import { certificate } from './envoy/certificate.ts';
import { listener } from './envoy/listener.ts';
import { routes } from './envoy/routes.ts';
import type { GatewayModel } from './model.ts';

/**
 * What Envoy is told, as text of JSON. `bootstrap` and `certificate` are the same for every cache; the other two are followed while
 * Envoy runs, each by itself: neither names anything that only a new version of the other has.
 */
export interface EnvoyFiles {
  readonly bootstrap: string;
  readonly certificate: string;
  readonly listeners: string;
  readonly routes: string;
}

/**
 * Envoy in front of nginx: it ends TLS and finds the environment; nginx behind it, on a unix socket, limits, caches and answers.
 * Envoy itself answers only what is no HTTP and what nginx does not answer. A request that has to be refused goes to nginx without
 * an environment, so that every text is in one place.
 *
 * @throws GatewayModelError for a model with a value that is not what its field says.
 * @param generation becomes the version of both followed files, so that Envoy can say which it has taken.
 */
export function printEnvoy(model: GatewayModel, generation: string): EnvoyFiles {
  checkGatewayModel(model);
  return {
    bootstrap: json(bootstrap()),
    certificate: json(certificate()),
    listeners: json({
      version_info: generation,
      resources: listeners(model),
    }),
    routes: json({ version_info: generation, resources: [routes(model)] }),
  };
}

/** Changes whenever what {@link printEnvoy} prints does. */
export function envoyDigest(model: GatewayModel): string {
  return createHash('sha256')
    .update(JSON.stringify(printEnvoy(model, '')))
    .digest('hex');
}

function listeners(model: GatewayModel): object[] {
  const { http, https } = model.ports;
  return [
    ...(http === undefined ? [] : [listener(model, 'http', http)]),
    ...(https === undefined ? [] : [listener(model, 'https', https)]),
  ];
}

/** Indented, since people read it with kubectl. */
function json(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
