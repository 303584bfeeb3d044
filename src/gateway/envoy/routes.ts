import { gatewayTimeouts, routingWays } from '../model.ts';
import type { GatewayModel, RoutingWay } from '../model.ts';
import { chosenEnvironmentHeader, environmentHeader } from '../protocol.ts';
import { nginxCluster } from './bootstrap.ts';
import { seconds, typed } from './types.ts';

/** The name by which listeners ask for the routes. */
export const routesName = 'gateway';

/** What a route looks at, besides the host name. */
interface Match {
  readonly prefix?: string;
  /** One of them is the first element of the path. */
  readonly prefixes?: readonly string[];
  /** All of them have to match. */
  readonly headers?: readonly object[];
}

/**
 * How a request finds its environment: the same decision as in nginx/routing.ts. Each route says the name to nginx, or nothing for a
 * request that has to be refused.
 */
export function routes(model: GatewayModel): object {
  const { environments, order = routingWays } = model;
  const named = environments.flatMap(({ name, hostnames }) =>
    hostnames.length === 0 || !order.includes('Host')
      ? []
      : [{ name: `host-${name}`, domains: [...new Set(hostnames)], routes: decided(model, decisions(model, name)) }],
  );
  return typed('config.route.v3.RouteConfiguration', {
    name: routesName,
    ignore_port_in_host_matching: true,
    request_headers_to_add: [addresses(model)],
    // For the moment in which nginx starts again.
    virtual_hosts: [...named, { name: 'any', domains: ['*'], routes: decided(model, decisions(model)) }].map(
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

/** How a request finds its environment, in order: under a host name of the environment `own`, or under one that says nothing. */
function decisions(model: GatewayModel, own?: string): Decision[] {
  const { defaultEnvironment, order = routingWays } = model;
  const ways = order.filter((way) => way !== 'Host' || own !== undefined);
  // A host name always names its environment, so nothing behind it is reached.
  const decisive = ways.indexOf('Host');
  const reached = decisive < 0 ? ways : ways.slice(0, decisive + 1);
  return [
    // Two Host headers arrive as one with a comma.
    ...(own === undefined
      ? [{ headers: [{ name: ':authority', string_match: { contains: ',' } }], environment: undefined }]
      : []),
    ...reached.flatMap((way, at) => by(way, model, own, ways.slice(at + 1))),
    ...(decisive < 0 ? [{ environment: defaultEnvironment }] : []),
  ];
}

/** Decisions by one way, when those before it have named no environment. Those in `later` may disagree. */
function by(way: RoutingWay, model: GatewayModel, own = '', later: readonly RoutingWay[]): Decision[] {
  const names = model.environments.map(({ name }) => name);
  const chosen = (match: Match, name: string): Decision[] =>
    model.onConflict === 'First' ? [{ ...match, environment: name }] : agreed(match, name, model, own, later);
  if (way === 'PathPrefix') return names.flatMap((name) => chosen({ prefix: name }, name));
  if (way === 'Host') return chosen({}, own);
  const { named, list, present } = headerMatches(model);
  return [
    // Of a repeated header each value matches by itself.
    ...names.flatMap((name): Decision[] => {
      const others = names.filter((other) => other !== name);
      return others.length === 0 ? [] : [{ headers: [named([name]), named(others)], environment: undefined }];
    }),
    ...names.flatMap((name) => chosen({ headers: [named([name])] }, name)),
    { headers: [list], environment: undefined },
    ...(model.onUnknown === 'Reject' ? [{ headers: [present], environment: undefined }] : []),
  ];
}

/** The environment that a way has named, unless a later one names another. */
function agreed(
  match: Match,
  name: string,
  model: GatewayModel,
  own: string,
  later: readonly RoutingWay[],
): Decision[] {
  if (later.includes('Host') && own !== name) return [{ ...match, environment: undefined }];
  const others = model.environments.map((environment) => environment.name).filter((other) => other !== name);
  const { named, list } = headerMatches(model);
  const withHeader = (header: object): Decision => ({
    ...match,
    headers: [...(match.headers ?? []), header],
    environment: undefined,
  });
  return [
    ...(later.includes('PathPrefix') && others.length > 0
      ? [{ ...match, prefixes: others, environment: undefined }]
      : []),
    ...(later.includes('Header') && others.length > 0 ? [withHeader(named(others))] : []),
    ...(later.includes('Header') ? [withHeader(list)] : []),
    { ...match, environment: name },
  ];
}

/** What can be asked of the header that names an environment. */
function headerMatches({ header = environmentHeader }: GatewayModel) {
  const match = (string_match: object): object => ({ name: header.toLowerCase(), string_match });
  return {
    // Names of environments hold no character that means something in a regular expression, `-` outside of brackets included.
    named: (names: readonly string[]) => match({ safe_regex: { regex: names.join('|') } }),
    /** Several names in one header. */
    list: match({ contains: ',' }),
    present: match({ safe_regex: { regex: '.+' } }),
  };
}

function decided(model: GatewayModel, decisions: readonly Decision[]): object[] {
  const idle = seconds(gatewayTimeouts(model).shutdown + 10);
  return decisions.map(({ prefix, prefixes, headers, environment }) => ({
    match: {
      ...(prefix !== undefined
        ? { path_separated_prefix: `/${prefix}` }
        : prefixes !== undefined
          ? { safe_regex: { regex: `/(?:${prefixes.join('|')})(?:/.*)?` } }
          : { prefix: '/' }),
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
