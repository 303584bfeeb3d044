import type { Workload } from './workload.ts';
import { change, create, remove, secrets, untilLooksAreRare } from './workload.ts';

const athens = 'registry.example.com/athens:v0.18.1';
const three = [{ name: 'prod' }, { name: 'staging', storage: { type: 'EmptyDir', size: '10Gi' } }, { name: 'dev' }];

/** Everything that makes an object of its own. */
export const everything = {
  engine: { image: athens, fetch: { timeoutSeconds: 300, concurrency: 4 } },
  environments: [
    {
      name: 'prod',
      hostnames: ['goproxy.example.com'],
      canary: { engine: { type: 'Athens', image: 'registry.example.com/athens:v0.19.0' }, weight: 10 },
      mirror: { to: 'staging', percent: 5 },
      access: { minimumRole: 'User' },
    },
    { name: 'staging', hostnames: ['staging.goproxy.example.com'], storage: { type: 'EmptyDir', size: '10Gi' } },
  ],
  gateway: {
    type: 'Envoy',
    tls: { secretRef: { name: 'tls' }, plainHTTP: 'Enabled' },
    cache: { sharing: 'ConsistentHash' },
    auth: {
      anonymousRole: 'Guest',
      jwt: [
        {
          name: 'idp',
          issuer: 'https://idp.example.com',
          audiences: ['goproxy'],
          jwks: { secretRef: { name: 'jwks' } },
        },
      ],
    },
  },
  exposure: {
    ingress: { ingressClassName: 'nginx', tlsSecretName: 'tls' },
    gatewayAPI: { parentRefs: [{ name: 'public', namespace: 'infra' }] },
  },
  monitoring: { serviceMonitor: { intervalSeconds: 30 } },
};

const named = (name: string, ...steps: Workload['steps']): Workload => ({ name, steps });

export const workloads: readonly Workload[] = [
  named('create', create({})),
  named('everything', secrets('tls', 'jwks'), create(everything)),
  named(
    'images',
    create({}),
    change('other images', { engine: { image: athens }, gateway: { image: 'registry.example.com/nginx:1.30.8' } }),
  ),
  named(
    'routing',
    create({ environments: three }),
    change('another default and routing', {
      environments: [{ name: 'prod' }, { ...three[1], default: true }, { name: 'dev' }],
      gateway: { routing: { onUnknown: 'Reject' } },
    }),
  ),
  named('up', create({}), change('more pods', { gateway: { replicas: 4 } })),
  named('down', create({ gateway: { replicas: 3 } }), change('one pod', { gateway: { replicas: 1 } })),
  named('grow', create({ storage: { size: '10Gi' } }), change('20Gi', { storage: { size: '20Gi' } })),
  named(
    'environment-added',
    create({}),
    change('three environments', { environments: [{ ...three[0], default: true }, ...three.slice(1)] }),
  ),
  named(
    'environment-removed',
    create({
      environments: [
        { ...three[0], default: true },
        { name: 'dev', storage: { retentionPolicy: 'Delete' } },
      ],
    }),
    change('one environment', { environments: [{ name: 'prod' }] }),
  ),
  named('type', create({}), change('Envoy', { gateway: { type: 'Envoy' } })),
  named(
    'certificate',
    secrets('tls', 'other'),
    create({ gateway: { tls: { secretRef: { name: 'tls' } } } }),
    change('another Secret', { gateway: { tls: { secretRef: { name: 'other' } } } }),
  ),
  named(
    'features-off',
    secrets('tls', 'jwks'),
    create(everything),
    change('fewer features', { environments: [{ name: 'prod' }], gateway: null, exposure: null, monitoring: null }),
  ),
  named('pause', create({}), untilLooksAreRare, change('paused', { paused: true })),
  named('resume', create({ paused: true }), change('resumed', { paused: false })),
  named('delete-retain', create({}), remove),
  named('delete', create({ storage: { retentionPolicy: 'Delete' } }), remove),
  named('delete-create', create({}), {
    what: 'delete, and create at once',
    do: async (lane, namespace) => {
      await remove.do(lane, namespace);
      await create({}).do(lane, namespace);
    },
  }),
];

/** The one of this name. Throws when there is none. */
export function workloadOf(wanted: string): Workload {
  const workload = workloads.find(({ name }) => name === wanted);
  if (!workload) throw new Error(`there is no workload ${wanted}`);
  return workload;
}
