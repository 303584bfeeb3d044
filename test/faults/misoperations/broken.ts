import type { KubeObject } from '../../../src/kube/objects.ts';
import type { Resource } from '../../../src/kube/paths.ts';
import { resources } from '../../../src/kube/paths.ts';
import type { Json } from '../chain/json.ts';

/** A spec, or something beside it, that the API server admits and that cannot work. */
export interface Broken {
  name: string;
  /** Made before the spec is changed, and deleted when it is taken back. */
  beside?: { resource: Resource; object: KubeObject };
  spec: Json;
  /** What a condition has to say of it: reason and message. */
  says: RegExp;
}

/** An image that no node of a lane can pull (bed/node.ts). */
const ABSENT = 'absent.example.com/team/image:v1';
const Quota = { group: '', version: 'v1', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true } as const;
const LimitRange = { group: '', version: 'v1', plural: 'limitranges', kind: 'LimitRange', namespaced: true } as const;

const two = { environments: [{ name: 'prod' }, { name: 'dev' }] };
const dev = (more: Json): Json => ({ environments: [{ name: 'prod' }, { name: 'dev', ...more }] });
const object = (resource: Resource, name: string, rest: object) => ({
  resource,
  object: {
    apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name },
    ...rest,
  },
});
const quota = (hard: Record<string, string>) => object(Quota, 'tight', { spec: { hard } });
const limits = (type: string, max: Record<string, string>) =>
  object(LimitRange, 'tight', { spec: { limits: [{ type, max }] } });
const auth = { jwt: [{ name: 'ci', issuer: 'a', audiences: ['a'], jwks: { secretRef: { name: 'absent' } } }] };
const pods = { metadata: { labels: { app: 'foreign' } }, spec: { containers: [{ name: 'a', image: 'a' }] } };

/** Objects of somebody else that have the name of a child. */
const foreign: readonly Broken[] = [
  { ...object(resources.Service, 'cache--dev', { spec: { ports: [{ port: 80 }] } }), spec: two },
  { ...object(resources.NetworkPolicy, 'cache--dev', { spec: { podSelector: {} } }), spec: two },
  {
    ...object(resources.PersistentVolumeClaim, 'cache--dev', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }),
    spec: two,
  },
  {
    ...object(resources.Deployment, 'cache--dev', {
      spec: { replicas: 0, selector: { matchLabels: { app: 'foreign' } }, template: pods },
    }),
    spec: two,
  },
  {
    ...object(resources.Ingress, 'cache--gateway', {
      spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } },
    }),
    spec: { exposure: { ingress: {} } },
  },
  {
    ...object(resources.HTTPRoute, 'cache--gateway', { spec: { rules: [{ backendRefs: [{ name: 'a', port: 80 }] }] } }),
    spec: { exposure: { gatewayAPI: { parentRefs: [{ name: 'edge' }] } } },
  },
  {
    ...object(resources.ServiceMonitor, 'cache--gateway', { spec: { selector: {}, endpoints: [{ port: 'a' }] } }),
    spec: { monitoring: { serviceMonitor: {} } },
  },
].map(({ resource, object: there, spec }) => ({
  name: `foreign ${there.kind} ${there.metadata.name}`,
  beside: { resource, object: there },
  spec,
  says: new RegExp(`NameClash.*${there.kind} ${there.metadata.name} exists and belongs to somebody else`, 's'),
}));

export const broken: readonly Broken[] = [
  { name: 'image of the engine', spec: { engine: { image: ABSENT } }, says: /ImagePullFailed.*absent\.example\.com/s },
  {
    name: 'image of the gateway',
    spec: { gateway: { image: ABSENT } },
    says: /ImagePullFailed.*absent\.example\.com/s,
  },
  {
    name: 'image of Envoy',
    spec: { gateway: { type: 'Envoy', envoy: { image: ABSENT } } },
    says: /ImagePullFailed.*absent\.example\.com/s,
  },
  {
    name: 'image of a canary',
    spec: { environments: [{ name: 'prod', canary: { engine: { type: 'Athens', image: ABSENT } } }] },
    says: /ImagePullFailed.*canary of environment prod.*absent\.example\.com/s,
  },
  ...(['cpu', 'memory'] as const).flatMap((resource): Broken[] => {
    const resources = { requests: { [resource]: resource === 'cpu' ? '100' : '500Gi' }, limits: {} };
    const says = new RegExp(`Unschedulable.*Insufficient ${resource}`, 's');
    return [
      { name: `${resource} of the engine`, spec: { engine: { resources } }, says },
      { name: `${resource} of an environment`, spec: dev({ resources }), says },
      { name: `${resource} of the gateway`, spec: { gateway: { resources } }, says },
      { name: `${resource} of Envoy`, spec: { gateway: { type: 'Envoy', envoy: { resources } } }, says },
    ];
  }),
  {
    name: 'quota of pods',
    beside: quota({ pods: '3' }),
    spec: { gateway: { replicas: 5 } },
    says: /PodsRefused.*quota/s,
  },
  {
    name: 'quota of claims',
    beside: quota({ persistentvolumeclaims: '1' }),
    spec: two,
    says: /ApplyRefused.*cache--dev.*quota/s,
  },
  { name: 'quota of Services', beside: quota({ services: '2' }), spec: two, says: /ApplyRefused.*cache--dev.*quota/s },
  {
    name: 'quota of Deployments',
    beside: quota({ 'count/deployments.apps': '2' }),
    spec: two,
    says: /ApplyRefused.*cache--dev.*quota/s,
  },
  {
    name: 'limit of memory',
    beside: limits('Container', { memory: '3Gi' }),
    spec: { engine: { resources: { requests: { memory: '4Gi' }, limits: { memory: '4Gi' } } } },
    says: /PodsRefused.*maximum memory usage/s,
  },
  {
    name: 'limit of storage',
    beside: limits('PersistentVolumeClaim', { storage: '11Gi' }),
    spec: dev({ storage: { size: '12Gi' } }),
    says: /ApplyRefused.*cache--dev.*maximum storage usage/s,
  },
  { name: 'Secret of TLS', spec: { gateway: { tls: { secretRef: { name: 'absent' } } } }, says: /Secret absent/ },
  {
    name: 'Secret of keys',
    spec: { gateway: { auth, tls: { secretRef: { name: 'tls-one' } } } },
    says: /Secret absent/,
  },
  { name: 'volume smaller', spec: { storage: { size: '5Gi' } }, says: /CannotShrink.*cache--prod.*10Gi.*5Gi/s },
  {
    name: 'class changed',
    spec: { storage: { storageClassName: 'fixed' } },
    says: /StorageClassDiffers.*cache--prod.*fixed/s,
  },
  {
    name: 'class absent',
    spec: dev({ storage: { storageClassName: 'absent', retentionPolicy: 'Delete' } }),
    says: /StorageClassMissing.*cache--dev.*absent/s,
  },
  { name: 'paused', spec: { paused: true, gateway: { replicas: 5 } }, says: /Paused.*spec\.paused is true/s },
  ...foreign,
];
