import { checksumDatabaseTimeouts, gatewayTimeouts, routingWays } from '../model.ts';
import type { GatewayModel } from '../model.ts';
import {
  checksumDatabasePatterns,
  environmentAnswerHeader,
  environmentHeader,
  protocolPatterns,
  servedAdminPage,
} from '../protocol.ts';
import { behind, pool, toldVariant, variantHeader } from './canary.ts';
import { admission, clientAddress, limited, limits } from './clients.ts';
import { cache, ownHeaders, toldBehind, waits } from './cached.ts';
import { countedRequests } from './counts.ts';
import { authorisation, cacheControl, kind } from './identity.ts';
import { listens } from './listen.ts';
import { mirroredLocations, sampled, sampledErrorPage } from './mirror.ts';
import { accessLogFile, runFolder } from './paths.ts';
import { stripPrefix } from './routing.ts';
import { block, gap, line, pattern, regex, text, when, why } from './syntax.ts';
import type { Node, Nodes, Word } from './syntax.ts';

/**
 * The public server: refuses what is not a request for a module, finds the environment, answers from the cache, and
 * asks the servers behind it for the rest.
 */
export function edgeServer(model: GatewayModel, generation: string): Node {
  return block`server`(
    listens(model),
    line`access_log ${accessLogFile} requests buffer=4k flush=1s`,
    countedRequests(),
    why('What is small is sent in one piece with its head, which spares each hit a packet and a quarter of its work.'),
    line`sendfile off`,
    gap,
    line`add_header ${environmentAnswerHeader} $gateway_environment always`,
    line`add_header X-Cache $upstream_cache_status always`,
    variantHeader(model),
    cacheControl(model),
    gap,
    clientAddress(model),
    admission(model),
    hygiene(),
    gap,
    why('In this order: the maps look at the path as it was sent, and keep their answer after the rewrite.'),
    when('$gateway_environment', '=', text``, line`return 400 ${noEnvironment(model)}`),
    stripPrefix(model),
    why(
      'No query reaches an engine. Setting it also sends the decoded path on, so that %21 and ! are one path there too.',
    ),
    line`set $args ${''}`,
    gap,
    limits(model),
    authorisation(model, generation),
    cache(gatewayTimeouts(model)),
    line`proxy_cache_background_update on`,
    gap,
    toldBehind(text`$gateway_environment`, toldVariant(model)),
    ownHeaders(),
    gap,
    block`location = /`(line`return 200 ${help(model)}`),
    adminPages(model),
    answered(model, block`location ~ ${pattern(protocolPatterns.zip)}`, 'zip', kindOfModule(model), [
      line`sendfile on`,
      sampled(model),
      modules(model),
    ]),
    answered(model, block`location ~ ${pattern(protocolPatterns.module)}`, 'module', kindOfModule(model), [
      sampled(model),
      modules(model),
    ]),
    mirroredLocations(model, [counted(model), modules(model)]),
    checksumDatabase(model),
    block`location /`(noModule()),
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

type Location = (...body: Nodes[]) => Node;

/**
 * A location whose clients are authorised, if there is `auth`. With limits for each subject these are counted after that, so in a
 * second location, since nginx limits before it authorises.
 */
function answered(model: GatewayModel, location: Location, name: string, kindOf: Word, body: Nodes): Nodes {
  if (model.limits.key !== 'Subject') return location(kind(model, kindOf), body);
  return [
    location(
      kind(model, kindOf),
      why('No such file, so it goes on there.'),
      line`root ${runFolder}/none`,
      line`try_files /none @${name}`,
    ),
    block`location @${name}`(counted(model), body),
  ];
}

/** In a location that comes after authentication: the limits of who it is. */
function counted(model: GatewayModel): Nodes {
  return model.limits.key === 'Subject' ? [line`auth_request off`, limited(model)] : [];
}

function kindOfModule({ privatePatterns = [] }: GatewayModel): Word {
  return privatePatterns.length === 0 ? text`public` : text`$gateway_kind_of_module`;
}

/** Pages of the environment's engine: of nobody without `auth`, else of its admins, as they are now. */
function adminPages(model: GatewayModel): Nodes {
  const refused = block`location ~ ${pattern(protocolPatterns.adminPage)}`(
    line`return 403 ${text`The pages of an engine are not served here.\n`}`,
  );
  if (model.auth === undefined) return refused;
  return [
    answered(model, block`location ~ ${pattern(servedAdminPage)}`, 'admin', text`admin`, [
      line`set $args $gateway_query`,
      line`proxy_pass http://engines`,
    ]),
    refused,
  ];
}

/** Refuses what could mean two things. */
export function hygiene(): Nodes {
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

function checksumDatabase(model: GatewayModel): Nodes {
  const { checksumDatabase: database, privatePatterns = [] } = model;
  const others = block`location ~ ${regex`^/sumdb(?:/|$)`}`(
    line`return 404 ${text`This checksum database is not served here.\n`}`,
  );
  if (database === undefined) return [others];
  return [
    why('The go command takes any answer but 200, 404 and 410 as a broken database, so nobody is asked for this one.'),
    block`location = /sumdb/${database.name}/supported`(line`return 200 ${''}`),
    why('One entry for all environments.'),
    answered(
      model,
      block`location ~ ${regex`^/sumdb/${database.name}/${pattern(checksumDatabasePatterns.all)}$`}`,
      'sumdb',
      text`public`,
      [
        privatePatterns.length === 0
          ? []
          : when(
              '$gateway_kind_of_lookup',
              '=',
              text`private`,
              line`return 403 ${text`This module is private here, so the checksum database is not asked for it: put its path into GONOSUMDB.\n`}`,
            ),
        line`proxy_cache modules`,
        line`proxy_cache_key ${text`sumdb|$uri`}`,
        waits(checksumDatabaseTimeouts),
        line`proxy_pass http://database`,
      ],
    ),
    others,
  ];
}

/** Why a request has no environment. */
function noEnvironment({ order = routingWays, header = environmentHeader }: GatewayModel): Word {
  return order.includes('Header')
    ? text`${header} names no environment of this gateway, or the request names more than one.\n`
    : text`The request names more than one environment of this gateway.\n`;
}

/** What a person sees who opens the gateway's address: how to use it. */
function help({ type, environments, defaultEnvironment, auth, order = routingWays, header }: GatewayModel): Word {
  const origin = type === 'Envoy' ? text`$http_x_forwarded_proto://$http_host` : text`$scheme://$http_host`;
  const others = order.filter((way) => way !== 'PathPrefix');
  const names = others.map((way) => (way === 'Host' ? 'this host name' : (header ?? environmentHeader))).join(' or ');
  const lines = [
    text`This is a Go module proxy cache. To use it:\n\n`,
    text`    export GOPROXY=${origin}\n\n`,
    text`That is the environment ${defaultEnvironment}`,
    others.length === 0 ? text`.` : text`, unless ${names} chooses another.`,
    ...(order.includes('PathPrefix')
      ? [text` By path:\n\n`, ...environments.map(({ name }) => text`    export GOPROXY=${origin}/${name}\n`)]
      : [text`\n`]),
    ...(auth === undefined
      ? []
      : [
          text`\nA token goes into .netrc as the password for this host, or comes from GOAUTH. It is sent over https only.\n`,
        ]),
  ];
  return { composed: lines.map(({ composed }) => composed).join('') };
}

function noModule(): Node {
  return line`return 404 ${text`This path is not part of the Go module proxy protocol: see https://go.dev/ref/mod#goproxy-protocol\n`}`;
}

/** The answers nginx itself would give as HTML: the go command shows only plain text to its user. */
function errorPages(): Nodes {
  return [
    why('A path, because a named location needs a request whose path could be read. No environment is called so.'),
    line`error_page 400 413 414 494 =400 /malformed.request`,
    line`error_page 497 =400 @plain`,
    why('Of locations that are not for clients.'),
    line`error_page 404 @absent`,
    block`location @absent`(noModule()),
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
