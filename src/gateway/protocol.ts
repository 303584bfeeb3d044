/**
 * The GOPROXY protocol as a gateway sees it (go.dev/ref/mod#goproxy-protocol): which paths exist, and for how long an
 * answer may be kept. Patterns are in the syntax that PCRE and RE2 share, and match decoded paths without a prefix.
 */

const number = '(?:0|[1-9][0-9]*)';
/** `vX.Y.Z`, with a pre-release or pseudo-version part and `+incompatible`. Capitals arrive as `!` and a letter. */
const canonicalVersion = `v${number}\\.${number}\\.${number}(?:-[0-9A-Za-z!.-]+)?(?:\\+incompatible)?`;

/** Its first element has a dot in it (golang.org/x/mod/module.CheckPath). */
const modulePath = '/[^@/.]+\\.[^@]+';

export const protocolPatterns = {
  /**
   * Everything an engine is asked for. An engine's other pages cannot be reached, because nothing else gets through:
   * `/sumdb/sum.golang.org/lookup/a/@v/list` is of no module.
   */
  module: `^${modulePath}/@(?:latest|v/(?:list|[^/]+\\.(?:info|mod|zip)))$`,
  /** Of these, those that are not small. */
  zip: `^${modulePath}/@v/[^/]+\\.zip$`,
  /** Never changes: the go command itself relies on it. A branch or a commit as version is not canonical. */
  immutableModule: `^${modulePath}/@v/${canonicalVersion}\\.(?:info|mod|zip)$`,
  /** Of these, those that are there before their `.info`; what they have in common with it is captured. */
  beforeInfo: `^(?<gateway_version>${modulePath}/@v/${canonicalVersion})\\.(?:mod|zip)$`,
  /** An engine's pages for its admin: what it holds, its numbers, its profiles. */
  adminPage: '^/(?:catalog|debug|index|metrics)(?:/|$)',
  /**
   * More than one spelling of a path, or characters no module path has: an encoded `/ \\` or control, an encoded character that needs
   * no encoding (RFC 3986, 2.3), `//`, `/./`, `/../`.
   */
  ambiguousRawPath:
    '^[^?]*(?:%2[def]|%3[0-9]|%[46][1-9a-f]|%5[0-9acf]|%7[0-9aef]|%[01][0-9a-f]|\\x5c|//|/\\.\\.?(?:[/?]|$))',
} as const;

/** The pages of an engine that an admin is served: what it holds, and its numbers. Profiles are for who can reach the pod. */
export const servedAdminPage = '^/(?:catalog|index|metrics)$';

/** Paths below `/sumdb/<name>/`, besides `/supported`, which the gateway answers itself. */
export const checksumDatabasePatterns = {
  all: '(?:latest|lookup/.+|tile/.+)',
  /** Addressed by their content's place in an append-only log. */
  tile: 'tile/.+',
  /** The record never changes; the signed head beside it only grows old. */
  lookup: 'lookup/.+',
} as const;

/** How long a 200 is kept. Other answers: 404 and 410 for {@link absentSeconds}, the rest never. */
export interface Freshness {
  readonly maxAge: number;
  readonly immutable?: true;
  /** Seconds in which an old answer may be given while a new one is fetched. */
  readonly staleWhileRevalidate?: number;
  /** Seconds in which an old answer is better than an error. */
  readonly staleIfError?: number;
}

const day = 86_400;

/** Kept at all only so that a crowd asking for one absent module is one request. Never stale: `go` would leave for `direct`. */
export const absentSeconds = 2;

/** Canonical `.info`, `.mod`, `.zip`, and tiles of a checksum database. */
export const immutableFreshness: Freshness = { maxAge: 365 * day, immutable: true };

/** Lookups in a checksum database. */
export const lookupFreshness: Freshness = { maxAge: day, staleIfError: day };

/** Lists, `@latest`, branches, and the head of a checksum database. */
export function mutableFreshness(ttlSeconds: number, staleWhileRevalidate = 300, staleIfError = day): Freshness {
  return {
    maxAge: ttlSeconds,
    ...(staleWhileRevalidate > 0 && { staleWhileRevalidate }),
    ...(staleIfError > 0 && { staleIfError }),
  };
}

/** The value of `Cache-Control` (RFC 9111, 5861 and 8246) for a freshness. */
export function cacheControl({ maxAge, immutable, staleWhileRevalidate, staleIfError }: Freshness): string {
  const parts = ['public', `max-age=${maxAge}`];
  if (immutable) parts.push('immutable');
  if (staleWhileRevalidate !== undefined) parts.push(`stale-while-revalidate=${staleWhileRevalidate}`);
  if (staleIfError !== undefined) parts.push(`stale-if-error=${staleIfError}`);
  return parts.join(', ');
}

/** The request header that names an environment, unless the spec names another. */
export const environmentHeader = 'X-Env';

/** The header by which Envoy tells nginx, behind it in the pod, which environment it has chosen. From outside it is never believed. */
export const chosenEnvironmentHeader = 'X-Gateway-Environment';

/** The response header that says which environment answered. */
export const environmentAnswerHeader = 'X-GoProxyCache-Environment';

/** The response header that says which engine answered, `stable` or `canary`, where there are two. */
export const variantAnswerHeader = 'X-GoProxyCache-Variant';

/** The header by which a copy of a request says inside of the gateway where it comes from. */
export const mirroredHeader = 'X-GoProxyCache-Mirrored';
