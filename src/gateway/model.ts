/**
 * What a gateway does, without a word on how: which environments there are, how a request finds its own, and the
 * bounds of the cache. `src/desired` makes this model from a GoProxyCache; a printer (nginx.ts) turns it into a config.
 */

/** The ways in which a request can name an environment: path prefix, host name, header. */
export const routingWays = ['PathPrefix', 'Host', 'Header'] as const;
export type RoutingWay = (typeof routingWays)[number];

/** One isolated pool behind the gateway. */
export interface GatewayEnvironment {
  /** DNS label. It is the path prefix (`/staging/...`) and the value of the header that choose this environment. */
  readonly name: string;
  /** Host names that choose this environment: exact, lower case, without a port. */
  readonly hostnames: readonly string[];
  /** Where the engine listens: a DNS name (a Service) or an IPv4 address. */
  readonly engine: GatewayEngine;
  /** A second engine, for a part of the clients. */
  readonly canary?: GatewayCanary;
  /** Another environment, to which so many percent of the requests are repeated. */
  readonly mirror?: { readonly to: string; readonly percent: number };
  /** What its clients need beside what `auth` says. Absent: nothing. */
  readonly access?: {
    readonly minimumRole: GatewayRole;
    /** All of them. A claim is a name or a dotted path, and has one of the values. */
    readonly requiredClaims: readonly { readonly claim: string; readonly values: readonly string[] }[];
  };
}

export interface GatewayEngine {
  readonly host: string;
  readonly port: number;
}

export interface GatewayCanary {
  readonly engine: GatewayEngine;
  /** Percent of the clients. */
  readonly weight: number;
  /** Requests with this header, whatever the weight. Values are compared without regard to case. */
  readonly match?: { readonly header: string; readonly value: string };
}

/** Guest: modules. User: modules of `privatePatterns` too. Admin: pages of the engines too. Each has what those before it have. */
export type GatewayRole = 'Guest' | 'User' | 'Admin';

/** Who issues tokens that are believed. */
export interface GatewayTokenIssuer {
  /** DNS label. Its keys are in the file of this name. */
  readonly name: string;
  /** The claim `iss`, exactly. */
  readonly issuer: string;
  /** At least one; the claim `aud` holds one of them. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly ('HS512' | 'RS256' | 'ES256')[];
  /** The claim with the role or roles: a name or a dotted path. */
  readonly roleClaim: string;
}

/** Who may what. */
export interface GatewayAuth {
  /** The role of who sends no token. None: nothing without a token. */
  readonly anonymousRole: 'None' | 'Guest';
  /** At least one. */
  readonly jwt: readonly GatewayTokenIssuer[];
}

/** The checksum database that the gateway serves under `/sumdb/<name>/`. */
export interface GatewayChecksumDatabase {
  /** The name the go command knows, for example `sum.golang.org`. */
  readonly name: string;
  /** http or https URL to which `/lookup/...`, `/tile/...` and `/latest` are appended. */
  readonly url: string;
}

export interface GatewayModel {
  /** The program that clients reach. Behind Envoy the same nginx limits, caches and answers. */
  readonly type: 'Nginx' | 'Envoy';
  /** At least one. The order is kept in what is printed, so sort them first. */
  readonly environments: readonly GatewayEnvironment[];
  /** The environment of a request that chooses none. */
  readonly defaultEnvironment: string;
  /** The ways that are looked at, in this order. Absent: path prefix, host name, header. */
  readonly order?: readonly RoutingWay[];
  /** The header that names an environment. Absent: `X-Env`. */
  readonly header?: string;
  /** What happens when the header names no environment: use the default one, or refuse with 400. */
  readonly onUnknown: 'Default' | 'Reject';
  /** What happens when the ways name different environments: use the first of them, or refuse with 400. */
  readonly onConflict: 'First' | 'Reject';
  /** Whom to believe about a client's address. Absent: the other end of the connection is the client. */
  readonly clientAddress?: {
    readonly source: 'XForwardedFor' | 'ProxyProtocol';
    /** At least one range of addresses in CIDR form. */
    readonly trustedCIDRs: readonly string[];
  };
  /** Ranges of addresses that are served; others get 403. Absent: everybody. */
  readonly allowedCIDRs?: readonly string[];
  /** Absent: everybody may read everything, and nobody the pages of an engine. */
  readonly auth?: GatewayAuth;
  /** Module paths as in GOPRIVATE, a `*` at most once in an element. They need the role User, and the checksum database is not asked for them. */
  readonly privatePatterns?: readonly string[];
  /** For each client address, or for each subject of a token, which needs `auth`; who has none is an address. */
  readonly limits: {
    readonly key?: 'Subject';
    /** What comes faster waits; when `burst` requests wait already, it gets 429. */
    readonly requests?: { readonly perSecond: number; readonly burst: number };
    /** Requests served at the same time; more get 429. */
    readonly connections?: number;
  };
  readonly cache: {
    /** Size of the cache on disk. */
    readonly maxSizeMiB: number;
    /** How long `@v/list`, `@latest` and the `.info` of a branch are fresh. */
    readonly mutableTTLSeconds: number;
    /** How long after that an old one is given while a new one is fetched. Absent: 300. */
    readonly staleWhileRevalidateSeconds?: number;
    /** How long after that an old one is better than an error. Absent: a day. */
    readonly staleIfErrorSeconds?: number;
  };
  /** Where the gateway pods find each other, to fetch each file once in all. `host` has an address for each pod. */
  readonly peers?: { readonly host: string; readonly port: number };
  /** The longest an engine may take for one answer. Every wait of the gateway is longer: see {@link gatewayTimeouts}. */
  readonly fetchTimeoutSeconds: number;
  /** Absent: the gateway answers `/sumdb/` with 404, and the go command asks the database itself. */
  readonly checksumDatabase?: GatewayChecksumDatabase;
  /** http or https URLs that the gateway pod probes, so that an unreachable upstream has a name in the status. */
  readonly probedUpstreams: readonly string[];
  /**
   * http or https URLs that answer below 400 when an engine serves. A new pod is not ready before all do, or a minute has passed; an engine
   * that is not meant to run is not among them.
   */
  readonly awaitedEngines: readonly string[];
  /** Ports of the pod: `http` and `https` are public, one at least is there; `status` is for the kubelet and the operator. */
  readonly ports: { readonly http?: number; readonly https?: number; readonly status: number };
}

/** Seconds that each part of the gateway waits. A part further from the engine waits longer, so its answer is the honest one. */
export interface GatewayTimeouts {
  /** For the engine. */
  readonly engine: number;
  /** Of the pod that owns a path, for what is behind its cache. */
  readonly owner: number;
  /** For that pod. */
  readonly peers: number;
  /** For the whole way behind the cache. */
  readonly edge: number;
  /** For another client's fetch of the same path, before asking oneself. */
  readonly lock: number;
  /** For running answers when the gateway stops or reloads. The pod's grace period has to be longer. */
  readonly shutdown: number;
}

/** How long a checksum database may take: lookups of new modules need more than 15 seconds (golang/go#70042). */
export const checksumDatabaseTimeoutSeconds = 120;

const margin = 10;

/** The waits behind the cache, aligned to the engine's longest fetch. */
export function gatewayTimeouts(
  model: Pick<GatewayModel, 'fetchTimeoutSeconds' | 'checksumDatabase'>,
): GatewayTimeouts {
  const waits = alignedTimeouts(model.fetchTimeoutSeconds + margin);
  if (model.checksumDatabase === undefined) return waits;
  return { ...waits, shutdown: Math.max(waits.shutdown, checksumDatabaseTimeouts.shutdown) };
}

function alignedTimeouts(engine: number): GatewayTimeouts {
  return {
    engine,
    owner: engine + 3,
    peers: engine + 6,
    edge: engine + margin,
    lock: engine + 2 * margin,
    shutdown: engine + 2 * margin,
  };
}

/** The waits of `/sumdb/`, where the database stands in the engine's place. */
export const checksumDatabaseTimeouts: GatewayTimeouts = alignedTimeouts(checksumDatabaseTimeoutSeconds);
