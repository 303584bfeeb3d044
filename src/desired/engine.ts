import type { V1DeploymentSpec, V1Probe, V1ServiceSpec } from '@kubernetes/client-node';
import type { EffectiveEnvironment, EffectiveSpec } from '../api/effective.ts';
import { athensEnv, SHUTDOWN_SECONDS, STORAGE_ROOT } from './athens.ts';
import { objectLabels, selectorLabels } from './labels.ts';
import type { Manifest } from './manifest.ts';
import { engineName, PORTS } from './names.ts';
import { podBase, resourceRequirements, restrictedContainer } from './pod.ts';

const http = (path: string, rest: V1Probe): V1Probe => ({ httpGet: { path, port: 'http' }, ...rest });

/**
 * The engine of one environment. Its volume is ReadWriteOnce, so the strategy is Recreate: a rolling update would wait for
 * ever for the old pod to give the volume up when the new one starts on another node.
 */
export function engineDeployment(
  cache: string,
  namespace: string,
  spec: EffectiveSpec,
  environment: EffectiveEnvironment,
): Manifest {
  const name = engineName(cache, environment.name);
  const selector = selectorLabels(cache, 'engine', environment.name);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels: objectLabels(cache, 'engine', environment.name) },
    spec: {
      replicas: environment.replicas,
      revisionHistoryLimit: 3,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: objectLabels(cache, 'engine', environment.name) },
        spec: {
          ...podBase(cache, spec),
          terminationGracePeriodSeconds: SHUTDOWN_SECONDS + 10,
          containers: [
            {
              name: 'engine',
              image: spec.engine.image,
              env: athensEnv(spec, environment),
              ports: [{ name: 'http', containerPort: PORTS.engine, protocol: 'TCP' }],
              resources: resourceRequirements(environment.resources),
              // readyz lists the storage; healthz only answers. A slow volume must not restart the engine.
              startupProbe: http('/readyz', { periodSeconds: 1, failureThreshold: 120 }),
              readinessProbe: http('/readyz', { periodSeconds: 5, timeoutSeconds: 5 }),
              livenessProbe: http('/healthz', { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 }),
              volumeMounts: [
                { name: 'storage', mountPath: STORAGE_ROOT },
                { name: 'tmp', mountPath: '/tmp' },
              ],
              ...restrictedContainer,
            },
          ],
          volumes: [
            { name: 'storage', persistentVolumeClaim: { claimName: name } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      },
    } satisfies V1DeploymentSpec,
  };
}

/** The address under which the gateway knows the engine. */
export function engineService(cache: string, namespace: string, environment: EffectiveEnvironment): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: engineName(cache, environment.name),
      namespace,
      labels: objectLabels(cache, 'engine', environment.name),
    },
    spec: {
      type: 'ClusterIP',
      selector: selectorLabels(cache, 'engine', environment.name),
      ports: [{ name: 'http', port: PORTS.engine, targetPort: 'http', protocol: 'TCP' }],
    } satisfies V1ServiceSpec,
  };
}
