import type { GatewayModel } from '../model.ts';
import { cacheControl as lifetime, environmentAnswerHeader, immutableFreshness } from '../protocol.ts';
import { behindEdge, behindEdgeGroup } from './behind.ts';
import { authFolder, authSocket, keysFolder, offeredKeysFolder } from './paths.ts';
import { block, gap, line, pattern, regex, text, why } from './syntax.ts';
import type { Nodes, Word } from './syntax.ts';

/** Of the memory volume, for answers that are kept. Keys of 8000 tokens are known at the same time. */
const keptMiB = 16;

/** A location of EDGE. No environment is called so. */
const askLocation = '/authorise.request';

/** Scripts, the cache of answers, and what becomes of `Cache-Control`. */
export function identityMaps({ auth }: GatewayModel): Nodes {
  if (auth === undefined) return [];
  return [
    why('Both files lie beside this one. The second has who may what, and no key.'),
    line`js_import jwt from jwt.js`,
    line`js_preload_object policy from auth.json`,
    why('In memory, since a token is a part of the key of an entry.'),
    line`proxy_cache_path ${authFolder}/authorised keys_zone=authorised:1m inactive=30s max_size=${keptMiB}m use_temp_path=off`,
    behindEdgeGroup('auth', authSocket),
    gap,
    why(
      'Caches of others on the way must not give an answer to who has no token. The most frequent first, without an expression.',
    ),
    block`map $upstream_http_cache_control $gateway_cache_control`(
      line`default $upstream_http_cache_control`,
      line`${lifetime(immutableFreshness)} ${lifetime(immutableFreshness).replace(/^public/, 'private')}`,
      line`${pattern('~^public,(?<gateway_lifetime>.+)$')} ${text`private,$gateway_lifetime`}`,
    ),
    gap,
    why('Of the query, only what the pages of an engine know reaches them.'),
    block`map $request_uri $gateway_query`(
      line`default ${''}`,
      line`${pattern('~^[^?]*\\?(?<gateway_known_query>[A-Za-z0-9=&:.,%+_~-]{1,1000})$')} $gateway_known_query`,
    ),
    gap,
  ];
}

/** Which paths are of private modules. Letters count in both cases, since hosts of repositories take one for the other. */
export function privateMaps({ privatePatterns: patterns = [], checksumDatabase }: GatewayModel): Nodes {
  if (patterns.length === 0) return [];
  return [
    why(
      'A capital letter is written with a ! before it. Both cases count, since hosts of repositories do not tell them apart.',
    ),
    block`map $uri $gateway_kind_of_module`(
      line`default public`,
      patterns.map((each) => line`${regex`~*^/${moduleRegex(each)}(?:/|$)`} private`),
    ),
    checksumDatabase === undefined
      ? []
      : block`map $uri $gateway_kind_of_lookup`(
          line`default public`,
          patterns.map(
            (each) => line`${regex`~*^/sumdb/${checksumDatabase.name}/lookup/${moduleRegex(each)}(?:/|@)`} private`,
          ),
        ),
    gap,
  ];
}

/** A pattern of GOPRIVATE (path.Match, without ? and []) for the first elements of an escaped path. */
function moduleRegex(glob: string): Word {
  const parts = [...glob].map((character) => {
    if (character === '*') return '[^/@]*';
    if (/[A-Za-z]/.test(character)) return `!?${character.toLowerCase()}`;
    return regex`${character}`.composed;
  });
  return pattern(parts.join(''));
}

/** For all of EDGE: nothing that is fetched is answered before this has said yes. */
export function authorisation({ auth }: GatewayModel, generation: string): Nodes {
  if (auth === undefined) return [];
  return [
    why('Who asks, and whether it is enough. An invalid token is never taken for none.'),
    line`auth_request ${askLocation}`,
    ['role', 'subject', 'reason'].map(
      (what) => line`auth_request_set $gateway_${what} $upstream_http_x_gateway_${what}`,
    ),
    line`error_page 401 @unauthenticated`,
    line`error_page 403 @forbidden`,
    block`location = ${askLocation}`(
      line`internal`,
      line`auth_request off`,
      why(
        'All that decides is in the key. How long a yes is kept is said with it: never longer than the token is valid.',
      ),
      line`proxy_cache authorised`,
      line`proxy_cache_key ${text`${generation}|$gateway_environment|$gateway_kind|$http_authorization`}`,
      line`proxy_cache_lock off`,
      line`proxy_cache_background_update off`,
      line`proxy_set_header Connection ${''}`,
      line`proxy_set_header Authorization $http_authorization`,
      line`proxy_set_header ${environmentAnswerHeader} $gateway_environment`,
      line`proxy_set_header X-Gateway-Kind $gateway_kind`,
      line`proxy_pass http://auth/authorise`,
    ),
    block`location @unauthenticated`(
      line`add_header WWW-Authenticate ${text`Bearer realm="goproxycache"`} always`,
      line`add_header WWW-Authenticate ${text`Basic realm="goproxycache"`} always`,
      line`return 401 ${text`$gateway_reason\n`}`,
    ),
    block`location @forbidden`(line`return 403 ${text`$gateway_reason\n`}`),
    gap,
  ];
}

/** For the head of EDGE. */
export function cacheControl({ auth }: GatewayModel): Nodes {
  if (auth === undefined) return [];
  return [line`add_header Cache-Control $gateway_cache_control`, line`proxy_hide_header Cache-Control`];
}

/** What a location answers: `public`, `private` or `admin`. Read here, in the request itself: in the one that asks, the path is another. */
export function kind({ auth }: GatewayModel, value: Word): Nodes {
  return auth === undefined ? [] : line`set $gateway_kind ${value}`;
}

/** Answers who may what, and whether keys are good. */
export function authServer({ auth }: GatewayModel): Nodes {
  if (auth === undefined) return [];
  return [
    why('AUTH'),
    block`server`(
      behindEdge(authSocket),
      why('A header may be as long as one at EDGE, and one line longer.'),
      line`large_client_header_buffers 8 16k`,
      line`set $gateway_keys ${keysFolder}`,
      line`set $gateway_offered_keys ${offeredKeysFolder}`,
      block`location = /authorise`(line`js_content jwt.authorise`),
      block`location = /keys`(line`js_content jwt.checkKeys`),
    ),
    gap,
  ];
}
