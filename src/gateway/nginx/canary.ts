import { gatewayTimeouts } from '../model.ts';
import type { GatewayCanary, GatewayModel } from '../model.ts';
import { absentSeconds, variantAnswerHeader } from '../protocol.ts';
import { behindEdge, behindEdgeGroup, freshnessMap, ownDecisions, passThrough } from './behind.ts';
import { engineGroup, engineUpstream, moduleLocations } from './engines.ts';
import { canariesSocket } from './paths.ts';
import { block, gap, line, mapKey, text, variable, why } from './syntax.ts';
import type { Nodes, Word } from './syntax.ts';

type Canary = GatewayCanary & { readonly name: string };

const canariesOf = ({ environments }: GatewayModel): Canary[] =>
  environments.flatMap(({ name, canary }) => (canary === undefined ? [] : [{ name, ...canary }]));

/** Whether there is one at all. */
export const hasCanary = (model: GatewayModel): boolean => canariesOf(model).length > 0;

/** Which of an environment's two engines a request belongs to. Chosen before the cache: a client's hits and misses are of one. */
export function canaryMaps(model: GatewayModel): Nodes {
  const canaries = canariesOf(model);
  if (canaries.length === 0) return [];
  return [
    why(
      'Which engine of an environment with two: stable or canary. A client, by the subject of its token or its address, stays where it is.',
    ),
    model.auth === undefined
      ? []
      : block`map $gateway_subject $gateway_client`(line`default $gateway_subject`, line`${''} $remote_addr`),
    canaries.map((canary) => drawn(canary, model.auth === undefined ? text`$remote_addr` : text`$gateway_client`)),
    block`map $gateway_environment $gateway_variant`(
      line`default ${''}`,
      canaries.map((canary) => line`${mapKey(canary.name)} ${chosen(canary)}`),
    ),
    block`map $gateway_variant $gateway_pool`(
      line`default $gateway_environment`,
      line`canary ${text`$gateway_environment--canary`}`,
    ),
    block`map $gateway_variant $gateway_behind`(line`default engines`, line`canary canaries`),
    why('Who answered: the first engine does it for a canary that is away.'),
    block`map $upstream_http_x_goproxycache_variant $gateway_answered_by`(
      line`default $gateway_variant`,
      line`stable stable`,
    ),
    block`map $http_x_goproxycache_environment $gateway_canary`(
      line`default engines`,
      canaries.map(({ name }) => line`${mapKey(name)} ${canaryGroup(name)}`),
    ),
    freshnessMap('gateway_fallback', { maxAge: absentSeconds }),
    gap,
  ];
}

/** The draw, and the header that overrules it. */
function drawn({ name, weight, match }: Canary, client: Word): Nodes {
  return [
    isDrawn(weight)
      ? block`split_clients ${text`${name}|${client}`} $gateway_drawn_${variable(name)}`(
          line`${weight}% canary`,
          line`* stable`,
        )
      : [],
    match === undefined
      ? []
      : block`map $http_${variable(match.header)} $gateway_variant_${variable(name)}`(
          line`default ${byWeight(name, weight)}`,
          line`${mapKey(match.value)} canary`,
        ),
  ];
}

/** `split_clients` needs a rest for its last arm. */
const isDrawn = (weight: number): boolean => weight > 0 && weight < 100;

const byWeight = (name: string, weight: number): Word =>
  isDrawn(weight) ? text`$gateway_drawn_${variable(name)}` : weight === 0 ? text`stable` : text`canary`;

const chosen = ({ name, weight, match }: Canary): Word =>
  match === undefined ? byWeight(name, weight) : text`$gateway_variant_${variable(name)}`;

/** The name by which answers of an environment are kept: those of a canary are never mixed with the others. */
export const pool = (model: GatewayModel): Word =>
  hasCanary(model) ? text`$gateway_pool` : text`$gateway_environment`;

/** The group of servers behind EDGE that a miss goes to. */
export function behind(model: GatewayModel): Word {
  if (model.peers !== undefined) return text`peers`;
  return hasCanary(model) ? text`$gateway_behind` : text`engines`;
}

/** What is said of the variant to a server that is to choose. */
export const toldVariant = (model: GatewayModel): Word | undefined =>
  model.peers !== undefined && hasCanary(model) ? text`$gateway_variant` : undefined;

/** What a client learns: which engine answered. */
export function variantHeader(model: GatewayModel): Nodes {
  return hasCanary(model) ? line`add_header ${variantAnswerHeader} $gateway_answered_by always` : [];
}

/** The same for the access log: a field, with a comma behind it. */
export const variantField = (model: GatewayModel): Word =>
  hasCanary(model) ? text`"variant":"$gateway_answered_by",` : text``;

/** The same for the metrics: a label, with a comma before it. */
export const variantLabel = (model: GatewayModel): Word =>
  hasCanary(model) ? text`,variant="$gateway_answered_by"` : text``;

/** Connections to the canaries, and to the server in front of them. */
export function canaryGroups(model: GatewayModel): Nodes {
  if (!hasCanary(model)) return [];
  return [
    behindEdgeGroup('canaries', canariesSocket),
    canariesOf(model).map(({ name, engine }) => engineUpstream(canaryGroup(name), engine)),
  ];
}

/** Asks the canary of the environment that EDGE names, and its first engine when the canary does not answer. */
export function canariesServer(model: GatewayModel): Nodes {
  if (!hasCanary(model)) return [];
  const { engine, edge } = gatewayTimeouts(model);
  return [
    why('CANARIES'),
    block`server`(
      behindEdge(canariesSocket),
      gap,
      line`proxy_set_header Connection ${''}`,
      line`proxy_read_timeout ${engine}s`,
      passThrough(),
      ownDecisions(),
      gap,
      moduleLocations('gateway_canary'),
      gap,
      line`error_page 500 502 504 = @stable`,
      why('Kept just long enough for the crowd behind the lock: the next client asks the canary again.'),
      block`location @stable`(
        line`add_header Cache-Control $gateway_fallback`,
        line`add_header ${variantAnswerHeader} stable always`,
        line`proxy_read_timeout ${edge}s`,
        line`proxy_pass http://engines`,
      ),
    ),
    gap,
  ];
}

/** Names of environments hold no `--`. */
const canaryGroup = (environment: string): string => `${engineGroup(environment)}--canary`;
