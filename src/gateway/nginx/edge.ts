import { checksumDatabaseTimeouts, gatewayTimeouts } from '../model.ts';
import type { GatewayModel } from '../model.ts';
import { checksumDatabasePatterns, environmentAnswerHeader, environmentHeader, protocolPatterns } from '../protocol.ts';
import { behind, pool, variantHeader } from './canary.ts';
import { admission, clientAddress, limits } from './clients.ts';
import { cache, upstreamRequest, waits } from './cached.ts';
import { countedRequests } from './counts.ts';
import { listens } from './listen.ts';
import { mirroredLocations, sampled, sampledErrorPage } from './mirror.ts';
import { accessLogFile } from './paths.ts';
import { stripPrefix } from './routing.ts';
import { block, gap, line, pattern, regex, text, when, why } from './syntax.ts';
import type { Node, Nodes, Word } from './syntax.ts';

/**
 * The public server: refuses what is not a request for a module, finds the environment, answers from the cache, and
 * asks the servers behind it for the rest.
 */
export function edgeServer(model: GatewayModel): Node {
  return block`server`(
    listens(model),
    line`access_log ${accessLogFile} requests buffer=4k flush=1s`,
    countedRequests(),
    gap,
    line`add_header ${environmentAnswerHeader} $gateway_environment always`,
    line`add_header X-Cache $upstream_cache_status always`,
    variantHeader(model),
    gap,
    clientAddress(model),
    admission(model),
    hygiene(),
    gap,
    why('In this order: the maps look at the path as it was sent, and keep their answer after the rewrite.'),
    when(
      '$gateway_environment',
      '=',
      text``,
      line`return 400 ${text`${environmentHeader} names no environment of this gateway, or the request names more than one.\n`}`,
    ),
    stripPrefix(model),
    why(
      'No query reaches an engine. Setting it also sends the decoded path on, so that %21 and ! are one path there too.',
    ),
    line`set $args ${''}`,
    gap,
    limits(model),
    cache(gatewayTimeouts(model)),
    gap,
    upstreamRequest(text`$gateway_environment`),
    gap,
    block`location = /`(line`return 200 ${help(model)}`),
    block`location ~ ${pattern(protocolPatterns.adminPage)}`(
      line`return 403 ${text`The pages of an engine are not served here.\n`}`,
    ),
    block`location ~ ${pattern(protocolPatterns.module)}`(sampled(model), modules(model)),
    mirroredLocations(model, modules(model)),
    checksumDatabase(model),
    block`location /`(
      line`return 404 ${text`This path is not part of the Go module proxy protocol: see https://go.dev/ref/mod#goproxy-protocol\n`}`,
    ),
    gap,
    sampledErrorPage(model),
    errorPages(),
  );
}

/** How a request for a module is answered. */
function modules(model: GatewayModel): Nodes {
  return [
    line`proxy_cache modules`,
    line`proxy_cache_key ${text`${pool(model)}|$uri`}`,
    line`proxy_pass http://${behind(model)}`,
  ];
}

function hygiene(): Nodes {
  return [
    why('One path has one spelling, before anything is decided by it.'),
    when('$request_method', '!~', regex`^(?:GET|HEAD)$`, line`return 405`),
    when(
      '$request_uri',
      '~*',
      pattern(protocolPatterns.ambiguousRawPath),
      line`return 400 ${text`This path holds an encoded slash, dot, backslash or control character, or an empty or dot element.\n`}`,
    ),
  ];
}

function checksumDatabase({ checksumDatabase: database }: GatewayModel): Nodes {
  const others = block`location ~ ${regex`^/sumdb(?:/|$)`}`(
    line`return 404 ${text`This checksum database is not served here.\n`}`,
  );
  if (database === undefined) return [others];
  return [
    why('The go command takes any answer but 200, 404 and 410 as a broken database, so nobody is asked for this one.'),
    block`location = /sumdb/${database.name}/supported`(line`return 200 ${''}`),
    why('One entry for all environments.'),
    block`location ~ ${regex`^/sumdb/${database.name}/${pattern(checksumDatabasePatterns.all)}$`}`(
      line`proxy_cache modules`,
      line`proxy_cache_key ${text`sumdb|$uri`}`,
      waits(checksumDatabaseTimeouts),
      line`proxy_pass http://database`,
    ),
    others,
  ];
}

/** What a person sees who opens the gateway's address: how to use it. */
function help({ type, environments, defaultEnvironment }: GatewayModel): Word {
  const origin = type === 'Envoy' ? text`$http_x_forwarded_proto://$http_host` : text`$scheme://$http_host`;
  const lines = [
    text`This is a Go module proxy cache. To use it:\n\n`,
    text`    export GOPROXY=${origin}\n\n`,
    text`That is the environment ${defaultEnvironment}, unless this host name or ${environmentHeader} chooses another. By path:\n\n`,
    ...environments.map(({ name }) => text`    export GOPROXY=${origin}/${name}\n`),
  ];
  return { composed: lines.map(({ composed }) => composed).join('') };
}

/** The answers nginx itself would give as HTML: the go command shows only plain text to its user. */
function errorPages(): Nodes {
  return [
    why('A path, because a named location needs a request whose path could be read. No environment is called so.'),
    line`error_page 400 413 414 494 =400 /malformed.request`,
    line`error_page 497 =400 @plain`,
    line`error_page 405 @method`,
    line`error_page 500 502 503 504 @unavailable`,
    block`location = /malformed.request`(
      line`internal`,
      line`return 400 ${text`This is no valid HTTP request, or it is too long.\n`}`,
    ),
    block`location @plain`(line`return 400 ${text`This port speaks https: write https:// into GOPROXY.\n`}`),
    block`location @method`(
      line`add_header Allow ${'GET, HEAD'} always`,
      line`return 405 ${text`A module proxy is only read: use GET or HEAD.\n`}`,
    ),
    block`location @unavailable`(line`return 503 ${text`The gateway cannot answer at the moment.\n`}`),
  ];
}
