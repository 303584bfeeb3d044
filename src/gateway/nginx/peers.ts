import { gatewayTimeouts } from '../model.ts';
import type { GatewayModel } from '../model.ts';
import { absentSeconds, cacheControl, mutableFreshness, protocolPatterns } from '../protocol.ts';
import { behindEdge, behindEdgeGroup } from './behind.ts';
import { cache, toldBehind } from './cached.ts';
import { hasCanary } from './canary.ts';
import { peersSocket, runFolder } from './paths.ts';
import { block, gap, line, pattern, text, when, why } from './syntax.ts';
import type { Nodes } from './syntax.ts';

/** Written by entrypoint.sh. Patterns, so that they may be missing: a pod may run an older script. */
const ownersFiles = `${runFolder}/owners*.conf`;
const admittedFiles = `${runFolder}/admitted*.conf`;

const asked = text`$http_x_goproxycache_environment|$http_x_goproxycache_variant`;

/** With a canary PEERS is always there: a worker of before a reload may still ask it, and ENGINES cannot answer for a canary. */
const hasServer = (model: GatewayModel): boolean => model.peers !== undefined || hasCanary(model);

/** What a request from another pod is for, in this pod's own words, and how long its answer may be kept in two places. */
export function peersMaps(model: GatewayModel): Nodes {
  if (!hasServer(model)) return [];
  return [
    why('Another pod may know an environment or a canary that this one does not.'),
    block`map ${asked} $gateway_owned`(
      line`default ${''}`,
      model.environments.flatMap(({ name, canary }) => [
        line`${text`${name}|`} engines`,
        line`${text`${name}|stable`} engines`,
        canary === undefined ? [] : line`${text`${name}|canary`} canaries`,
      ]),
    ),
    model.peers === undefined ? [] : handedOn(model),
    gap,
  ];
}

function handedOn({ cache: { mutableTTLSeconds, ...stale } }: GatewayModel): Nodes {
  const freshness = (ttl: number): string =>
    cacheControl(mutableFreshness(ttl, stale.staleWhileRevalidateSeconds, stale.staleIfErrorSeconds));
  return [
    why(
      'The owner of a list keeps it for as long as it is fresh. Who asked keeps it for a moment, or it would be twice as old.',
    ),
    block`map $upstream_http_cache_control $gateway_handed_on`(
      line`default $upstream_http_cache_control`,
      line`${freshness(mutableTTLSeconds)} ${freshness(Math.min(mutableTTLSeconds, absentSeconds))}`,
    ),
  ];
}

/** The pods in a ring (consistent hash): each path belongs to one of them. A pod that is away is passed over. */
export function peersGroups(model: GatewayModel): Nodes {
  if (model.peers === undefined) return [];
  return [
    behindEdgeGroup('peers', peersSocket),
    block`upstream owners`(
      line`zone owners 256k`,
      line`hash ${text`${asked}|$uri`} consistent`,
      why('There has to be one before the pods are known.'),
      line`server 127.0.0.1:1 down`,
      line`include ${ownersFiles}`,
      line`keepalive 64`,
    ),
  ];
}

/** Asks the pod that a path belongs to, and does without it when that does not answer. */
export function peersServer(model: GatewayModel): Nodes {
  if (!hasServer(model)) return [];
  const { peers, engine } = gatewayTimeouts(model);
  const alone = [
    when('$gateway_owned', '=', text``, line`return 503 ${text`This environment has just been removed.\n`}`),
    line`proxy_read_timeout ${engine}s`,
    line`proxy_pass http://$gateway_owned`,
  ];
  const shared = [
    line`proxy_connect_timeout 2s`,
    line`proxy_next_upstream_timeout 10s`,
    line`proxy_read_timeout ${peers}s`,
    gap,
    block`location /`(line`proxy_pass http://owners`),
    line`error_page 502 504 = @alone`,
    block`location @alone`(alone),
  ];
  return [
    why('PEERS'),
    block`server`(
      behindEdge(peersSocket),
      gap,
      line`proxy_set_header Connection ${''}`,
      line`proxy_max_temp_file_size 0`,
      model.peers === undefined ? block`location /`(why('Sharing may have ended a moment ago.'), alone) : shared,
    ),
    gap,
  ];
}

/** Answers other pods for the paths that belong to this one, from the same cache, but from entries of its own. */
export function ownerServer(model: GatewayModel, hygiene: Nodes): Nodes {
  if (model.peers === undefined) return [];
  const { owner } = gatewayTimeouts(model);
  return [
    why('OWNER'),
    block`server`(
      line`listen ${model.peers.port}`,
      line`access_log off`,
      line`keepalive_requests 1000000`,
      gap,
      why('Only pods of this cache. No answer at all, as when this pod is ending: who asked does it alone.'),
      line`include ${admittedFiles}`,
      line`deny all`,
      line`error_page 403 502 504 @nothing`,
      block`location @nothing`(line`return 444`),
      when('$gateway_owned', '=', text``, line`return 444`),
      hygiene,
      gap,
      cache({ edge: owner, lock: owner }),
      gap,
      toldBehind(text`$http_x_goproxycache_environment`, text`$http_x_goproxycache_variant`),
      line`proxy_hide_header Cache-Control`,
      line`add_header Cache-Control $gateway_handed_on`,
      gap,
      block`location ~ ${pattern(protocolPatterns.module)}`(
        line`proxy_cache modules`,
        line`proxy_cache_key ${text`owned|${asked}|$uri`}`,
        line`proxy_pass http://$gateway_owned`,
      ),
      block`location /`(line`return 404`),
    ),
    gap,
  ];
}
