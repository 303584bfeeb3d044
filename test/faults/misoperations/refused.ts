import type { Json } from '../chain/json.ts';
import { pathOf, set } from '../chain/json.ts';

/** A spec that the API server has to refuse at once. */
export interface Refusal {
  name: string;
  spec: Json;
  /** The field that the message has to name, and what it has to say of it. */
  says: RegExp;
}

const REMEDY = '(write|choose|leave|lower|make|set|put|add|correct|must|should|supported|at most|Too|Duplicate)';
const field = (name: string): RegExp => new RegExp(`${name}.*${REMEDY}`, 's');

/** A path, a value that is wrong there, and the field that is to be named when it is not the last one of the path. */
const WRONG: readonly (readonly [path: string, value: unknown, names?: string])[] = [
  ['engine.image', 'Not An Image'],
  ['engine.image', 'registry.example/a@sha256:abc'],
  ['engine.type', 'Goproxy'],
  ['engine.resources.requests.cpu', 'lots'],
  ['engine.resources', { requests: { memory: '4Gi' }, limits: { memory: '2Gi' } }, 'requests.memory'],
  ['engine.fetch.timeoutSeconds', 5],
  ['engine.fetch.concurrency', 1000],
  ['upstreams', [{ type: 'URL', url: 'goproxy.cn' }], 'url'],
  ['upstreams', [{ type: 'URL', url: 'https://user:secret@goproxy.cn' }], 'url'],
  ['upstreams', [{ type: 'URL' }], 'url'],
  ['upstreams', [{ type: 'Direct' }, { type: 'URL', url: 'https://goproxy.cn' }]],
  ['upstreams', []],
  ['checksumDatabase.name', 'sum.acme.example'],
  ['checksumDatabase.url', 'ftp://goproxy.cn'],
  ['privateModules', [{ name: 'acme', patterns: ['https://git.acme.example'] }], 'patterns'],
  ['privateModules', [{ name: 'acme', patterns: ['a**b'] }], 'patterns'],
  ['storage.size', '10GB'],
  ['storage.size', '1Ki'],
  ['storage.storageClassName', 'Not A Class'],
  ['storage', { type: 'EmptyDir', storageClassName: 'fixed' }, 'storageClassName'],
  ['environments', [{ name: 'Prod' }], 'name'],
  ['environments', [{ name: 'a'.repeat(21) }], 'name'],
  ['environments', [{ name: 'sumdb' }], 'name'],
  ['environments', [{ name: 'prod' }, { name: 'prod' }]],
  ['environments', [{ name: 'a' }, { name: 'b' }]],
  ['environments', [{ name: 'prod', replicas: 2 }], 'replicas'],
  ['environments', [{ name: 'prod', hostnames: ['*.acme.example'] }], 'hostnames'],
  ['environments', [{ name: 'prod', mirror: { to: 'nowhere', percent: 10 } }], 'mirror.to'],
  ['environments', [{ name: 'prod', access: { minimumRole: 'User' } }], 'access'],
  ['environments', [{ name: 'prod', canary: { engine: { type: 'Athens' }, weight: 101 } }], 'weight'],
  ['gateway.replicas', 0],
  ['gateway.type', 'Traefik'],
  ['gateway.envoy', { image: 'a' }],
  ['gateway.cache.size', 'big'],
  ['gateway.routing.header', 'Authorization'],
  ['gateway.routing.order', ['Host', 'Host']],
  ['gateway.allowedCIDRs', ['10.0.0.0/33']],
  ['gateway.allowedCIDRs', ['10.0.0.0/8; }']],
  ['gateway.clientAddress', { source: 'XForwardedFor' }, 'trustedCIDRs'],
  ['gateway.limits', { burst: 5 }, 'burst'],
  ['gateway.limits', { key: 'Subject' }, 'key'],
  ['gateway.tls', { secretRef: { name: 'Not A Secret' } }, 'name'],
  ['exposure.service.annotations', { 'not a key': '' }],
  ['exposure.ingress', { tlsSecretName: 'tls-one' }, 'tlsSecretName'],
  ['monitoring.serviceMonitor.labels', { 'app.kubernetes.io/name': 'a' }],
];

export const refusals: readonly Refusal[] = WRONG.map(([path, value, names]) => ({
  name: `${path}=${JSON.stringify(value)}`.slice(0, 90),
  spec: set({}, pathOf(path), value),
  says: field(names ?? path.split('.').at(-1) ?? ''),
})).concat({ name: 'an unknown field', spec: { replicas: 3 }, says: /unknown field "spec\.replicas"/ });
