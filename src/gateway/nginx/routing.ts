import { routingWays } from '../model.ts';
import type { GatewayModel, RoutingWay } from '../model.ts';
import { environmentHeader } from '../protocol.ts';
import { block, gap, line, mapKey, pattern, regex, text, variable, why } from './syntax.ts';
import type { Node, Nodes, Word } from './syntax.ts';

/**
 * How a request finds its environment: a map for each way that is looked at, each the default of the one before. They give the
 * environment's name, or nothing for a request that has to be refused.
 */
export function environmentMaps(model: GatewayModel): Nodes {
  const { environments, defaultEnvironment, onConflict, order = routingWays, header = environmentHeader } = model;
  if (model.type === 'Envoy') return chosenByEnvoy(environments.map(({ name }) => name));
  const chosen = onConflict === 'First' ? 'gateway_environment' : 'gateway_environment_by_order';
  const variables = order.map((way, at) => (at === 0 ? chosen : `gateway_environment_by_${words[way]}`));
  const maps = order.map((way, at) => {
    const next = variables[at + 1];
    return by[way](model, variables[at] ?? '', next === undefined ? text`${defaultEnvironment}` : text`$${next}`);
  });
  const names = { PathPrefix: 'a path prefix', Host: 'the host name', Header: header };
  return [
    why(
      `Which environment: ${order.map((way) => names[way]).join(', else ')}, else the default. Empty: refused.`,
      'A repeated header arrives as a list ("a, b"), which is no name, and may not choose the default either.',
    ),
    // What a map falls back to stands before it.
    maps.reverse().map((map, at) => (at === 0 ? map : [gap, map])),
    onConflict === 'Reject' ? [gap, agreement(model, order)] : [],
  ];
}

/** A way in the name of a variable. */
const words: Record<RoutingWay, string> = { PathPrefix: 'path', Host: 'host', Header: 'header' };

/** The map of a way: a variable with the environment that it names, or what comes `next`. */
const by: Record<RoutingWay, (model: GatewayModel, into: string, next: Word) => Nodes> = {
  PathPrefix: ({ environments }, into, next) => [
    why('A name has no dot and the first element of a module path has one, so a prefix hides no module.'),
    block`map $uri $${into}`(
      line`default ${next}`,
      environments.map(({ name }) => line`${regex`~^/${name}(?:/|$)`} ${name}`),
    ),
  ],
  Host: (model, into, next) =>
    block`map $host $${into}`(
      line`default ${next}`,
      hostnamesOf(model).map(({ name, hostname }) => line`${mapKey(hostname)} ${name}`),
    ),
  Header: ({ environments, onUnknown, header }, into, next) =>
    block`map ${headerVariable(header)} $${into}`(
      line`default ${onUnknown === 'Default' ? next : ''}`,
      line`${''} ${next}`,
      onUnknown === 'Default' ? line`${regex`~,`} ${''}` : [],
      environments.map(({ name }) => line`${mapKey(name)} ${name}`),
    ),
};

function hostnamesOf({ environments }: GatewayModel): { name: string; hostname: string }[] {
  return environments.flatMap(({ name, hostnames }) => [...new Set(hostnames)].map((hostname) => ({ name, hostname })));
}

/** nginx' variable of a request header. */
function headerVariable(header = environmentHeader): Word {
  return text`$http_${variable(header)}`;
}

/** Envoy has decided. An environment that has just been removed may still arrive: it is none. */
function chosenByEnvoy(names: readonly string[]): Nodes {
  return [
    why('Which environment: Envoy has decided, and says nothing for a request that has to be refused.'),
    block`map $http_x_gateway_environment $gateway_environment`(
      line`default ${''}`,
      names.map((name) => line`${mapKey(name)} ${name}`),
    ),
  ];
}

/** What each way names by itself has to be the environment that was chosen, or nothing. The first way has chosen, if it named any. */
function agreement(model: GatewayModel, [, ...later]: readonly RoutingWay[]): Nodes {
  const named = later.map((way) => `$gateway_named_by_${words[way]}`).join('');
  return [
    why(
      'Whoever names two environments is refused, since one of them would be a surprise. A list of names is no agreement.',
    ),
    later.map((way) => namedBy[way](model)),
    block`map ${pattern(`$gateway_environment_by_order=${named}`)} $gateway_environment`(
      line`default ${''}`,
      line`${pattern('~^(?<gateway_one>[^=]+)=(?:=\\k<gateway_one>){0,2}$')} $gateway_one`,
    ),
  ];
}

const namedBy: Record<RoutingWay, (model: GatewayModel) => Node> = {
  PathPrefix: ({ environments }) =>
    block`map $uri $gateway_named_by_path`(
      line`default ${''}`,
      environments.map(({ name }) => line`${regex`~^/${name}(?:/|$)`} =${name}`),
    ),
  Host: (model) =>
    block`map $host $gateway_named_by_host`(
      line`default ${''}`,
      hostnamesOf(model).map(({ name, hostname }) => line`${mapKey(hostname)} =${name}`),
    ),
  Header: ({ environments, header }) =>
    block`map ${headerVariable(header)} $gateway_named_by_header`(
      line`default ${''}`,
      line`${regex`~,`} several`,
      environments.map(({ name }) => line`${mapKey(name)} =${name}`),
    ),
};

/** Takes the prefix of an environment off the path, once, where a prefix means one. */
export function stripPrefix({ environments, order = routingWays }: GatewayModel): Nodes {
  if (!order.includes('PathPrefix')) return [];
  return line`rewrite ${regex`^/(?:${environments.map(({ name }) => name)})(?:/|$)(?<gateway_path>.*)$`} /$gateway_path`;
}
