import { createHash } from 'node:crypto';
import { checkGatewayModel } from './check.ts';
import { envoyDigest } from './envoy.ts';
import { gatewayTimeouts } from './model.ts';
import type { GatewayModel } from './model.ts';
import { canariesServer, canaryGroups, canaryMaps, variantField } from './nginx/canary.ts';
import { clientMaps } from './nginx/clients.ts';
import { countsFormat } from './nginx/counts.ts';
import { databaseGroup, databaseServer } from './nginx/database.ts';
import { edgeServer, hygiene } from './nginx/edge.ts';
import { authServer, identityMaps, privateMaps } from './nginx/identity.ts';
import { engineGroups, engineMaps, enginesServer } from './nginx/engines.ts';
import { certificateServer } from './nginx/listen.ts';
import { mirrorGroup, mirrorLog, mirrorMaps, mirrorServer } from './nginx/mirror.ts';
import { cacheFolder, resolverFile, runFolder, scriptModule } from './nginx/paths.ts';
import { ownerServer, peersGroups, peersMaps, peersServer } from './nginx/peers.ts';
import { environmentMaps } from './nginx/routing.ts';
import { statusServer } from './nginx/status.ts';
import { block, gap, line, print, text, why } from './nginx/syntax.ts';
import type { Node, Nodes, Word } from './nginx/syntax.ts';
import { jwt } from './pod/jwt.ts';
import { printPolicy } from './policy.ts';

/**
 * The model as the main config of nginx, accepted by 1.22 and by 1.30. The same model gives the same text.
 *
 * One process, several servers: EDGE decides and caches; ENGINES, CANARIES and DATABASE, each on a unix socket, ask and say how
 * long an answer lives; MIRROR repeats requests to another environment; PEERS asks the pod that owns a path, and OWNER is that pod;
 * STATUS is for the kubelet and the operator.
 *
 * `generation` spares the work for who has it: {@link nginxGeneration} of the model.
 * @throws GatewayModelError for a model with a value that is not what its field says.
 */
export function printNginx(model: GatewayModel, generation = nginxGeneration(model)): string {
  checkGatewayModel(model);
  return print(config(model, generation));
}

/**
 * 16 hexadecimal digits for what is printed for a model, Envoy's part included; nginx answers them at `/-/generation`. Whether a pod waits for
 * engines is left out: that concerns a pod that starts, and one that runs is not behind without it.
 */
export function nginxGeneration(model: GatewayModel): string {
  checkGatewayModel(model);
  return createHash('sha256')
    .update(print(config(model)))
    .update(model.type === 'Envoy' ? envoyDigest(model) : '')
    .update(model.auth === undefined ? '' : `${jwt}${printPolicy(model)}`)
    .digest('hex')
    .slice(0, 16);
}

/** Without a generation: what it is made of. */
function config(model: GatewayModel, generation?: string): Nodes {
  const { checksumDatabase: database } = model;
  return [
    why('Printed by the GoProxyCache operator. Changes made here are lost: change the GoProxyCache instead.'),
    model.auth === undefined ? [] : line`load_module ${scriptModule}`,
    line`daemon off`,
    line`pid ${runFolder}/nginx.pid`,
    line`error_log /dev/stderr warn`,
    line`worker_processes 2`,
    why('Each request is held against several regular expressions.'),
    line`pcre_jit on`,
    why('Running answers are finished when nginx reloads or stops.'),
    line`worker_shutdown_timeout ${gatewayTimeouts(model).shutdown}s`,
    gap,
    block`events`(line`worker_connections 4096`),
    gap,
    block`http`(
      line`default_type text/plain`,
      line`server_tokens off`,
      line`sendfile on`,
      why(
        'Files of the cache that are asked for stay open. One that was replaced is noticed at once, one that was removed within a second.',
      ),
      line`open_file_cache max=1000 inactive=20s`,
      line`open_file_cache_valid 1s`,
      line`keepalive_timeout 75s`,
      line`keepalive_requests 10000`,
      line`reset_timedout_connection on`,
      line`client_header_timeout 10s`,
      line`client_max_body_size 1k`,
      line`large_client_header_buffers 4 16k`,
      temporaryFolders(),
      line`include ${resolverFile}`,
      line`resolver_timeout 5s`,
      gap,
      line`log_format requests escape=json ${accessLog(model)}`,
      mirrorLog(model),
      countsFormat(model),
      gap,
      why('A host name of 253 characters fits into a bucket.'),
      line`map_hash_bucket_size 512`,
      line`map_hash_max_size 8192`,
      gap,
      requestId(),
      gap,
      environmentMaps(model),
      gap,
      identityMaps(model),
      privateMaps(model),
      clientMaps(model),
      engineMaps(model),
      canaryMaps(model),
      mirrorMaps(model),
      peersMaps(model),
      engineGroups(model),
      canaryGroups(model),
      mirrorGroup(model),
      peersGroups(model),
      database === undefined ? [] : databaseGroup(),
      gap,
      cacheStore(model.cache.maxSizeMiB),
      line`proxy_http_version 1.1`,
      line`proxy_buffer_size 16k`,
      line`proxy_buffers 16 32k`,
      line`proxy_busy_buffers_size 64k`,
      gap,
      why('EDGE'),
      edgeServer(model, generation ?? ''),
      gap,
      why('ENGINES'),
      enginesServer(model),
      gap,
      canariesServer(model),
      mirrorServer(model),
      peersServer(model),
      ownerServer(model, hygiene()),
      database === undefined ? [] : [why('DATABASE'), databaseServer(database), gap],
      authServer(model),
      certificateServer(model),
      why('STATUS'),
      statusServer(model, generation),
    ),
  ];
}

/** All of them, used or not: nginx makes these folders when it starts, and elsewhere it may not write. */
function temporaryFolders(): Nodes {
  const names = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return names.map((name) => line`${name}_temp_path ${cacheFolder}/temp-${name}`);
}

/**
 * Names a request in the access log: with the number that the engine is told, or for a hit, which nobody else hears of, with its
 * place on its connection, since 16 random bytes would be a tenth of what the hit costs.
 */
function requestId(): Node {
  return block`map $upstream_cache_status $gateway_request_id`(
    line`default $request_id`,
    line`HIT ${text`$hostname-$connection-$connection_requests`}`,
  );
}

/** One object of JSON a line. No query and no credential is in it. */
function accessLog(model: GatewayModel): Word {
  const identity = model.auth === undefined ? text`` : text`"role":"$gateway_role","subject":"$gateway_subject",`;
  return text`{"time":"$time_iso8601","client":"$remote_addr","method":"$request_method","host":"$host","path":"$uri","status":$status,"bytes":$bytes_sent,"seconds":$request_time,"environment":"$gateway_environment",${variantField(model)}${identity}"cache":"$upstream_cache_status","upstreamSeconds":"$upstream_response_time","agent":"$http_user_agent","id":"$gateway_request_id"}`;
}

/** An entry that is asked for within 30 days stays; the oldest go first when the disk has to be freed. */
function cacheStore(maxSizeMiB: number): Node {
  // A MiB of the zone holds 8000 keys. Builds average 270 KB a request; there is room for objects of 64 KiB.
  const keysMiB = Math.min(512, Math.max(8, Math.ceil((maxSizeMiB * 16) / 8000)));
  const freeMiB = Math.min(512, Math.max(16, Math.floor(maxSizeMiB / 8)));
  return line`proxy_cache_path ${cacheFolder}/modules levels=1:2 keys_zone=modules:${keysMiB}m inactive=30d max_size=${maxSizeMiB}m min_free=${freeMiB}m use_temp_path=off`;
}
