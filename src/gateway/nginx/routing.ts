import { environmentHeader } from '../protocol.ts';
import type { GatewayModel } from '../model.ts';
import { block, gap, line, mapKey, pattern, regex, why } from './syntax.ts';
import type { Node, Nodes } from './syntax.ts';

/**
 * How a request finds its environment: three maps, each the default of the one before. They give the environment's
 * name, or nothing for a request that has to be refused.
 */
export function environmentMaps(model: GatewayModel): Nodes {
  const { environments, defaultEnvironment, onUnknown, onConflict } = model;
  const names = environments.map(({ name }) => name);
  if (model.type === 'Envoy') return chosenByEnvoy(names);
  const hostnames = environments.flatMap(({ name, hostnames }) =>
    [...new Set(hostnames)].map((hostname) => ({ name, hostname })),
  );
  const first = onConflict === 'First' ? 'gateway_environment' : 'gateway_environment_by_order';
  return [
    why(
      `Which environment: a path prefix, else the host name, else ${environmentHeader}, else the default. Empty: refused.`,
      'A repeated header arrives as a list ("a, b"), which is no name, and may not choose the default either.',
    ),
    block`map $http_x_env $gateway_environment_by_header`(
      line`default ${onUnknown === 'Default' ? defaultEnvironment : ''}`,
      line`${''} ${defaultEnvironment}`,
      onUnknown === 'Default' ? line`${regex`~,`} ${''}` : [],
      names.map((name) => line`${mapKey(name)} ${name}`),
    ),
    gap,
    block`map $host $gateway_environment_by_host`(
      line`default $gateway_environment_by_header`,
      hostnames.map(({ name, hostname }) => line`${mapKey(hostname)} ${name}`),
    ),
    gap,
    why('A name has no dot and the first element of a module path has one, so a prefix hides no module.'),
    block`map $uri $${first}`(
      line`default $gateway_environment_by_host`,
      names.map((name) => line`${regex`~^/${name}(?:/|$)`} ${name}`),
    ),
    onConflict === 'Reject' ? [gap, agreement(names, hostnames)] : [],
  ];
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

/** What each of the three names by itself has to be the environment that was chosen, or nothing. */
function agreement(names: readonly string[], hostnames: readonly { name: string; hostname: string }[]): Nodes {
  return [
    why(
      'Whoever names two environments is refused, since one of them would be a surprise. A list of names is no agreement.',
    ),
    block`map $http_x_env $gateway_named_by_header`(
      line`default ${''}`,
      line`${regex`~,`} several`,
      names.map((name) => line`${mapKey(name)} =${name}`),
    ),
    block`map $host $gateway_named_by_host`(
      line`default ${''}`,
      hostnames.map(({ name, hostname }) => line`${mapKey(hostname)} =${name}`),
    ),
    block`map $gateway_environment_by_order=$gateway_named_by_host$gateway_named_by_header $gateway_environment`(
      line`default ${''}`,
      line`${pattern('~^(?<gateway_one>[^=]+)=(?:=\\k<gateway_one>){0,2}$')} $gateway_one`,
    ),
  ];
}

/** Takes the prefix of an environment off the path, once. */
export function stripPrefix(model: GatewayModel): Node {
  const names = model.environments.map(({ name }) => name);
  return line`rewrite ${regex`^/(?:${names})(?:/|$)(?<gateway_path>.*)$`} /$gateway_path`;
}
