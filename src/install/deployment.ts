import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { DEFAULT_IMAGES } from '../api/images.ts';
import { restrictedContainer, USER } from '../desired/pod.ts';
import { HEALTH_PORT, LABELS, NAME, SELECTOR } from './names.ts';
import type { Installation } from './options.ts';

/**
 * The operator's pods. One of them has the Lease and works; the others are ready to. A new one is ready before an old one goes, and
 * the old one gives the Lease back.
 */
export function deployment(options: Installation): object {
  const { namespace, image, imagePullPolicy, replicas, resources, podLabels, podAnnotations } = options;
  const probe = (path: string) => ({ httpGet: { path, port: 'health' } });
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      replicas,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: SELECTOR },
      template: {
        metadata: {
          labels: { ...podLabels, ...LABELS },
          ...(!isEmpty(podAnnotations) && { annotations: { ...podAnnotations } }),
        },
        spec: {
          serviceAccountName: NAME,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER,
            runAsGroup: USER,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          ...scheduling(options),
          containers: [
            {
              name: 'operator',
              image,
              imagePullPolicy,
              args: flags(options),
              ports: [{ name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' }],
              resources,
              startupProbe: { ...probe('/healthz'), periodSeconds: 1, failureThreshold: 60 },
              readinessProbe: { ...probe('/readyz'), periodSeconds: 2 },
              livenessProbe: { ...probe('/healthz'), periodSeconds: 10, timeoutSeconds: 5 },
              ...restrictedContainer,
            },
          ],
        },
      },
    } satisfies V1DeploymentSpec,
  };
}

/** An image is named only when it is not the operator's own choice: a new operator brings new ones. */
function flags({ watchNamespaces, logLevel, images }: Installation): string[] {
  return [
    'operator',
    '--leader-election',
    `--health-port=${HEALTH_PORT}`,
    `--log-level=${logLevel}`,
    ...watchNamespaces.map((namespace) => `--watch-namespace=${namespace}`),
    ...(images.athens === DEFAULT_IMAGES.athens ? [] : [`--athens-image=${images.athens}`]),
    ...(images.nginx === DEFAULT_IMAGES.nginx ? [] : [`--nginx-image=${images.nginx}`]),
    ...(images.envoy === DEFAULT_IMAGES.envoy ? [] : [`--envoy-image=${images.envoy}`]),
  ];
}

const SPREAD = {
  maxSkew: 1,
  topologyKey: 'kubernetes.io/hostname',
  whenUnsatisfiable: 'ScheduleAnyway',
  labelSelector: { matchLabels: SELECTOR },
};

/** Where the pods run; what is empty is left out. */
function scheduling(options: Installation) {
  const { imagePullSecrets, priorityClassName, nodeSelector, tolerations, affinity } = options;
  const { topologySpreadConstraints: constraints = [SPREAD] } = options;
  return {
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: [...imagePullSecrets] }),
    ...(priorityClassName !== undefined && { priorityClassName }),
    ...(!isEmpty(nodeSelector) && { nodeSelector: { ...nodeSelector } }),
    ...(tolerations.length > 0 && { tolerations: [...tolerations] }),
    ...(affinity && { affinity }),
    ...(constraints.length > 0 && { topologySpreadConstraints: [...constraints] }),
  };
}

const isEmpty = (object: object) => Object.keys(object).length === 0;
