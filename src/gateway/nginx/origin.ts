import { checksumDatabaseTimeouts, gatewayTimeouts } from '../model.ts';
import type { GatewayChecksumDatabase, GatewayModel } from '../model.ts';
import {
  cacheControl,
  checksumDatabasePatterns,
  immutableFreshness,
  lookupFreshness,
  mutableFreshness,
  protocolPatterns,
} from '../protocol.ts';
import type { Freshness } from '../protocol.ts';
import { certificateAuthorities, originSocket } from './paths.ts';
import { block, gap, line, mapKey, pattern, regex, text, why } from './syntax.ts';
import type { Node, Nodes } from './syntax.ts';

/** Maps of the ORIGIN server: the engine of an environment, and Cache-Control by status. */
export function originMaps(model: GatewayModel): Nodes {
  return [
    block`map $http_x_goproxycache_environment $gateway_engine`(
      model.environments.map(({ name }) => line`${mapKey(name)} ${engineGroup(name)}`),
    ),
    gap,
    why('Only a 200 (or the 304 that renews one) may be kept: add_header alone would bless redirects too.'),
    freshnessMap('immutable', immutableFreshness),
    freshnessMap('mutable', mutableFreshness(model.cache.mutableTTLSeconds)),
    model.checksumDatabase === undefined ? [] : freshnessMap('lookup', lookupFreshness),
  ];
}

/** Connections kept open to the ORIGIN server and to each engine. */
export function upstreamGroups(model: GatewayModel): Nodes {
  return [
    block`upstream origin`(line`server unix:${originSocket}`, line`keepalive 64`),
    ...model.environments.map(({ name, engine }) =>
      block`upstream ${engineGroup(name)}`(line`server ${engine.host}:${engine.port} max_fails=0`, line`keepalive 64`),
    ),
  ];
}

/**
 * The server behind the cache: one hop on a miss, none on a hit. It asks the engine of the environment that EDGE names,
 * throws away what the engine says about caching, and says it itself.
 */
export function originServer(model: GatewayModel): Node {
  return block`server`(
    line`listen unix:${originSocket}`,
    line`access_log off`,
    line`keepalive_requests 1000000`,
    gap,
    why('EDGE of the config before a reload may still name an environment that this one lacks.'),
    block`if ($gateway_engine = ${''})`(line`return 503 ${text`This environment has just been removed.\n`}`),
    gap,
    line`proxy_set_header Connection ${''}`,
    line`proxy_set_header X-GoProxyCache-Environment ${''}`,
    line`proxy_connect_timeout 5s`,
    line`proxy_read_timeout ${gatewayTimeouts(model).engine}s`,
    why('EDGE writes the answer to disk, once is enough.'),
    line`proxy_max_temp_file_size 0`,
    ['Cache-Control', 'Expires', 'Pragma', 'Set-Cookie', 'Vary'].map((header) => line`proxy_hide_header ${header}`),
    line`proxy_ignore_headers X-Accel-Redirect X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset`,
    gap,
    model.checksumDatabase === undefined ? [] : checksumDatabaseLocations(model.checksumDatabase),
    block`location ~ ${pattern(protocolPatterns.immutableModule)}`(
      line`add_header Cache-Control $gateway_immutable`,
      line`proxy_pass http://$gateway_engine`,
    ),
    block`location /`(
      line`add_header Cache-Control $gateway_mutable`,
      line`proxy_pass http://$gateway_engine`,
    ),
    gap,
    line`error_page 502 504 @engine`,
    block`location @engine`(
      line`return 502 ${text`The engine of the environment $http_x_goproxycache_environment does not answer.\n`}`,
    ),
  );
}

function engineGroup(environment: string): string {
  return `engine-${environment}`;
}

function freshnessMap(name: 'immutable' | 'mutable' | 'lookup', freshness: Freshness): Node {
  const value = cacheControl(freshness);
  return block`map $status $gateway_${name}`(line`200 ${value}`, line`304 ${value}`);
}

/**
 * The database by a variable, so that its name is resolved when it is asked for: a dead DNS server outside the cluster
 * must not keep nginx from starting.
 */
function checksumDatabaseLocations({ name, url }: GatewayChecksumDatabase): Nodes {
  const { protocol, host, hostname, pathname } = new URL(url);
  const base = pathname.replace(/\/$/, '');
  const location = (paths: string, freshness: 'immutable' | 'mutable' | 'lookup'): Node =>
    block`location ~ ${regex`^/sumdb/${name}/${pattern(paths)}$`}`(
      line`add_header Cache-Control $gateway_${freshness}`,
      line`set $gateway_database ${`${protocol}//${host}`}`,
      line`rewrite ${regex`^/sumdb/${name}(?<gateway_database_path>/.+)$`} ${text`${base}$gateway_database_path`} break`,
      line`proxy_pass $gateway_database`,
      line`proxy_set_header Connection ${''}`,
      line`proxy_set_header X-GoProxyCache-Environment ${''}`,
      line`proxy_set_header Host ${host}`,
      protocol === 'https:' ? tls(hostname) : [],
      line`proxy_read_timeout ${checksumDatabaseTimeouts.engine}s`,
      line`error_page 502 504 @database`,
    );
  return [
    location(checksumDatabasePatterns.tile, 'immutable'),
    location(checksumDatabasePatterns.lookup, 'lookup'),
    location('latest', 'mutable'),
    block`location @database`(line`return 502 ${text`The checksum database ${name} does not answer.\n`}`),
    gap,
  ];
}

function tls(serverName: string): Nodes {
  return [
    line`proxy_ssl_server_name on`,
    line`proxy_ssl_name ${serverName}`,
    line`proxy_ssl_verify on`,
    line`proxy_ssl_verify_depth 5`,
    line`proxy_ssl_trusted_certificate ${certificateAuthorities}`,
    line`proxy_ssl_protocols TLSv1.2 TLSv1.3`,
  ];
}
