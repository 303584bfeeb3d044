import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { customResourceDefinition } from '../api/crd.ts';
import type { DefaultImages } from '../api/images.ts';
import { DEFAULT_IMAGES } from '../api/images.ts';
import { RULES } from './rbac.ts';

export interface InstallOptions {
  namespace: string;
  /** Image of the operator. */
  image: string;
  /** Images of engines and gateways for caches that name none: a mirror, for example. */
  images: DefaultImages;
}

const NAME = 'goproxycache-operator';
/** Port of /healthz, /readyz and /metrics. */
export const HEALTH_PORT = 8080;
const LABELS = { 'app.kubernetes.io/name': NAME, 'app.kubernetes.io/part-of': 'goproxycache' };
const RBAC = 'rbac.authorization.k8s.io';

/** Everything that makes the operator run, in the order of creation: one builder for `install`, the chart and the construct. */
export function installation(options: InstallOptions): object[] {
  const { namespace } = options;
  const subject = { kind: 'ServiceAccount', name: NAME, namespace };
  return [
    customResourceDefinition(),
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { ...LABELS, 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: NAME, namespace, labels: LABELS },
      automountServiceAccountToken: false,
    },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: NAME, labels: LABELS }, rules: RULES },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: NAME, labels: LABELS },
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: NAME },
      subjects: [subject],
    },
    deployment(options),
  ];
}

function deployment({ namespace, image, images }: InstallOptions): object {
  const probe = (path: string) => ({ httpGet: { path, port: 'health' } });
  const flags = [
    ...(images.athens === DEFAULT_IMAGES.athens ? [] : [`--athens-image=${images.athens}`]),
    ...(images.nginx === DEFAULT_IMAGES.nginx ? [] : [`--nginx-image=${images.nginx}`]),
    ...(images.envoy === DEFAULT_IMAGES.envoy ? [] : [`--envoy-image=${images.envoy}`]),
  ];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      // One at a time: there is no leader election yet, and two operators would only do the same work twice.
      replicas: 1,
      strategy: { type: 'Recreate' },
      selector: { matchLabels: LABELS },
      template: {
        metadata: { labels: LABELS },
        spec: {
          serviceAccountName: NAME,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'operator',
              image,
              args: ['operator', `--health-port=${HEALTH_PORT}`, ...flags],
              ports: [{ name: 'health', containerPort: HEALTH_PORT, protocol: 'TCP' }],
              resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
              startupProbe: { ...probe('/healthz'), periodSeconds: 1, failureThreshold: 60 },
              readinessProbe: { ...probe('/readyz'), periodSeconds: 2 },
              livenessProbe: { ...probe('/healthz'), periodSeconds: 10, timeoutSeconds: 5 },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
                readOnlyRootFilesystem: true,
              },
            },
          ],
        },
      },
    } satisfies V1DeploymentSpec,
  };
}
