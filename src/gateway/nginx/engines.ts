import { gatewayTimeouts } from '../model.ts';
import type { GatewayEngine, GatewayModel } from '../model.ts';
import {
  cacheControl,
  environmentAnswerHeader,
  immutableFreshness,
  mutableFreshness,
  protocolPatterns,
  servedAdminPage,
} from '../protocol.ts';
import { behindEdge, behindEdgeGroup, freshnessMap, ownDecisions, passThrough } from './behind.ts';
import { canariesSocket, enginesSocket, peersSocket } from './paths.ts';
import { block, gap, line, mapKey, pattern, regex, text, when, why } from './syntax.ts';
import type { Node, Nodes } from './syntax.ts';

/** The engine of an environment, and how long its answers live. */
export function engineMaps(model: GatewayModel): Nodes {
  const { mutableTTLSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds } = model.cache;
  return [
    block`map $http_x_goproxycache_environment $gateway_engine`(
      model.environments.map(({ name }) => line`${mapKey(name)} ${engineGroup(name)}`),
    ),
    why('No such file is empty: one that is was looked at while it was written.'),
    block`map ${text`$status|$upstream_http_content_length`} $gateway_immutable`(
      line`~${regex`^(?:200|304)\|(?!0$)`} ${cacheControl(immutableFreshness)}`,
    ),
    freshnessMap(
      'gateway_mutable',
      mutableFreshness(mutableTTLSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds),
    ),
  ];
}

/** Connections that stay open. A name is looked up when nginx loads: entrypoint.sh reloads it when an address changes. */
export function engineGroups(model: GatewayModel): Nodes {
  return [
    behindEdgeGroup('engines', enginesSocket),
    model.environments.map(({ name, engine }) => engineUpstream(engineGroup(name), engine)),
  ];
}

/** Asks the engine of the environment that EDGE names, and says how long a good answer lives. */
export function enginesServer(model: GatewayModel): Node {
  return block`server`(
    behindEdge(enginesSocket),
    spareSockets(model),
    gap,
    why('Before a reload, EDGE may still name an environment that is gone.'),
    when('$gateway_engine', '=', text``, line`return 503 ${text`This environment has just been removed.\n`}`),
    gap,
    line`proxy_set_header Connection ${''}`,
    line`proxy_set_header ${environmentAnswerHeader} ${''}`,
    line`proxy_read_timeout ${gatewayTimeouts(model).engine}s`,
    passThrough(),
    ownDecisions(),
    gap,
    model.auth === undefined
      ? []
      : block`location ~ ${pattern(servedAdminPage)}`(
          line`add_header Cache-Control no-store`,
          line`proxy_pass http://$gateway_engine`,
        ),
    moduleLocations('gateway_engine'),
    gap,
    why('500 is what a subrequest that failed comes to.'),
    line`error_page 500 =502 @engine`,
    line`error_page 502 504 @engine`,
    block`location @engine`(
      line`return 502 ${text`The engine of the environment $http_x_goproxycache_environment does not answer.\n`}`,
    ),
  );
}

/** After a reload, a worker of before may still ask a server that is gone. With a canary, ENGINES is not the one to answer for it. */
function spareSockets({ environments, peers }: GatewayModel): Nodes {
  if (environments.some(({ canary }) => canary !== undefined)) return [];
  return [
    why('Of servers that are not there now, and may have been a moment ago.'),
    line`listen unix:${canariesSocket}`,
    peers === undefined ? line`listen unix:${peersSocket}` : [],
  ];
}

/**
 * Asks the engine that a variable names, and says how long a good answer lives. Athens writes the files of a version in place, the `.info` last,
 * and serves what is there of them (its pkg/storage/fs): an empty `.mod`, or the half of a `.zip` that a killed engine left. So it is first asked for
 * the `.info`, which it answers when all are written.
 */
export function moduleLocations(engine: string): Nodes {
  const immutable = [line`add_header Cache-Control $gateway_immutable`, line`proxy_pass http://$${engine}`];
  return [
    why(
      'The engine has all of a version when it has the .info; before that it would give out files that it is writing.',
    ),
    block`location ~ ${pattern(protocolPatterns.beforeInfo)}`(line`auth_request ${infoPath}`, immutable),
    block`location = ${infoPath}`(
      line`internal`,
      line`rewrite ${regex`^`} ${text`$gateway_version.info`} break`,
      why(
        'Without one, the file itself is asked for, so that the client is told why. An engine that does not answer is not asked twice.',
      ),
      line`proxy_intercept_errors on`,
      line`error_page 400 401 403 404 410 429 500 503 = @asked`,
      line`proxy_pass http://$${engine}`,
    ),
    block`location @asked`(line`return 204`),
    block`location ~ ${pattern(protocolPatterns.immutableModule)}`(immutable),
    block`location /`(line`add_header Cache-Control $gateway_mutable`, line`proxy_pass http://$${engine}`),
  ];
}

/** No path of a module, so no client gets there. */
const infoPath = '/-/info';

/** The connections to one engine. */
export function engineUpstream(group: string, { host, port }: GatewayEngine): Node {
  return block`upstream ${group}`(line`server ${host}:${port} max_fails=0`, line`keepalive 64`);
}

export function engineGroup(environment: string): string {
  return `engine-${environment}`;
}
