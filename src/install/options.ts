// Types only, and of the package that a user of src/synth has anyway: client-node would come to his repository for their sake.
import type { Affinity, Toleration, TopologySpreadConstraint } from 'cdk8s-plus-27/lib/imports/k8s.js';
import packageJson from '../../package.json' with { type: 'json' };
import type { DefaultImages } from '../api/images.ts';
import { DEFAULT_IMAGES } from '../api/images.ts';

/** How the operator is installed. Everything is optional; {@link DEFAULTS} says what is meant without. */
export interface InstallOptions {
  /** Namespace of the operator. @default 'goproxycache-system' */
  namespace?: string;
  /** Whether the namespace is made too, with Pod Security `restricted`. Off for those who may not make one. @default true */
  createNamespace?: boolean;
  /** The CustomResourceDefinition: one in a cluster, however many operators there are. @default { enabled: true } */
  crds?: { enabled?: boolean };
  /** Image of the operator. @default - the one of this version */
  image?: string;
  /** @default 'IfNotPresent' */
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
  /** Secrets in the operator's namespace for the registry of its image. @default - none */
  imagePullSecrets?: readonly { name: string }[];
  /** Images of engines and gateways for caches that name none: a mirror, for example. @default - the public ones of this version */
  images?: Partial<DefaultImages>;
  /** Pods of the operator, 1 or more: one works, the others wait for its Lease. @default 2 */
  replicas?: number;
  /**
   * The namespaces whose caches the operator keeps. None means all of them, with a ClusterRole. Named ones get a Role each, the operator
   * has no right on the whole cluster, and does without what is there for all: it says nothing about StorageClasses. @default []
   */
  watchNamespaces?: readonly string[];
  /** @default 'info' */
  logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** Of the operator's container; replaces the default as a whole. @default - 50m CPU and 128Mi requested, at most 512Mi */
  resources?: { limits?: Readonly<Record<string, string>>; requests?: Readonly<Record<string, string>> };
  /** One pod at a time may be evicted. @default { enabled: true } */
  podDisruptionBudget?: { enabled?: boolean };
  /**
   * Who may talk to the operator's pods, and to whom they talk. Off unless asked for: the port of an API server is not the same in
   * every cluster, and behind the wrong one the operator is blind.
   */
  networkPolicy?: {
    enabled?: boolean;
    /** Ports of the API server: that of its Service, and that of the server behind it. */
    apiServerPorts?: readonly number[];
  };
  /** For the prometheus-operator, which brings the kind. */
  serviceMonitor?: {
    enabled?: boolean;
    /** A duration of Prometheus, such as 30s; the one of Prometheus itself when absent. */
    interval?: string;
    /** Labels by which a Prometheus selects its monitors. */
    labels?: Readonly<Record<string, string>>;
  };
  podLabels?: Readonly<Record<string, string>>;
  podAnnotations?: Readonly<Record<string, string>>;
  priorityClassName?: string;
  nodeSelector?: Readonly<Record<string, string>>;
  tolerations?: readonly Toleration[];
  affinity?: Affinity;
  /** Replaces the default, which spreads the pods over nodes where that is possible. */
  topologySpreadConstraints?: readonly TopologySpreadConstraint[];
}

/** What an option means that is left out. The chart's values have the same defaults. */
export const DEFAULTS = {
  namespace: 'goproxycache-system',
  createNamespace: true,
  crds: { enabled: true },
  image: `ghcr.io/goproxycache/operator:${packageJson.version}`,
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: [],
  images: DEFAULT_IMAGES,
  replicas: 2,
  watchNamespaces: [],
  logLevel: 'info',
  resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '512Mi' } },
  podDisruptionBudget: { enabled: true },
  networkPolicy: { enabled: false, apiServerPorts: [443, 6443] },
  serviceMonitor: { enabled: false, labels: {} },
  podLabels: {},
  podAnnotations: {},
  nodeSelector: {},
  tolerations: [],
} as const satisfies InstallOptions;

type Block = 'crds' | 'images' | 'podDisruptionBudget' | 'networkPolicy' | 'serviceMonitor';
type Absent = 'priorityClassName' | 'affinity' | 'topologySpreadConstraints';

/** Options with every default filled in. */
export type Installation = Required<Omit<InstallOptions, Block | Absent>> &
  Pick<InstallOptions, Absent> & {
    crds: { enabled: boolean };
    images: DefaultImages;
    podDisruptionBudget: { enabled: boolean };
    networkPolicy: { enabled: boolean; apiServerPorts: readonly number[] };
    serviceMonitor: { enabled: boolean; interval?: string; labels: Readonly<Record<string, string>> };
  };

/** Fills in the defaults. */
export function complete(options: InstallOptions): Installation {
  return {
    ...DEFAULTS,
    ...options,
    crds: { ...DEFAULTS.crds, ...options.crds },
    images: { ...DEFAULTS.images, ...options.images },
    podDisruptionBudget: { ...DEFAULTS.podDisruptionBudget, ...options.podDisruptionBudget },
    networkPolicy: { ...DEFAULTS.networkPolicy, ...options.networkPolicy },
    serviceMonitor: { ...DEFAULTS.serviceMonitor, ...options.serviceMonitor },
    watchNamespaces: [...new Set(options.watchNamespaces)],
  };
}
