import { ApiObject } from 'cdk8s';
import type { Construct } from 'constructs';
import type { ParsedSpec, Spec } from '../api/spec.ts';
import { GROUP, KIND, VERSION } from '../api/types.ts';
import { describeProblem, validate } from '../api/validate.ts';
import { isRecord } from './merge.ts';
import { namespaceProblems } from './namespace.ts';
import { refuse } from './problems.ts';

type Listed = NonNullable<Spec['environments']>[number];

/** An environment of a cache; its name is the key under which it stands. docs/api.md describes the fields. */
export type EnvironmentProps = Readonly<Omit<Listed, 'name'>>;

/** A cache without its name. The fields are those of the custom resource's spec, which docs/api.md describes one by one. */
export interface CacheProps {
  /** @default - the namespace of the chart */
  readonly namespace?: string;
  /** Labels of the custom resource; its children do not get them. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
  /** Annotations of the custom resource. @default - none */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether the operator leaves all objects of this cache as they are. @default false */
  readonly paused?: Spec['paused'];
  /** Secrets for pulling images. @default - none */
  readonly imagePullSecrets?: Spec['imagePullSecrets'];
  /** The engines: image, resources, how they fetch. @default - the Athens that belongs to the operator */
  readonly engine?: Spec['engine'];
  /** Where modules come from, in order. @default - [{ type: 'GoDefault' }] */
  readonly upstreams?: Spec['upstreams'];
  /** @default - sum.golang.org, asked through the gateway */
  readonly checksumDatabase?: Spec['checksumDatabase'];
  /** Modules that are not for everybody. @default - none */
  readonly privateModules?: Spec['privateModules'];
  /** Storage of each environment that has none of its own. @default - a PersistentVolumeClaim of 10Gi that outlives the cache */
  readonly storage?: Spec['storage'];
  /** The environments by name: `{ prod: {}, staging: { replicas: 0 } }`. @default - one, called prod */
  readonly environments?: Readonly<Record<string, EnvironmentProps>>;
  /** The gateway in front of all environments. @default - nginx, two pods */
  readonly gateway?: Spec['gateway'];
  /** How the gateway is reached. @default - a Service of type ClusterIP */
  readonly exposure?: Spec['exposure'];
  /** How the cache is watched. @default - metrics are served, and nobody is told */
  readonly monitoring?: Spec['monitoring'];
}

export interface GoProxyCacheProps extends CacheProps {
  /** Name of the resource, and of the Service that people see. @default - the id of the construct */
  readonly name?: string;
}

/**
 * A GoProxyCache: one custom resource, checked here as the cluster would check it.
 * @throws SynthesisError with a sentence for each problem, the same that `kubectl apply` would print.
 */
export class GoProxyCache extends ApiObject {
  constructor(scope: Construct, id: string, props: GoProxyCacheProps = {}) {
    const { name = id, ...cache } = props;
    refuse(cacheProblems(name, cache).map((problem) => `${name}: ${problem}`));
    const { namespace, labels, annotations } = cache;
    super(scope, id, {
      apiVersion: `${GROUP}/${VERSION}`,
      kind: KIND,
      metadata: {
        name,
        ...(namespace !== undefined && { namespace }),
        ...(labels && { labels }),
        ...(annotations && { annotations }),
      },
      spec: specOf(cache),
    });
  }
}

/** What is not of the spec. */
const METADATA: readonly string[] = ['namespace', 'labels', 'annotations'] satisfies (keyof CacheProps)[];

/** The spec of the custom resource. */
export function specOf(cache: CacheProps): object {
  const spec = Object.fromEntries(Object.entries(cache).filter(([field]) => !METADATA.includes(field)));
  if (cache.environments === undefined) return spec;
  return { ...spec, environments: Object.entries(cache.environments).map(([name, rest]) => ({ name, ...rest })) };
}

/** The spec with the defaults of the CRD. @throws SynthesisError */
export function parsedSpec(name: string, cache: CacheProps): ParsedSpec {
  const { spec, problems } = validate({ metadata: { name }, spec: specOf(cache) });
  refuse(problems.map(describeProblem));
  return spec as ParsedSpec;
}

/** What is wrong with a cache, whoever wrote it: types may have been ignored. */
export function cacheProblems(name: string, cache: CacheProps): string[] {
  const { namespace, labels, annotations, environments } = cache;
  const own = [
    ...(namespace === undefined ? [] : namespaceProblems('namespace', namespace)),
    ...textProblems('labels', labels),
    ...textProblems('annotations', annotations),
    ...environmentProblems(environments),
  ];
  if (own.length > 0) return own;
  return validate({ metadata: { name }, spec: specOf(cache) }).problems.map(describeProblem);
}

function textProblems(field: string, texts: unknown): string[] {
  if (texts === undefined || (isRecord(texts) && Object.values(texts).every((text) => typeof text === 'string')))
    return [];
  return [describeProblem({ field, value: texts, message: 'must be an object of texts: put each value into quotes' })];
}

function environmentProblems(environments: unknown): string[] {
  if (environments === undefined) return [];
  const value = isRecord(environments) ? Object.values(environments) : [environments];
  if (value.every((item) => isRecord(item) && !('name' in item))) return [];
  const message = 'must have each environment under its name: write for example { prod: {}, staging: { replicas: 0 } }';
  return [describeProblem({ field: 'environments', value: environments, message })];
}
