import * as z from 'zod';
import { IMAGE } from '../api/patterns.ts';
import { shapeMessage } from '../api/shape.ts';
import { describeProblem, problemsOf } from '../api/validate.ts';
import { Values } from './chart/values.ts';
import { NAMESPACE, NAMESPACE_REMEDY } from './names.ts';
import type { InstallOptions } from './options.ts';

const namespace = z.string().regex(new RegExp(NAMESPACE), NAMESPACE_REMEDY);
const image = z.string().regex(new RegExp(IMAGE), 'must be the name of an image: write for example registry/name:tag');

const { replicas, logLevel, imagePullSecrets, resources, podLabels, podAnnotations } = Values.shape;
const { priorityClassName, nodeSelector, tolerations, affinity, topologySpreadConstraints } = Values.shape;

/** The shape of InstallOptions. Options that the chart has as values have the shape of these. */
const Options = z.strictObject({
  namespace: namespace.optional(),
  createNamespace: z.boolean().optional(),
  crds: Values.shape.crds.pick({ enabled: true }).optional(),
  image: image.optional(),
  imagePullPolicy: Values.shape.image.shape.pullPolicy,
  imagePullSecrets,
  images: z.strictObject({ athens: image.optional(), nginx: image.optional(), envoy: image.optional() }).optional(),
  replicas,
  watchNamespaces: z.array(namespace).optional(),
  logLevel,
  resources,
  podDisruptionBudget: Values.shape.podDisruptionBudget.optional(),
  networkPolicy: Values.shape.networkPolicy.optional(),
  serviceMonitor: Values.shape.serviceMonitor.optional(),
  podLabels,
  podAnnotations,
  priorityClassName,
  nodeSelector,
  tolerations,
  affinity,
  topologySpreadConstraints,
} satisfies Record<keyof InstallOptions, z.ZodType>);

/** An option that no cluster could run: its message is one sentence a line, with field, value and remedy. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

/** What is wrong with options that stand in the field `root`, one sentence each. Types may have been ignored: Node runs TypeScript without them. */
export function optionProblems(options: unknown, root = ''): string[] {
  const { success, error } = Options.safeParse(options, { error: shapeMessage });
  if (success) return [];
  return problemsOf(error.issues, root, options, 'is not an option: correct the spelling').map(describeProblem);
}
