import * as z from 'zod';
import { RULES } from './rules.ts';
import { Spec } from './spec.ts';
import { Status } from './status.ts';
import { GROUP, KIND, PLURAL, VERSION } from './types.ts';

/** A JSON schema as OpenAPI v3 in a CRD knows it. */
export interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  format?: string;
  anyOf?: Schema[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-validations'?: { rule: string; message: string; fieldPath?: string }[];
  [extension: `x-kubernetes-${string}`]: unknown;
}

const OPTIONS = { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' } as const;

/**
 * Makes zod's output structural: no closed objects (the API server prunes), no bounds that only say "safe in JavaScript",
 * int-or-string without a type, and no default inside a list item (see spec.ts).
 */
function structural(schema: Schema, insideList = false): Schema {
  const { additionalProperties, properties, items, anyOf, ...rest } = schema;
  const out: Schema = { ...rest };
  if (insideList) delete out.default;
  if (out.minimum === Number.MIN_SAFE_INTEGER) delete out.minimum;
  if (out.maximum === Number.MAX_SAFE_INTEGER) delete out.maximum;
  if (out.type === 'integer') out.format = 'int32';
  if (out['x-kubernetes-int-or-string']) {
    out.anyOf = [{ type: 'integer' }, { type: 'string' }];
    const text = anyOf?.find((branch) => branch.type === 'string');
    if (text?.maxLength !== undefined) out.maxLength = text.maxLength;
  } else if (anyOf) throw new Error('unions are not structural; use a discriminator field');
  if (properties)
    out.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, structural(property, insideList)]),
    );
  if (items) out.items = structural(items, true);
  if (typeof additionalProperties === 'object') out.additionalProperties = structural(additionalProperties, insideList);
  return out;
}

function at(root: Schema, path: string): Schema {
  return path === ''
    ? root
    : path.split('.').reduce<Schema>((schema, step) => {
        const next = schema.properties?.[step.replace('[]', '')];
        const target = step.endsWith('[]') ? next?.items : next;
        if (!target) throw new Error(`rules.ts names ${path}, which is not in the schema`);
        return target;
      }, root);
}

/** The schema of the whole resource, with every rule at its place. */
export function openAPISchema(): Schema {
  const spec = structural(z.toJSONSchema(Spec, OPTIONS) as Schema);
  const status = structural(z.toJSONSchema(Status, OPTIONS) as Schema);
  const root: Schema = {
    type: 'object',
    description: 'GoProxyCache is a cache of Go modules: a gateway in front of one module proxy for each environment.',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      // Named, so that a rule can point at it.
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
      spec: { ...spec, default: {} },
      status,
    },
  };
  for (const { path, field, cel, message } of RULES)
    (at(root, path)['x-kubernetes-validations'] ??= []).push({
      rule: cel,
      message,
      ...(field !== undefined && { fieldPath: `.${field}` }),
    });
  return root;
}

const column = (name: string, jsonPath: string, description: string, extra: object = {}) => ({
  name,
  type: 'string',
  jsonPath,
  description,
  ...extra,
});
const conditionPath = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`;

/** The CustomResourceDefinition, ready to apply. */
export function customResourceDefinition() {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${PLURAL}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: {
        kind: KIND,
        listKind: `${KIND}List`,
        plural: PLURAL,
        singular: KIND.toLowerCase(),
        shortNames: ['gpc'],
        categories: ['goproxy'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: '.spec.gateway.replicas',
              statusReplicasPath: '.status.gateway.replicas',
              labelSelectorPath: '.status.gateway.selector',
            },
          },
          additionalPrinterColumns: [
            column('Ready', conditionPath('Ready', 'status'), 'Whether the whole cache serves.'),
            column('Environments', '.status.environmentSummary', 'The environments, the default one first.'),
            column('URL', '.status.url', 'The value for GOPROXY.'),
            column('Age', '.metadata.creationTimestamp', 'Time since it was made.', { type: 'date' }),
            column('Reason', conditionPath('Ready', 'reason'), 'Why it is ready or not.', { priority: 1 }),
            column('Message', conditionPath('Ready', 'message'), 'What is awaited, or what to do.', { priority: 1 }),
          ],
          schema: { openAPIV3Schema: openAPISchema() },
        },
      ],
    },
  };
}
