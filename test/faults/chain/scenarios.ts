import type { Change } from './change.ts';
import type { Json } from './json.ts';
import { pathOf } from './json.ts';

/** A story that a person would live through with a cache. */
export interface Scenario {
  name: string;
  start?: Json;
  changes: readonly Change[];
}

/** A field and what it becomes; without a value it is left out. */
const to = (path: string, value?: unknown): Change => ({ path: pathOf(path), value });
const environments = (...names: string[]) => names.map((name) => ({ name }));
const url = (address: string) => ({ type: 'URL', url: address });
const jwt = (name: string, secret: string) => ({
  name,
  issuer: `https://${name}.acme.example`,
  audiences: ['goproxy'],
  jwks: { secretRef: { name: secret } },
});

const everything: Json = {
  imagePullSecrets: [{ name: 'pull-one' }],
  engine: { resources: { requests: { cpu: 1 } }, fetch: { timeoutSeconds: 300, concurrency: 20 } },
  upstreams: [{ ...url('https://goproxy.cn'), fallThrough: 'AnyError' }, { type: 'Direct' }],
  checksumDatabase: { url: 'https://goproxy.cn/sumdb/sum.golang.org' },
  privateModules: [{ name: 'acme', patterns: ['git.acme.example/*'] }],
  storage: { size: '20Gi', retentionPolicy: 'Delete' },
  environments: [
    { name: 'prod', hostnames: ['go.acme.example'], mirror: { to: 'dev', percent: 10 } },
    {
      name: 'dev',
      replicas: 0,
      canary: { engine: { type: 'Athens' }, weight: 10, match: { header: { name: 'X-Canary', value: '1' } } },
      access: { minimumRole: 'User', requiredClaims: [{ claim: 'team', values: ['core'] }] },
    },
  ],
  gateway: {
    type: 'Envoy',
    replicas: 3,
    envoy: { resources: { limits: { memory: '1Gi' } } },
    routing: { order: ['Host', 'Header'], header: 'X-Stage', onConflict: 'First' },
    cache: { size: '5Gi', sharing: 'ConsistentHash' },
    clientAddress: { source: 'XForwardedFor', trustedCIDRs: ['10.0.0.0/8'] },
    allowedCIDRs: ['10.0.0.0/8'],
    limits: { requestsPerSecond: 50, connections: 10, key: 'Subject' },
    auth: { anonymousRole: 'Guest', jwt: [jwt('ci', 'keys-one')] },
    tls: { secretRef: { name: 'tls-one' }, plainHTTP: 'Enabled' },
  },
  exposure: {
    service: { type: 'LoadBalancer', annotations: { one: 'two' } },
    ingress: { tlsSecretName: 'ingress-one' },
    gatewayAPI: { parentRefs: [{ name: 'edge', namespace: 'gateways' }] },
  },
  monitoring: { serviceMonitor: { intervalSeconds: 30, labels: { release: 'monitoring' } } },
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'replicas',
    start: { environments: environments('prod', 'dev') },
    changes: [
      to('gateway.replicas', 5),
      to('gateway.replicas', 1),
      to('environments[1].replicas', 0),
      to('gateway.replicas', 2),
      to('environments[0].replicas', 0),
      to('gateway.replicas', 4),
      to('environments[1].replicas', 1),
      to('environments[0].replicas'),
      to('gateway.replicas'),
    ],
  },
  {
    name: 'storage',
    changes: [
      to('storage.size', '12Gi'),
      to('storage.size', '20Gi'),
      to('storage.retentionPolicy', 'Delete'),
      to('storage.retentionPolicy', 'Retain'),
      to('storage.retentionPolicy', 'Delete'),
      to('storage.type', 'EmptyDir'),
      to('storage.size', '12Gi'),
      to('storage.type', 'PersistentVolumeClaim'),
      to('storage.storageClassName', 'expandable'),
      to('storage.size', '30Gi'),
      to('storage.storageClassName'),
      to('storage.size', '31Gi'),
    ],
  },
  {
    name: 'storage-classes',
    start: { storage: { type: 'EmptyDir' }, environments: environments('prod') },
    changes: [
      to('storage.storageClassName', 'fixed'),
      to('storage.size', '20Gi'),
      to('storage.size'),
      to('storage.storageClassName', 'expandable'),
      to('storage.storageClassName', 'fixed'),
      to('environments[1]', { name: 'dev', storage: { storageClassName: 'expandable', size: '12Gi' } }),
      to('environments[1].storage.size', '20Gi'),
      to('environments[1]'),
      to('environments[1]', { name: 'dev', storage: { storageClassName: 'fixed', size: '12Gi' } }),
      to('environments[1].storage.storageClassName', 'expandable'),
      to('environments[1].storage.size', '30Gi'),
      to('environments[1].storage.type', 'EmptyDir'),
    ],
  },
  {
    name: 'environments',
    changes: [
      to('environments', environments('prod', 'dev')),
      to('environments[2]', { name: 'qa', replicas: 0 }),
      to('environments[1].name', 'team-a'),
      to('environments[2].default', true),
      to('environments[0].hostnames', ['go.acme.example', 'modules.acme.example']),
      to('environments[1].hostnames', ['go.acme.example']),
      to('environments[0]'),
      to('environments[2]', { name: 'prod', upstreams: [url('https://goproxy.cn'), { type: 'Direct' }] }),
      to('environments[1].default', false),
      to('environments', environments('prod', 'team-a')),
      to('environments'),
    ],
  },
  {
    name: 'canary',
    start: { environments: environments('prod', 'dev') },
    changes: [
      to('environments[0].canary', { engine: { type: 'Athens', image: 'registry.acme.example/go/two:v2' } }),
      to('environments[0].canary.weight', 10),
      to('environments[0].canary.match.header', { name: 'X-Canary', value: '1' }),
      to('environments[0].canary.weight', 100),
      to('engine.image', 'registry.acme.example/go/two:v2'),
      to('environments[0].canary'),
      to('environments[0].mirror', { to: 'dev', percent: 10 }),
      to('environments[0].canary', {
        engine: { type: 'Athens' },
        storage: { type: 'PersistentVolumeClaim', size: '12Gi' },
      }),
      to('environments[0].canary.storage.size', '20Gi'),
      to('environments[0].canary.storage.retentionPolicy', 'Delete'),
      to('environments[0].canary'),
      to('environments[0].mirror.percent', 100),
      to('environments[1]'),
    ],
  },
  {
    name: 'identity',
    changes: [
      to('gateway.tls.secretRef.name', 'tls-one'),
      to('gateway.auth.jwt', [jwt('ci', 'keys-one')]),
      to('gateway.auth.jwt[1]', jwt('people', 'keys-two')),
      to('environments[0].access.minimumRole', 'User'),
      to('gateway.limits.key', 'Subject'),
      to('privateModules', [{ name: 'acme', patterns: ['git.acme.example/*'] }]),
      to('gateway.auth.jwt[0].algorithms', ['HS512']),
      to('gateway.tls.secretRef.name', 'tls-two'),
      to('gateway.auth.jwt[0].jwks.secretRef.name', 'keys-two'),
      to('gateway.auth.anonymousRole', 'Guest'),
      to('gateway.auth.jwt[0]'),
      to('gateway.auth'),
      to('gateway.tls'),
    ],
  },
  {
    name: 'gateway-type',
    changes: [
      to('gateway.type', 'Envoy'),
      to('gateway.envoy.resources.limits.memory', '1Gi'),
      to('gateway.tls.secretRef.name', 'tls-one'),
      to('gateway.tls.plainHTTP', 'Enabled'),
      to('gateway.auth.jwt', [jwt('ci', 'keys-one')]),
      to('gateway.clientAddress', { source: 'ProxyProtocol', trustedCIDRs: ['10.0.0.0/8'] }),
      to('gateway.type', 'Nginx'),
      to('gateway.type', 'Envoy'),
      to('gateway.cache.sharing', 'ConsistentHash'),
      to('gateway.tls'),
      to('gateway.type'),
      to('gateway.cache.sharing'),
    ],
  },
  {
    name: 'exposure',
    start: { environments: [{ name: 'prod', hostnames: ['go.acme.example'] }] },
    changes: [
      to('exposure.service.type', 'NodePort'),
      to('exposure.service.type', 'LoadBalancer'),
      to('exposure.service.annotations', { 'acme.example/pool': 'a' }),
      to('exposure.service.type', 'ClusterIP'),
      to('exposure.ingress', { ingressClassName: 'public' }),
      to('exposure.ingress.tlsSecretName', 'ingress-one'),
      to('exposure.gatewayAPI.parentRefs', [{ name: 'edge' }, { name: 'edge', namespace: 'gateways' }]),
      to('gateway.tls.secretRef.name', 'tls-one'),
      to('exposure.ingress'),
      to('monitoring.serviceMonitor', {}),
      to('exposure.gatewayAPI'),
      to('monitoring'),
      to('exposure'),
    ],
  },
  {
    name: 'pause',
    changes: [
      to('paused', true),
      to('gateway.replicas', 3),
      to('paused', false),
      to('environments', environments('prod', 'dev')),
      to('paused', true),
      to('environments[1]'),
      to('gateway.type', 'Envoy'),
      to('paused'),
    ],
  },
  {
    name: 'everything',
    changes: [to('', everything), to('', {}), to('', everything), to('', { gateway: { type: 'Envoy' } })],
  },
];
