import * as z from 'zod';
import { HOSTNAME, IMAGE } from '../../api/patterns.ts';
import { NAMESPACE } from '../names.ts';
import { DEFAULTS } from '../options.ts';

const text = (pattern: string) => z.string().regex(new RegExp(pattern));
/** One pattern instead of a union: helm then says in one line what is wrong. */
const optional = (pattern: string) => text(`^$|${pattern}`).default('');
const map = () => z.record(z.string(), z.string()).default({});
/** What Kubernetes knows better than we do. */
const passed = () => z.looseObject({});
const quantities = () => z.record(z.string(), z.union([z.string(), z.number()])).optional();
const enabled = (value: boolean) => z.boolean().default(value);
const [repository = ''] = DEFAULTS.image.split(':');

/**
 * The chart's values: values.yaml, values.schema.json and the table of its README are printed from this. A member without a default is
 * admitted and not printed into values.yaml. Defaults are those of InstallOptions, wherever it has the option.
 */
export const Values = z.strictObject({
  watchNamespaces: z
    .array(text(NAMESPACE))
    .default([...DEFAULTS.watchNamespaces])
    .meta({ uniqueItems: true })
    .describe(
      'Namespaces whose caches the operator keeps. None means all of them, with a ClusterRole. Named ones get a Role each, and the operator has no right on the cluster: it then says nothing about StorageClasses. They have to exist.',
    ),
  replicas: z
    .int()
    .min(1)
    .default(DEFAULTS.replicas)
    .describe('Pods of the operator: one works, the others wait for its Lease.'),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default(DEFAULTS.logLevel)
    .describe('Least important messages to log: debug, info, warn or error.'),
  crds: z.strictObject({
    enabled: enabled(DEFAULTS.crds.enabled).describe(
      'Whether the chart brings the CRD, and upgrades it. One release in a cluster does.',
    ),
    keep: z
      .boolean()
      .default(true)
      .describe('Whether helm uninstall leaves the CRD. Without it every cache of the cluster goes with the CRD.'),
  }),
  image: z.strictObject({
    repository: text(IMAGE).default(repository).describe('Image of the operator, without its tag.'),
    tag: optional('^[A-Za-z0-9_][-A-Za-z0-9._]{0,127}$').describe("Its tag; the chart's appVersion when empty."),
    digest: optional('^sha256:[a-f0-9]{64}$').describe('Its digest, sha256:..., for those who pin it.'),
    pullPolicy: z
      .enum(['Always', 'IfNotPresent', 'Never'])
      .default(DEFAULTS.imagePullPolicy)
      .describe('Always, IfNotPresent or Never.'),
  }),
  imagePullSecrets: z
    .array(z.strictObject({ name: z.string().min(1) }))
    .default([...DEFAULTS.imagePullSecrets])
    .describe("Secrets in the operator's namespace for the registry of its image: a list of {name: ...}."),
  images: z.strictObject({
    athens: optional(IMAGE).describe(
      "Athens for caches that name no image: a mirror, for example. The operator's own choice when empty.",
    ),
    nginx: optional(IMAGE).describe('The same for nginx, which is in every gateway.'),
    envoy: optional(IMAGE).describe('The same for Envoy.'),
  }),
  resources: z
    .strictObject({ requests: quantities(), limits: quantities() })
    .default(DEFAULTS.resources)
    .describe("Of the operator's container."),
  podDisruptionBudget: z.strictObject({
    enabled: enabled(DEFAULTS.podDisruptionBudget.enabled).describe('Lets one pod at a time be evicted.'),
  }),
  networkPolicy: z.strictObject({
    enabled: enabled(DEFAULTS.networkPolicy.enabled).describe(
      'Admits connections to the port of health and metrics only, and from the operator to the API server, to the status port of gateways and to DNS. Off, since the port of the API server is not the same in every cluster, and behind a wrong one the operator is blind.',
    ),
    apiServerPorts: z
      .array(z.int().min(1).max(65535))
      .min(1)
      .default([...DEFAULTS.networkPolicy.apiServerPorts])
      .describe('Ports of the API server: that of its Service, and that of the server behind it.'),
  }),
  serviceMonitor: z.strictObject({
    enabled: enabled(DEFAULTS.serviceMonitor.enabled).describe(
      'Makes a ServiceMonitor for the metrics of the operator; the prometheus-operator brings the kind.',
    ),
    interval: optional('^([0-9]+(ms|[smhdwy]))+$').describe(
      'Such as 30s; the interval of Prometheus itself when empty.',
    ),
    labels: map().describe('Labels by which your Prometheus selects its monitors.'),
  }),
  serviceAccount: z.strictObject({
    create: z.boolean().default(true).describe('Whether the chart makes the ServiceAccount.'),
    name: optional(HOSTNAME).describe('Its name, also where somebody else makes it; that of the release when empty.'),
    annotations: map().describe('Annotations of it.'),
  }),
  rbac: z.strictObject({
    create: z
      .boolean()
      .default(true)
      .describe(
        'Whether the chart makes roles and bindings. Without them somebody else has to, before the operator is ready.',
      ),
  }),
  podLabels: map().describe('More labels of the pods.'),
  podAnnotations: map().describe('Annotations of the pods.'),
  priorityClassName: z.string().default('').describe('PriorityClass of the pods.'),
  nodeSelector: map().describe('Labels of the nodes that the pods may run on.'),
  tolerations: z.array(passed()).default([]).describe('Tolerations of the pods.'),
  affinity: passed().default({}).describe('Affinity of the pods.'),
  topologySpreadConstraints: z
    .array(passed())
    .default([])
    .describe('Replaces what the chart says when this is empty: one pod a node, where that is possible.'),
  nameOverride: optional(NAMESPACE).describe("Replaces the chart's name in the names of objects."),
  fullnameOverride: optional(NAMESPACE).describe('Replaces the whole name of objects.'),
  enabled: z.boolean().optional().describe('For a parent chart, as the condition of this dependency. Not read here.'),
  global: z.unknown().optional().describe('For a parent chart. Not read here.'),
});

/** Values as templates see them, with every default filled in. */
export type Values = z.output<typeof Values>;
