import { gatewayTimeouts } from '../model.ts';
import type { GatewayModel } from '../model.ts';
import { chosenEnvironmentHeader, environmentHeader } from '../protocol.ts';
import { nginxCluster } from './bootstrap.ts';
import { seconds, typed } from './types.ts';

/** The name by which listeners ask for the routes. */
export const routesName = 'gateway';

/** What a route looks at, besides the host name. */
interface Match {
  readonly prefix?: string;
  /** All of them have to match. */
  readonly headers?: readonly object[];
}

/**
 * How a request finds its environment: the same decision as in nginx/routing.ts. Each route says the name to nginx, or nothing for a
 * request that has to be refused.
 */
export function routes(model: GatewayModel): object {
  const { environments } = model;
  const named = environments.flatMap(({ name, hostnames }) =>
    hostnames.length === 0
      ? []
      : [{ name: `host-${name}`, domains: [...new Set(hostnames)], routes: decided(model, underHost(model, name)) }],
  );
  return typed('config.route.v3.RouteConfiguration', {
    name: routesName,
    ignore_port_in_host_matching: true,
    request_headers_to_add: [addresses(model)],
    // For the moment in which nginx starts again.
    virtual_hosts: [...named, { name: 'any', domains: ['*'], routes: decided(model, underAnyHost(model)) }].map(
      (host) => ({ ...host, retry_policy: { retry_on: 'connect-failure,refused-stream,reset', num_retries: 3 } }),
    ),
  });
}

/**
 * X-Forwarded-For for nginx: its last address is the other end of the connection, whatever the client wrote. Envoy's own way would put
 * the address of the pod there for a client on loopback (kubectl port-forward, a proxy in the pod).
 */
function addresses({ clientAddress }: GatewayModel): object {
  const source = clientAddress?.source ?? 'Connection';
  const direct = '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%';
  // By the proxy protocol: the client as the load balancer says, and the load balancer itself.
  const value = source === 'ProxyProtocol' ? `%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%, ${direct}` : direct;
  const append_action = source === 'XForwardedFor' ? 'APPEND_IF_EXISTS_OR_ADD' : 'OVERWRITE_IF_EXISTS_OR_ADD';
  return { header: { key: 'X-Forwarded-For', value }, append_action };
}

type Decision = Match & { readonly environment: string | undefined };

/** Decisions for a host name of the environment, in order. */
function underHost(model: GatewayModel, own: string): Decision[] {
  const names = model.environments.map(({ name }) => name);
  if (model.onConflict === 'First') {
    return [...names.map((name) => ({ prefix: name, environment: name })), { environment: own }];
  }
  const others = names.filter((name) => name !== own);
  return [
    ...others.map((name) => ({ prefix: name, environment: undefined })),
    ...(others.length === 0 ? [] : [{ headers: [oneOf(others)], environment: undefined }]),
    { headers: [list], environment: undefined },
    { environment: own },
  ];
}

/** Decisions for a host name that says nothing, in order. */
function underAnyHost(model: GatewayModel): Decision[] {
  const names = model.environments.map(({ name }) => name);
  const { defaultEnvironment, onConflict, onUnknown } = model;
  const byPath = names.flatMap((name): Decision[] => {
    const others = names.filter((other) => other !== name);
    return [
      ...(onConflict === 'First' || others.length === 0
        ? []
        : [{ prefix: name, headers: [oneOf(others)], environment: undefined }]),
      ...(onConflict === 'First' ? [] : [{ prefix: name, headers: [list], environment: undefined }]),
      { prefix: name, environment: name },
    ];
  });
  return [
    // Two Host headers arrive as one with a comma.
    { headers: [{ name: ':authority', string_match: { contains: ',' } }], environment: undefined },
    ...byPath,
    // Of a repeated header each value matches by itself.
    ...names.flatMap((name): Decision[] => {
      const others = names.filter((other) => other !== name);
      return others.length === 0 ? [] : [{ headers: [oneOf([name]), oneOf(others)], environment: undefined }];
    }),
    ...names.map((name) => ({ headers: [oneOf([name])], environment: name })),
    { headers: [absent], environment: defaultEnvironment },
    { headers: [list], environment: undefined },
    { environment: onUnknown === 'Default' ? defaultEnvironment : undefined },
  ];
}

/** Several names in one header. */
const list = header({ contains: ',' });
const absent = { ...header({ exact: '' }), treat_missing_header_as_empty: true };

function oneOf(names: readonly string[]): object {
  // Names of environments hold no character that means something in a regular expression, `-` outside of brackets included.
  return header({ safe_regex: { regex: names.join('|') } });
}

function header(string_match: object): object {
  return { name: environmentHeader.toLowerCase(), string_match };
}

function decided(model: GatewayModel, decisions: readonly Decision[]): object[] {
  const idle = seconds(gatewayTimeouts(model).shutdown + 10);
  return decisions.map(({ prefix, headers, environment }) => ({
    match: {
      ...(prefix === undefined ? { prefix: '/' } : { path_separated_prefix: `/${prefix}` }),
      ...(headers !== undefined && { headers }),
    },
    // No bound on the whole answer: a large zip may take long, as long as it moves.
    route: { cluster: nginxCluster, timeout: '0s', idle_timeout: idle },
    ...(environment === undefined
      ? { request_headers_to_remove: [chosenEnvironmentHeader] }
      : { request_headers_to_add: [chosen(environment)] }),
  }));
}

function chosen(environment: string): object {
  return {
    header: { key: chosenEnvironmentHeader, value: environment },
    append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
  };
}
