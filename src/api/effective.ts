import type { DefaultImages } from './images.ts';
import type { Canary, Environment, ParsedSpec, Resources, Storage, Upstream } from './spec.ts';

/** An upstream with nothing left to decide. */
export type EffectiveUpstream =
  { type: 'URL'; url: string; fallThrough: 'NotFound' | 'AnyError' } | { type: 'Direct' } | { type: 'GoDefault' };

/** Storage with nothing left to decide. */
export type EffectiveStorage =
  | {
      type: 'PersistentVolumeClaim';
      size: string;
      storageClassName?: string;
      retentionPolicy: 'Retain' | 'Delete';
    }
  | { type: 'EmptyDir'; size: string };

/** A second engine of an environment, and whom it serves. */
export interface EffectiveCanary {
  image: string;
  storage: EffectiveStorage;
  weight: number;
  match?: { header: string; value: string };
}

/** Who issues tokens, with nothing left to decide. */
export interface EffectiveTokenIssuer {
  name: string;
  issuer: string;
  audiences: string[];
  algorithms: ('HS512' | 'RS256' | 'ES256')[];
  roleClaim: string;
  secret: { name: string; key: string };
}

/** Whom an environment serves. */
export interface EffectiveAccess {
  minimumRole: 'Guest' | 'User' | 'Admin';
  requiredClaims: { claim: string; values: string[] }[];
}

/** An environment after its overrides: a block that it has replaces the cache's block as a whole. */
export interface EffectiveEnvironment {
  name: string;
  hostnames: string[];
  replicas: number;
  storage: EffectiveStorage;
  resources: Resources;
  upstreams: EffectiveUpstream[];
  canary?: EffectiveCanary;
  mirror?: { to: string; percent: number };
  access?: EffectiveAccess;
}

export type RoutingWay = NonNullable<ParsedSpec['gateway']['routing']['order']>[number];

/** Limits for each client address, or for each subject of a token; what is absent has no limit. */
export interface EffectiveLimits {
  key?: 'Subject';
  requests?: { perSecond: number; burst: number };
  connections?: number;
}

/** A spec with nothing left to decide: what the rest of the program works on. */
export interface EffectiveSpec {
  paused: boolean;
  imagePullSecrets: { name: string }[];
  engine: { type: 'Athens'; image: string; fetch: { timeoutSeconds: number; concurrency: number } };
  checksumDatabase?: { name: string; url: string; mirrored: boolean };
  /** Patterns of GOPRIVATE. */
  privatePatterns: string[];
  environments: EffectiveEnvironment[];
  defaultEnvironment: string;
  gateway: {
    type: 'Nginx' | 'Envoy';
    /** Of nginx, which every gateway pod has. */
    image: string;
    replicas: number;
    resources: Resources;
    /** With type Envoy only. */
    envoy?: { image: string; resources: Resources };
    /** Absent: path prefix, host name, header. */
    order?: RoutingWay[];
    /** Absent: X-Env. */
    header?: string;
    onUnknown: 'Default' | 'Reject';
    onConflict: 'First' | 'Reject';
    clientAddress?: { source: 'XForwardedFor' | 'ProxyProtocol'; trustedCIDRs: string[] };
    allowedCIDRs?: string[];
    limits: EffectiveLimits;
    auth?: { anonymousRole: 'None' | 'Guest'; jwt: EffectiveTokenIssuer[] };
    tls?: { secretName: string };
    plainHTTP: boolean;
    cache: ParsedSpec['gateway']['cache'] & { sharing: 'None' | 'ConsistentHash' };
  };
  exposure: ParsedSpec['exposure'];
  serviceMonitor?: { intervalSeconds?: number | undefined; labels?: Record<string, string> | undefined };
}

const ENGINE_RESOURCES: Resources = { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '2Gi' } };
const GATEWAY_RESOURCES: Resources = { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } };

/** Fills in what the CRD does not: images, fields of list items and of one variant, and the default environment. */
export function effective(spec: ParsedSpec, images: DefaultImages): EffectiveSpec {
  const environments: Environment[] = spec.environments ?? [{ name: 'prod' }];
  const { mode, name, url } = spec.checksumDatabase;
  return {
    paused: spec.paused,
    imagePullSecrets: spec.imagePullSecrets ?? [],
    engine: { type: spec.engine.type, image: spec.engine.image ?? images.athens, fetch: spec.engine.fetch },
    ...(mode === 'Proxy' && {
      checksumDatabase: { name, url: (url ?? `https://${name}`).replace(/\/+$/, ''), mirrored: url !== undefined },
    }),
    privatePatterns: [...new Set((spec.privateModules ?? []).flatMap(({ patterns }) => patterns))],
    environments: environments.map((environment) => ({
      name: environment.name,
      hostnames: environment.hostnames ?? [],
      replicas: environment.replicas ?? 1,
      storage: effectiveStorage(environment.storage ?? spec.storage),
      resources: environment.resources ?? spec.engine.resources ?? ENGINE_RESOURCES,
      upstreams: (environment.upstreams ?? spec.upstreams ?? [{ type: 'GoDefault' }]).map(effectiveUpstream),
      ...(environment.canary && { canary: effectiveCanary(environment.canary, images) }),
      ...(environment.mirror && { mirror: environment.mirror }),
      ...effectiveAccess(environment.access),
    })),
    defaultEnvironment: defaultEnvironment(environments),
    gateway: {
      type: spec.gateway.type,
      image: spec.gateway.image ?? images.nginx,
      replicas: spec.gateway.replicas,
      resources: spec.gateway.resources ?? GATEWAY_RESOURCES,
      ...effectiveEnvoy(spec.gateway, images),
      ...effectiveRouting(spec.gateway.routing),
      ...effectiveClientAddress(spec.gateway.clientAddress),
      ...(spec.gateway.allowedCIDRs && { allowedCIDRs: spec.gateway.allowedCIDRs }),
      limits: effectiveLimits(spec.gateway.limits),
      ...effectiveAuth(spec.gateway.auth),
      ...(spec.gateway.tls && { tls: { secretName: spec.gateway.tls.secretRef.name } }),
      plainHTTP: spec.gateway.tls === undefined || spec.gateway.tls.plainHTTP === 'Enabled',
      cache: { ...spec.gateway.cache, sharing: spec.gateway.cache.sharing ?? 'None' },
    },
    exposure: spec.exposure,
    ...(spec.monitoring?.serviceMonitor && { serviceMonitor: spec.monitoring.serviceMonitor }),
  };
}

function effectiveStorage({ type, size = '10Gi', storageClassName, retentionPolicy }: Storage): EffectiveStorage {
  if (type === 'EmptyDir') return { type, size };
  return {
    type,
    size,
    ...(storageClassName !== undefined && { storageClassName }),
    retentionPolicy: retentionPolicy ?? 'Retain',
  };
}

const effectiveCanary = ({ engine, storage, weight, match }: Canary, images: DefaultImages): EffectiveCanary => ({
  image: engine.image ?? images.athens,
  storage: effectiveStorage(storage ?? { type: 'EmptyDir' }),
  weight: weight ?? 0,
  ...(match && { match: { header: match.header.name, value: match.header.value } }),
});

function effectiveEnvoy(
  { type, envoy }: ParsedSpec['gateway'],
  images: DefaultImages,
): Pick<EffectiveSpec['gateway'], 'envoy'> {
  if (type !== 'Envoy') return {};
  return { envoy: { image: envoy?.image ?? images.envoy, resources: envoy?.resources ?? GATEWAY_RESOURCES } };
}

function effectiveRouting({
  order,
  header,
  onUnknown,
  onConflict = 'Reject',
}: ParsedSpec['gateway']['routing']): Pick<EffectiveSpec['gateway'], 'order' | 'header' | 'onUnknown' | 'onConflict'> {
  return { ...(order && { order }), ...(header !== undefined && { header }), onUnknown, onConflict };
}

function effectiveClientAddress(
  given: ParsedSpec['gateway']['clientAddress'],
): Pick<EffectiveSpec['gateway'], 'clientAddress'> {
  if (given === undefined || given.source === 'Connection') return {};
  return { clientAddress: { source: given.source, trustedCIDRs: given.trustedCIDRs ?? [] } };
}

function effectiveLimits(given: ParsedSpec['gateway']['limits']): EffectiveLimits {
  const { requestsPerSecond: perSecond, burst, connections, key } = given ?? {};
  return {
    ...(key === 'Subject' && { key }),
    ...(perSecond !== undefined && { requests: { perSecond, burst: burst ?? 10 * perSecond } }),
    ...(connections !== undefined && { connections }),
  };
}

function effectiveAccess(given: Environment['access']): Pick<EffectiveEnvironment, 'access'> {
  if (given === undefined) return {};
  const { minimumRole, requiredClaims } = given;
  return { access: { minimumRole: minimumRole ?? 'Guest', requiredClaims: requiredClaims ?? [] } };
}

function effectiveAuth(given: ParsedSpec['gateway']['auth']): Pick<EffectiveSpec['gateway'], 'auth'> {
  if (given === undefined) return {};
  const jwt = given.jwt.map(({ name, issuer, audiences, algorithms, roleClaim, jwks: { secretRef } }) => ({
    name,
    issuer,
    audiences,
    algorithms: algorithms ?? ['HS512' as const, 'RS256' as const, 'ES256' as const],
    roleClaim: roleClaim ?? 'roles',
    secret: { name: secretRef.name, key: secretRef.key ?? 'jwks.json' },
  }));
  return { auth: { anonymousRole: given.anonymousRole ?? 'None', jwt } };
}

function effectiveUpstream({ type, url, fallThrough }: Upstream): EffectiveUpstream {
  if (type !== 'URL' || url === undefined) return { type: type === 'URL' ? 'Direct' : type };
  return { type, url: url.replace(/\/+$/, ''), fallThrough: fallThrough ?? 'NotFound' };
}

/** The one marked default, else the one called prod, else the only one: a rule refuses several without a default. */
function defaultEnvironment(environments: Environment[]): string {
  const chosen = environments.find((e) => e.default) ?? environments.find((e) => e.name === 'prod') ?? environments[0];
  if (chosen === undefined) throw new Error('a validated spec has an environment');
  return chosen.name;
}
