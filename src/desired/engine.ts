import type { V1DeploymentSpec, V1Probe, V1ServiceSpec, V1Volume } from '@kubernetes/client-node';
import type { EffectiveEnvironment, EffectiveSpec, EffectiveStorage } from '../api/effective.ts';
import { mebibytes } from '../api/quantity.ts';
import { athensEnv, READY_PATH, SHUTDOWN_SECONDS, STORAGE_ROOT } from './athens.ts';
import type { EngineComponent } from './labels.ts';
import { objectLabels, selectorLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { canaryName, engineName, PORTS } from './names.ts';
import { podBase, resourceRequirements, restrictedContainer } from './pod.ts';

/** One engine: of an environment, or of its canary. */
export interface Engine {
  /** Of all its objects. */
  name: string;
  /** A canary's pods carry another component, so that no selector of the first engine matches them. */
  component: EngineComponent;
  environment: EffectiveEnvironment;
  image: string;
  storage: EffectiveStorage;
}

/** The engines of a cache: those of its environments in their order, each before its canary. */
export const engines = (cache: string, spec: EffectiveSpec): Engine[] =>
  spec.environments.flatMap((environment): Engine[] => {
    const { name, storage, canary } = environment;
    return [
      { name: engineName(cache, name), component: 'engine', environment, image: spec.engine.image, storage },
      ...(canary
        ? [
            {
              name: canaryName(cache, name),
              component: 'canary' as const,
              environment,
              image: canary.image,
              storage: canary.storage,
            },
          ]
        : []),
    ];
  });

const http = (path: string, rest: V1Probe): V1Probe => ({ httpGet: { path, port: 'http' }, ...rest });

const storageVolume = ({ name, storage }: Engine): V1Volume => ({
  name: 'storage',
  ...(storage.type === 'EmptyDir'
    ? { emptyDir: { sizeLimit: `${mebibytes(storage.size)}Mi` } }
    : { persistentVolumeClaim: { claimName: name } }),
});

/**
 * The Deployment of an engine. Its volume is ReadWriteOnce, so the strategy is Recreate: a rolling update would wait for
 * ever for the old pod to give the volume up when the new one starts on another node.
 */
export function engineDeployment(cache: string, namespace: string, spec: EffectiveSpec, engine: Engine): Manifest {
  const { name, component, environment, image } = engine;
  const selector = selectorLabels(cache, component, environment.name);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: objectLabels(cache, component, environment.name) },
    spec: {
      replicas: environment.replicas,
      revisionHistoryLimit: 3,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: objectLabels(cache, component, environment.name) },
        spec: {
          ...podBase(cache, spec),
          terminationGracePeriodSeconds: SHUTDOWN_SECONDS + 10,
          containers: [
            {
              name: 'engine',
              image,
              env: athensEnv(spec, environment),
              ports: [{ name: 'http', containerPort: PORTS.engine, protocol: 'TCP' }],
              resources: resourceRequirements(environment.resources),
              // readyz lists the storage; healthz only answers. A slow volume must not restart the engine.
              startupProbe: http(READY_PATH, { periodSeconds: 1, failureThreshold: 120 }),
              readinessProbe: http(READY_PATH, { periodSeconds: 5, timeoutSeconds: 5 }),
              livenessProbe: http('/healthz', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
              volumeMounts: [
                { name: 'storage', mountPath: STORAGE_ROOT },
                { name: 'tmp', mountPath: '/tmp' },
              ],
              ...restrictedContainer,
            },
          ],
          volumes: [storageVolume(engine), { name: 'tmp', emptyDir: {} }],
        },
      },
    } satisfies V1DeploymentSpec,
  };
}

/** The address under which the gateway knows the engine. */
export function engineService(cache: string, namespace: string, { name, component, environment }: Engine): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: objectLabels(cache, component, environment.name) },
    spec: {
      type: 'ClusterIP',
      selector: selectorLabels(cache, component, environment.name),
      ports: [{ name: 'http', port: PORTS.engine, targetPort: 'http', protocol: 'TCP' }],
    } satisfies V1ServiceSpec,
  };
}
