import { gatewayTimeouts } from '../model.ts';
import type { GatewayModel } from '../model.ts';
import { environmentAnswerHeader, mirroredHeader } from '../protocol.ts';
import { cache, toldBehind } from './cached.ts';
import { accessLogFile, mirrorSocket } from './paths.ts';
import { block, gap, line, mapKey, regex, text, variable, when, why } from './syntax.ts';
import type { Nodes, Word } from './syntax.ts';

interface Mirror {
  readonly name: string;
  readonly to: string;
  readonly percent: number;
}

/** Copies that are under way in one pod; what is beyond is dropped, so that a target that hangs takes nothing from clients. */
const copiesAtOnce = 64;

const mirrorsOf = ({ environments }: GatewayModel): Mirror[] =>
  environments.flatMap(({ name, mirror }) =>
    mirror === undefined || mirror.percent === 0 ? [] : [{ name, ...mirror }],
  );

const hasMirror = (model: GatewayModel): boolean => mirrorsOf(model).length > 0;

/** The environment that a request is repeated to, or nothing. Drawn for each request. */
export function mirrorMaps(model: GatewayModel): Nodes {
  const mirrors = mirrorsOf(model);
  if (mirrors.length === 0) return [];
  return [
    why('Where a request is repeated to.'),
    mirrors
      .filter(({ percent }) => percent < 100)
      .map(({ name, to, percent }) =>
        block`split_clients ${text`$connection-$connection_requests`} $gateway_sampled_${variable(name)}`(
          line`${percent}% ${to}`,
          line`* ${''}`,
        ),
      ),
    block`map $gateway_environment $gateway_mirror`(
      line`default ${''}`,
      mirrors.map((mirror) => line`${mapKey(mirror.name)} ${target(mirror)}`),
    ),
    block`map $upstream_cache_status $gateway_found`(line`default 0`, line`HIT 1`),
    line`limit_conn_zone mirror zone=copies:1m`,
    gap,
  ];
}

const target = ({ name, to, percent }: Mirror): Word =>
  percent === 100 ? text`${to}` : text`$gateway_sampled_${variable(name)}`;

/** No connection is kept: the other end is busy with a copy until that has its answer. */
export function mirrorGroup(model: GatewayModel): Nodes {
  return hasMirror(model) ? block`upstream mirror`(line`server unix:${mirrorSocket}`) : [];
}

/** A line of the access log for each copy, of another form: it is no request of a client. `id` is that of the one it repeats. */
export function mirrorLog(model: GatewayModel): Nodes {
  if (!hasMirror(model)) return [];
  const format = (from: Word, to: Word, id: Word): Word =>
    text`{"time":"$time_iso8601","mirrored":"${from}","environment":"${to}","method":"$request_method","path":"$uri","status":$status,"cache":"$upstream_cache_status","upstreamSeconds":"$upstream_response_time","id":"${id}"}`;
  const asked = format(
    text`$http_x_goproxycache_mirrored`,
    text`$http_x_goproxycache_environment`,
    text`$http_x_request_id`,
  );
  return [
    line`log_format found escape=json ${format(text`$gateway_environment`, text`$gateway_mirror`, text`$gateway_mirrored_id`)}`,
    line`log_format copies escape=json ${asked}`,
  ];
}

/** Leads the requests that are to be repeated to a location of their own: a subrequest for each would cost the others time. */
export function sampled(model: GatewayModel): Nodes {
  if (!hasMirror(model)) return [];
  return [
    why('Else the error pages would be used up by the way to the other location.'),
    line`recursive_error_pages on`,
    when('$gateway_mirror', '!=', text``, line`return ${leads}`),
  ];
}

export function sampledErrorPage(model: GatewayModel): Nodes {
  return hasMirror(model) ? line`error_page ${leads} = @mirrored` : [];
}

/** A status that nothing here answers with. */
const leads = 418;

/** The location of a request that is repeated, where it is answered as any other, and the way of its copy. */
export function mirroredLocations(model: GatewayModel, answer: Nodes): Nodes {
  if (!hasMirror(model)) return [];
  return [
    block`location @mirrored`(
      line`set $gateway_mirrored_path $uri`,
      why('Named before the cache is asked, so that both lines of the access log have the same name.'),
      line`set $gateway_mirrored_id $gateway_request_id`,
      line`mirror /-/mirror`,
      line`mirror_request_body off`,
      answer,
    ),
    why('What the other environment has in its cache is found here. The rest is for MIRROR, which answers at once:'),
    why("the client's next request waits for this one."),
    block`location = /-/mirror`(
      line`internal`,
      line`rewrite ${regex`^`} $gateway_mirrored_path break`,
      line`log_subrequest on`,
      line`access_log ${accessLogFile} found buffer=4k flush=1s if=$gateway_found`,
      line`proxy_cache modules`,
      line`proxy_cache_key ${text`$gateway_mirror|$uri`}`,
      line`proxy_cache_lock off`,
      line`proxy_no_cache 1`,
      line`proxy_cache_revalidate off`,
      line`proxy_set_header Connection close`,
      line`proxy_set_header ${environmentAnswerHeader} $gateway_mirror`,
      line`proxy_set_header ${mirroredHeader} $gateway_environment`,
      line`proxy_set_header X-Request-Id $gateway_mirrored_id`,
      line`proxy_pass http://mirror`,
    ),
  ];
}

/** Answers at once, and then asks for the same in the other environment, by its cache. A copy is not repeated again. */
export function mirrorServer(model: GatewayModel): Nodes {
  if (!hasMirror(model)) return [];
  return [
    why('MIRROR'),
    block`server`(
      line`listen unix:${mirrorSocket}`,
      line`access_log off`,
      gap,
      line`limit_conn copies ${copiesAtOnce}`,
      line`limit_conn_log_level info`,
      block`location /`(
        line`set $gateway_copied_path $uri`,
        line`mirror /-/copy`,
        line`mirror_request_body off`,
        why('The smallest answer that does not keep the copy from being made.'),
        line`empty_gif`,
      ),
      block`location = /-/copy`(
        line`internal`,
        line`log_subrequest on`,
        line`access_log ${accessLogFile} copies buffer=4k flush=1s`,
        line`rewrite ${regex`^`} $gateway_copied_path break`,
        line`proxy_ignore_client_abort on`,
        cache(gatewayTimeouts(model)),
        toldBehind(text`$http_x_goproxycache_environment`),
        line`proxy_cache modules`,
        line`proxy_cache_key ${text`$http_x_goproxycache_environment|$uri`}`,
        line`proxy_pass http://${model.peers === undefined ? 'engines' : 'peers'}`,
      ),
    ),
    gap,
  ];
}
