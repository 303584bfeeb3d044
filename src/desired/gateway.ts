import type {
  V1Container,
  V1DeploymentSpec,
  V1PodDisruptionBudgetSpec,
  V1ServiceSpec,
  V1Volume,
} from '@kubernetes/client-node';
import type { EffectiveSpec } from '../api/effective.ts';
import { mebibytes } from '../api/quantity.ts';
import { gatewayFiles } from '../gateway/files.ts';
import type { GatewayFiles } from '../gateway/files.ts';
import type { GatewayAuth, GatewayModel } from '../gateway/model.ts';
import { gatewayTimeouts } from '../gateway/model.ts';
import { READY_PATH } from './athens.ts';
import { COMPONENT, objectLabels, selectorLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { canaryName, engineName, gatewayName, peersName, PORTS, serviceName } from './names.ts';
import { podBase, resourceRequirements, restrictedContainer } from './pod.ts';

/** Seconds between a pod's end in the Service and SIGTERM: load balancers and kube-proxy must have seen it. */
const DRAIN_SECONDS = 5;

/** The routing model of a cache: what the gateway should do, for whichever program prints it. */
export function gatewayModel(cache: string, spec: EffectiveSpec): GatewayModel {
  const urls = spec.environments.flatMap((environment) =>
    environment.upstreams.flatMap((u) => (u.type === 'URL' ? [u.url] : [])),
  );
  const { mutableTTLSeconds, staleWhileRevalidateSeconds, staleIfErrorSeconds, sharing } = spec.gateway.cache;
  return {
    type: spec.gateway.type,
    environments: spec.environments.map(({ name, hostnames, canary, mirror, access }) => ({
      name,
      hostnames,
      engine: { host: engineName(cache, name), port: PORTS.engine },
      ...(canary && {
        canary: {
          engine: { host: canaryName(cache, name), port: PORTS.engine },
          weight: canary.weight,
          ...(canary.match && { match: canary.match }),
        },
      }),
      ...(mirror && { mirror }),
      ...(access && { access }),
    })),
    defaultEnvironment: spec.defaultEnvironment,
    ...(spec.gateway.order && { order: spec.gateway.order }),
    ...(spec.gateway.header !== undefined && { header: spec.gateway.header }),
    onUnknown: spec.gateway.onUnknown,
    onConflict: spec.gateway.onConflict,
    ...(spec.gateway.clientAddress && { clientAddress: spec.gateway.clientAddress }),
    ...(spec.gateway.allowedCIDRs && { allowedCIDRs: spec.gateway.allowedCIDRs }),
    ...(spec.gateway.auth && { auth: gatewayAuth(spec.gateway.auth) }),
    ...(spec.privatePatterns.length > 0 && { privatePatterns: spec.privatePatterns }),
    limits: spec.gateway.limits,
    cache: {
      maxSizeMiB: mebibytes(spec.gateway.cache.size),
      mutableTTLSeconds,
      ...(staleWhileRevalidateSeconds !== undefined && { staleWhileRevalidateSeconds }),
      ...(staleIfErrorSeconds !== undefined && { staleIfErrorSeconds }),
    },
    ...(sharing === 'ConsistentHash' && { peers: { host: peersName(cache), port: PORTS.gatewayPeers } }),
    fetchTimeoutSeconds: spec.engine.fetch.timeoutSeconds,
    ...(spec.checksumDatabase && {
      checksumDatabase: { name: spec.checksumDatabase.name, url: spec.checksumDatabase.url },
    }),
    probedUpstreams: [...new Set(urls)],
    // Not canaries: the first engine stands in for them.
    awaitedEngines: spec.environments
      .filter(({ replicas }) => replicas > 0)
      .map(({ name }) => `http://${engineName(cache, name)}:${PORTS.engine}${READY_PATH}`),
    ports: gatewayPorts(spec),
  };
}

/** What the model knows of `auth`: all but the Secrets, which are the pod's. */
function gatewayAuth({ anonymousRole, jwt }: NonNullable<EffectiveSpec['gateway']['auth']>): GatewayAuth {
  return {
    anonymousRole,
    jwt: jwt.map(({ name, issuer, audiences, algorithms, roleClaim }) => ({
      name,
      issuer,
      audiences,
      algorithms,
      roleClaim,
    })),
  };
}

/** The ports of a gateway pod: at least one of http and https. */
export function gatewayPorts({ gateway: { tls, plainHTTP } }: EffectiveSpec): GatewayModel['ports'] {
  return {
    ...(plainHTTP && { http: PORTS.gateway }),
    ...(tls && { https: PORTS.gatewayTLS }),
    status: PORTS.gatewayStatus,
  };
}

const meta = (cache: string, namespace: string, name: string) => ({
  name,
  namespace,
  labels: objectLabels(cache, 'gateway'),
});

/** The configuration that every gateway pod follows in place. */
export function gatewayConfigMap(cache: string, namespace: string, spec: EffectiveSpec): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta(cache, namespace, gatewayName(cache)),
    data: { ...gatewayFiles(gatewayModel(cache, spec)) },
  };
}

/** The configuration that gateway pods should serve, of the ConfigMap among the objects of a cache: see `gatewayGeneration`. */
export function wantedConfigOf(manifests: readonly Manifest[]): string {
  const config = manifests.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.labels?.[COMPONENT] === 'gateway',
  );
  return (config as { data?: GatewayFiles } | undefined)?.data?.generation.trim() ?? '';
}

/**
 * The gateway pods. The template holds nothing that changes with the routing: the container follows the mounted ConfigMap
 * (reload in place), so that only structural changes (image, sizes, resources) replace pods and lose their warm cache.
 */
export function gatewayDeployment(cache: string, namespace: string, spec: EffectiveSpec): Manifest {
  const { shutdown } = gatewayTimeouts(gatewayModel(cache, spec));
  const { tls, envoy, auth } = spec.gateway;
  const ports = containerPorts(spec);
  const cacheMiB = mebibytes(spec.gateway.cache.size);
  const selector = selectorLabels(cache, 'gateway');
  const status = (path: string) => ({ httpGet: { path, port: 'status' } });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta(cache, namespace, gatewayName(cache)),
    spec: {
      replicas: spec.gateway.replicas,
      revisionHistoryLimit: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: objectLabels(cache, 'gateway') },
        spec: {
          ...podBase(cache, spec),
          terminationGracePeriodSeconds: DRAIN_SECONDS + shutdown + 5,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'kubernetes.io/hostname',
              whenUnsatisfiable: 'ScheduleAnyway',
              labelSelector: { matchLabels: selector },
            },
          ],
          containers: [
            {
              name: 'gateway',
              image: spec.gateway.image,
              command: ['/bin/sh', '/etc/gateway/entrypoint.sh'],
              ...(envoy && { env: [{ name: 'GATEWAY_TYPE', value: 'Envoy' }] }),
              ports: envoy ? ports.filter(({ name }) => name === 'status') : ports,
              resources: resourceRequirements(spec.gateway.resources),
              // The container waits for the names of the engines before it starts nginx: a new cluster may take a while.
              startupProbe: { ...status('/healthz'), periodSeconds: 1, failureThreshold: 600 },
              readinessProbe: { ...status('/readyz'), periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
              livenessProbe: { ...status('/healthz'), periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
              lifecycle: { preStop: { sleep: { seconds: DRAIN_SECONDS } } },
              volumeMounts: [
                ...sharedMounts(spec),
                { name: 'cache', mountPath: '/var/cache/gateway' },
                { name: 'tmp', mountPath: '/tmp' },
                ...(auth ? authMounts : []),
              ],
              ...restrictedContainer,
            },
            ...(envoy ? [envoyContainer(spec, envoy)] : []),
          ],
          volumes: [
            { name: 'config', configMap: { name: gatewayName(cache) } },
            { name: 'run', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
            // nginx clears old entries behind its writes, so the limit that would evict the pod leaves room above max_size.
            { name: 'cache', emptyDir: { sizeLimit: `${Math.ceil(cacheMiB * 1.2) + 512}Mi` } },
            { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
            ...(tls ? [{ name: 'tls', secret: { secretName: tls.secretName, defaultMode: 0o440 } }] : []),
            ...(auth ? authVolumes(auth) : []),
          ],
        },
      },
    } satisfies V1DeploymentSpec,
  };
}

function containerPorts(spec: EffectiveSpec) {
  return Object.entries(gatewayPorts(spec)).map(([name, containerPort]) => ({ name, containerPort, protocol: 'TCP' }));
}

/** What every program of a gateway pod sees. */
const sharedMounts = ({ gateway: { tls } }: EffectiveSpec) => [
  { name: 'config', mountPath: '/etc/gateway', readOnly: true },
  { name: 'run', mountPath: '/run/gateway' },
  ...(tls ? [{ name: 'tls', mountPath: '/etc/gateway-tls', readOnly: true }] : []),
];

/** What nginx alone sees: the keys of token issuers as their Secrets have them, and those that are in use, beside tokens. */
const authMounts = [
  { name: 'jwks', mountPath: '/etc/gateway-jwks', readOnly: true },
  { name: 'auth', mountPath: '/run/gateway-auth' },
];

/** One folder for the Secrets of all issuers. The operator reads none of them. */
function authVolumes({ jwt }: NonNullable<EffectiveSpec['gateway']['auth']>): V1Volume[] {
  const sources = jwt.map(({ name, secret }) => ({
    secret: { name: secret.name, items: [{ key: secret.key, path: `${name}.json` }] },
  }));
  return [
    { name: 'jwks', projected: { defaultMode: 0o440, sources } },
    { name: 'auth', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
  ];
}

/** Envoy in front of the nginx of the pod. It has no preStop hook: SIGTERM does nothing to it, see pod/envoy.sh. */
function envoyContainer(
  spec: EffectiveSpec,
  { image, resources }: NonNullable<EffectiveSpec['gateway']['envoy']>,
): V1Container {
  const ports = containerPorts(spec).filter(({ name }) => name !== 'status');
  // A connection alone: a request could be refused by allowedCIDRs, or by TLS.
  const listens = { tcpSocket: { port: ports[0]?.name ?? 'http' } };
  return {
    name: 'envoy',
    image,
    command: ['/bin/sh', '/etc/gateway/envoy.sh'],
    ports,
    resources: resourceRequirements(resources),
    // It listens when nginx serves its first configuration.
    startupProbe: { ...listens, periodSeconds: 1, failureThreshold: 600 },
    readinessProbe: { ...listens, periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...listens, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
    volumeMounts: sharedMounts(spec),
    ...restrictedContainer,
  };
}

/** The Service that clients use. Each gateway pod has a cache of its own, so a client stays on one pod. */
export function gatewayService(cache: string, namespace: string, spec: EffectiveSpec): Manifest {
  const { type, annotations } = spec.exposure.service;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...meta(cache, namespace, serviceName(cache)), ...(annotations && { annotations }) },
    spec: {
      type,
      selector: selectorLabels(cache, 'gateway'),
      sessionAffinity: 'ClientIP',
      sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } },
      ports: [
        ...(spec.gateway.plainHTTP ? [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }] : []),
        ...(spec.gateway.tls ? [{ name: 'https', port: 443, targetPort: 'https', protocol: 'TCP' }] : []),
      ],
    } satisfies V1ServiceSpec,
  };
}

/**
 * The addresses of the gateway pods, for each other. It has those that are ready, as every Service has, and no address of its own. The
 * port is no container port: pods that are there already can take it up.
 */
export function gatewayPeersService(cache: string, namespace: string, spec: EffectiveSpec): Manifest[] {
  if (spec.gateway.cache.sharing === 'None') return [];
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta(cache, namespace, peersName(cache)),
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        selector: selectorLabels(cache, 'gateway'),
        ports: [{ name: 'peers', port: PORTS.gatewayPeers, targetPort: PORTS.gatewayPeers, protocol: 'TCP' }],
      } satisfies V1ServiceSpec,
    },
  ];
}

/** Keeps gateway pods up during drains. One pod alone gets none: it would block the drain or mean nothing. */
export function gatewayDisruptionBudget(cache: string, namespace: string, spec: EffectiveSpec): Manifest[] {
  if (spec.gateway.replicas < 2) return [];
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: meta(cache, namespace, gatewayName(cache)),
      spec: {
        maxUnavailable: 1,
        selector: { matchLabels: selectorLabels(cache, 'gateway') },
      } satisfies V1PodDisruptionBudgetSpec,
    },
  ];
}
