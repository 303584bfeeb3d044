import { isCIDR } from '../api/cidr.ts';
import { routingWays } from './model.ts';
import type { GatewayAuth, GatewayCanary, GatewayChecksumDatabase, GatewayEnvironment, GatewayModel } from './model.ts';
import { environmentHeader } from './protocol.ts';

/** A model that no printer may print. `path` says which field, like `environments[1].hostnames[0]`. */
export class GatewayModelError extends Error {
  readonly code = 'InvalidGatewayModel';
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`gateway model: ${path} ${problem}`);
    this.name = 'GatewayModelError';
    this.path = path;
  }
}

const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** A header that somebody made up: its name becomes a part of a variable's. */
const ownHeader = /^[Xx]-[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/;
const headerValue = /^[A-Za-z0-9._-]{1,64}$/;
const hostName = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const plainPath = /^[A-Za-z0-9._~/-]*$/;
/** For JSON and for a header. */
const printable = /^[\x20-\x7e]{1,1024}$/;
const claimName = /^[\w:/.@-]{1,253}$/;
/** As GOPRIVATE has them, with at most one `*` in an element: so the time that the expression takes is bounded. */
const modulePattern = /^(?=.{1,128}$)(?:[\w.~-]+|[\w.~-]*\*[\w.~-]*)(?:\/(?:[\w.~-]+|[\w.~-]*\*[\w.~-]*))*$/;
/** No user, query or fragment: they can hold a secret, which has no place in a config map, a log or a status. */
const plainURL = /^(?=.{1,1024}$)https?:\/\/(?:(?![@?#])[\x21-\x7e])+$/;

/** Headers that proxies write, this gateway among them. */
const takenHeader = /^X-(?:Cache|Envoy|Forwarded|Gateway|GoProxyCache|Real|Request)(?:-|$)/i;

/**
 * Refuses, with a {@link GatewayModelError}, every value that is not what its field says. The API server has checked
 * the same before; this is the second lock on the door to the config, because a printer must never trust its input.
 */
export function checkGatewayModel(model: GatewayModel): void {
  if (!['Nginx', 'Envoy'].includes(model.type)) throw new GatewayModelError('type', 'must be Nginx or Envoy');
  const names = model.environments.map(({ name }) => name);
  if (names.length === 0) throw new GatewayModelError('environments', 'must hold at least one environment');
  model.environments.forEach(({ name, hostnames, engine, canary, mirror, access }, index) => {
    const path = `environments[${index}]`;
    // The name of a canary's answers and connections ends in --canary.
    if (!label.test(name) || name.includes('--')) {
      throw new GatewayModelError(`${path}.name`, 'must be a DNS label without --');
    }
    hostnames.forEach((hostname, at) => checkHost(`${path}.hostnames[${at}]`, hostname));
    checkHost(`${path}.engine.host`, engine.host);
    checkNumber(`${path}.engine.port`, engine.port, 65_535);
    if (canary !== undefined) checkCanary(`${path}.canary`, canary);
    if (mirror !== undefined) checkMirror(`${path}.mirror`, name, mirror, names);
    if (access !== undefined) checkAccess(`${path}.access`, access, model.auth);
  });
  checkUnique('environments', names);
  checkUnique(
    'environments[].hostnames',
    model.environments.flatMap(({ hostnames }) => [...new Set(hostnames)]),
  );
  if (!names.includes(model.defaultEnvironment)) {
    throw new GatewayModelError('defaultEnvironment', 'must be the name of an environment');
  }
  checkRouting(model);
  if (!['Default', 'Reject'].includes(model.onUnknown)) {
    throw new GatewayModelError('onUnknown', 'must be Default or Reject');
  }
  if (!['First', 'Reject'].includes(model.onConflict)) {
    throw new GatewayModelError('onConflict', 'must be First or Reject');
  }
  if (model.clientAddress !== undefined) checkClientAddress(model.clientAddress);
  if (model.allowedCIDRs !== undefined) checkCIDRs('allowedCIDRs', model.allowedCIDRs);
  if (model.auth !== undefined) checkAuth(model.auth);
  checkPrivatePatterns(model.privatePatterns ?? []);
  checkLimits(model);
  checkNumber('cache.maxSizeMiB', model.cache.maxSizeMiB, 1 << 30);
  checkNumber('cache.mutableTTLSeconds', model.cache.mutableTTLSeconds, 86_400);
  checkNumber('fetchTimeoutSeconds', model.fetchTimeoutSeconds, 86_400);
  checkPorts(model.ports, model.peers);
  const { staleWhileRevalidateSeconds: staleWhile = 0, staleIfErrorSeconds: staleOnError = 0 } = model.cache;
  if (staleWhile !== 0) checkNumber('cache.staleWhileRevalidateSeconds', staleWhile, 86_400);
  if (staleOnError !== 0) checkNumber('cache.staleIfErrorSeconds', staleOnError, 604_800);
  if (model.checksumDatabase !== undefined) checkChecksumDatabase(model.checksumDatabase);
  model.probedUpstreams.forEach((url, index) => {
    checkURL(`probedUpstreams[${index}]`, url);
  });
  model.awaitedEngines.forEach((url, index) => {
    checkURL(`awaitedEngines[${index}]`, url);
  });
}

function checkCanary(path: string, { engine, weight, match }: GatewayCanary): void {
  checkHost(`${path}.engine.host`, engine.host);
  checkNumber(`${path}.engine.port`, engine.port, 65_535);
  checkPercent(`${path}.weight`, weight);
  if (match === undefined) return;
  if (!ownHeader.test(match.header) || match.header.length > 64) {
    throw new GatewayModelError(`${path}.match.header`, 'must be the name of a header that starts with X-');
  }
  if (!headerValue.test(match.value)) throw new GatewayModelError(`${path}.match.value`, 'must be one word');
}

function checkMirror(
  path: string,
  from: string,
  { to, percent }: NonNullable<GatewayEnvironment['mirror']>,
  names: readonly string[],
): void {
  if (to === from || !names.includes(to)) {
    throw new GatewayModelError(`${path}.to`, 'must be the name of another environment');
  }
  checkPercent(`${path}.percent`, percent);
}

function checkPercent(path: string, value: number): void {
  if (value !== 0) checkNumber(path, value, 100);
}

function checkRouting({ order = routingWays, header = environmentHeader }: GatewayModel): void {
  if (order.length === 0 || !order.every((way) => routingWays.includes(way))) {
    throw new GatewayModelError('order', `must hold some of ${routingWays.join(', ')}`);
  }
  checkUnique('order', order);
  if (!ownHeader.test(header) || header.length > 64 || takenHeader.test(header)) {
    throw new GatewayModelError('header', 'must be a name that starts with X- and that no proxy uses');
  }
}

function checkChecksumDatabase({ name, url }: GatewayChecksumDatabase): void {
  const [host = '', ...path] = name.split('/');
  checkHost('checksumDatabase.name', host);
  if (!path.every((part) => part !== '' && !/^\.+$/.test(part) && plainPath.test(part))) {
    throw new GatewayModelError('checksumDatabase.name', 'must be a host name with an optional path');
  }
  // nginx reads a word of 4096 bytes at most, and there are two of them in one.
  if (name.length > 1024) throw new GatewayModelError('checksumDatabase.name', 'must have at most 1024 characters');
  checkURL('checksumDatabase.url', url);
  const parsed = URL.parse(url);
  if (parsed === null || !hostName.test(parsed.hostname) || !plainPath.test(parsed.pathname)) {
    throw new GatewayModelError('checksumDatabase.url', 'must have a host name, and maybe a port and a plain path');
  }
}

function checkPorts({ http, https, status }: GatewayModel['ports'], peers: GatewayModel['peers']): void {
  if (peers !== undefined) {
    checkHost('peers.host', peers.host);
    checkNumber('peers.port', peers.port, 65_535);
  }
  if (http !== undefined) checkNumber('ports.http', http, 65_535);
  if (https !== undefined) checkNumber('ports.https', https, 65_535);
  checkNumber('ports.status', status, 65_535);
  const ports = [http, https, status].filter((port) => port !== undefined);
  if (ports.length < 2) throw new GatewayModelError('ports', 'must hold http or https');
  const all = [...ports, ...(peers === undefined ? [] : [peers.port])];
  if (new Set(all).size < all.length) throw new GatewayModelError('ports', 'must differ');
}

function checkClientAddress({ source, trustedCIDRs }: NonNullable<GatewayModel['clientAddress']>): void {
  if (!['XForwardedFor', 'ProxyProtocol'].includes(source)) {
    throw new GatewayModelError('clientAddress.source', 'must be XForwardedFor or ProxyProtocol');
  }
  checkCIDRs('clientAddress.trustedCIDRs', trustedCIDRs);
}

function checkAuth({ anonymousRole, jwt }: GatewayAuth): void {
  checkOneOf('auth.anonymousRole', anonymousRole, ['None', 'Guest']);
  if (jwt.length === 0) throw new GatewayModelError('auth.jwt', 'must hold at least one issuer');
  jwt.forEach(({ name, issuer, audiences, algorithms, roleClaim }, index) => {
    const path = `auth.jwt[${index}]`;
    if (!label.test(name)) throw new GatewayModelError(`${path}.name`, 'must be a DNS label');
    checkTexts(`${path}.issuer`, [issuer], printable);
    checkTexts(`${path}.audiences`, audiences, printable);
    algorithms.forEach((algorithm) => checkOneOf(`${path}.algorithms`, algorithm, ['HS512', 'RS256', 'ES256']));
    if (algorithms.length === 0) throw new GatewayModelError(`${path}.algorithms`, 'must hold at least one');
    checkTexts(`${path}.roleClaim`, [roleClaim], claimName);
  });
  checkUnique(
    'auth.jwt[].name',
    jwt.map(({ name }) => name),
  );
  checkUnique(
    'auth.jwt[].issuer',
    jwt.map(({ issuer }) => issuer),
  );
}

function checkAccess(
  path: string,
  { minimumRole, requiredClaims }: NonNullable<GatewayEnvironment['access']>,
  auth: GatewayAuth | undefined,
): void {
  if (auth === undefined) throw new GatewayModelError(path, 'needs auth');
  checkOneOf(`${path}.minimumRole`, minimumRole, ['Guest', 'User', 'Admin']);
  requiredClaims.forEach(({ claim, values }, index) => {
    checkTexts(`${path}.requiredClaims[${index}].claim`, [claim], claimName);
    checkTexts(`${path}.requiredClaims[${index}].values`, values, printable);
  });
}

function checkPrivatePatterns(patterns: readonly string[]): void {
  patterns.forEach((pattern, index) => {
    if (!modulePattern.test(pattern)) {
      throw new GatewayModelError(`privatePatterns[${index}]`, 'must be a module path, maybe with one * in an element');
    }
  });
  checkUnique('privatePatterns', patterns);
}

function checkLimits({ limits: { key, requests, connections }, auth }: GatewayModel): void {
  if (key !== undefined) checkOneOf('limits.key', key, auth === undefined ? [] : ['Subject']);
  if (requests !== undefined) {
    checkNumber('limits.requests.perSecond', requests.perSecond, 100_000);
    checkNumber('limits.requests.burst', requests.burst, 1_000_000);
  }
  if (connections !== undefined) checkNumber('limits.connections', connections, 100_000);
}

function checkCIDRs(path: string, cidrs: readonly string[]): void {
  if (cidrs.length === 0) throw new GatewayModelError(path, 'must hold at least one range of addresses');
  cidrs.forEach((cidr, index) => {
    if (!isCIDR(cidr)) throw new GatewayModelError(`${path}[${index}]`, 'must be a range of addresses in CIDR form');
  });
  checkUnique(path, cidrs);
}

function checkURL(path: string, text: string): void {
  if (!plainURL.test(text))
    throw new GatewayModelError(
      path,
      'must be an http or https URL of at most 1024 characters without user, query or fragment',
    );
}

function checkHost(path: string, host: string): void {
  if (!hostName.test(host)) throw new GatewayModelError(path, 'must be a lower-case host name or an IPv4 address');
}

function checkNumber(path: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new GatewayModelError(path, `must be a whole number from 1 to ${max}`);
  }
}

function checkOneOf(path: string, value: string, known: readonly string[]): void {
  if (!known.includes(value)) throw new GatewayModelError(path, `must be one of: ${known.join(', ') || 'nothing'}`);
}

function checkTexts(path: string, values: readonly string[], form: RegExp): void {
  if (values.length === 0 || !values.every((value) => form.test(value))) {
    throw new GatewayModelError(path, 'must be printable, and short');
  }
}

function checkUnique(path: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice !== undefined) throw new GatewayModelError(path, `holds ${JSON.stringify(twice)} twice`);
}
