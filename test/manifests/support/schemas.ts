/**
 * JSON schemas for kubeconform, made from what Kubernetes and the makers of custom resources publish themselves: its OpenAPI
 * description and their CustomResourceDefinitions. Strict: a field that is not known is an error.
 */

/** A schema of OpenAPI v2, of a CustomResourceDefinition, or for kubeconform. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  nullable?: boolean;
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  not?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  oneOf?: Schema[];
  [keyword: string]: unknown;
}

/** The OpenAPI description of Kubernetes: api/openapi-spec/swagger.json of its Go module. */
export interface Swagger {
  definitions: Record<string, Schema & { 'x-kubernetes-group-version-kind'?: GroupVersionKind[] }>;
}
interface GroupVersionKind {
  group: string;
  version: string;
  kind: string;
}

/** The part of a CustomResourceDefinition that is read here. */
export interface Definition {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema?: { openAPIV3Schema?: object } }[];
  };
}

/** The schema of one kind. */
export interface KindSchema extends GroupVersionKind {
  schema: Schema;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const INT_OR_STRING: Schema = { anyOf: [{ type: 'integer' }, { type: 'string' }] };
const JUNCTORS = ['anyOf', 'allOf', 'oneOf'] as const;

/** Says nothing about a value; in a draft of JSON schema some of these would be refused. */
const isNoise = (keyword: string): boolean =>
  keyword.startsWith('x-kubernetes-') ||
  ['description', 'default', 'nullable', 'example', 'externalDocs'].includes(keyword);

const mapValues = <A, B>(map: Record<string, A>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

/**
 * Closes every object that names its fields. A schema inside of `allOf` and the like names only some of them, so it stays
 * open; an object without named fields is free (for example the annotations), and so is one that keeps what it does not know.
 */
function strict(schema: Schema, isPart = false): Schema {
  if (schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string') return INT_OR_STRING;
  const { properties, items, additionalProperties, not, type, ...rest } = schema;
  const out: Schema = Object.fromEntries(Object.entries(rest).filter(([keyword]) => !isNoise(keyword)));
  if (type !== undefined) out.type = schema.nullable ? [type, 'null'].flat() : type;
  for (const junctor of JUNCTORS) {
    const branches = schema[junctor];
    if (branches) out[junctor] = branches.map((branch) => strict(branch, true));
  }
  if (not) out.not = strict(not, true);
  if (items) out.items = strict(items, isPart);
  if (typeof additionalProperties === 'object') out.additionalProperties = strict(additionalProperties, isPart);
  else if (additionalProperties !== undefined) out.additionalProperties = additionalProperties;
  if (properties) {
    out.properties = mapValues(properties, (property) => strict(property, isPart));
    const isOpen = isPart || schema['x-kubernetes-preserve-unknown-fields'] === true;
    if (!isOpen && additionalProperties === undefined) out.additionalProperties = false;
  }
  return out;
}

/** Every definition that a schema leads to, the schema's own references first. */
function reachable(schema: Schema, definitions: Record<string, Schema>): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const reference = (value as Schema).$ref;
    const name = typeof reference === 'string' ? reference.replace('#/definitions/', '') : undefined;
    const definition = name === undefined ? undefined : definitions[name];
    if (name !== undefined && definition !== undefined && found[name] === undefined) {
      found[name] = definition;
      visit(definition);
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(schema);
  return found;
}

const apiVersion = ({ group, version }: GroupVersionKind): string => (group === '' ? version : `${group}/${version}`);

/** A schema that stands alone, for objects of exactly this kind. */
function standalone(kind: GroupVersionKind, body: Schema, definitions: Record<string, Schema>): KindSchema {
  return {
    ...kind,
    schema: {
      $schema: 'http://json-schema.org/draft-04/schema#',
      required: ['apiVersion', 'kind', 'metadata'],
      properties: { apiVersion: { enum: [apiVersion(kind)] }, kind: { enum: [kind.kind] } },
      allOf: [body],
      definitions: reachable(body, definitions),
    },
  };
}

/** Strict schemas of all kinds of Kubernetes itself, and of custom resources. */
export function kindSchemas({ definitions }: Swagger, customResources: readonly Definition[]): KindSchema[] {
  const closed: Record<string, Schema> = {
    ...mapValues(definitions, (definition) => strict(definition)),
    [QUANTITY]: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  };
  const ownKinds = Object.entries(definitions).flatMap(([name, definition]) =>
    (definition['x-kubernetes-group-version-kind'] ?? []).map((kind) =>
      standalone(kind, { $ref: `#/definitions/${name}` }, closed),
    ),
  );
  const customKinds = customResources.flatMap(({ spec: { group, names, versions } }) =>
    versions.map(({ name, schema }) => {
      const body = strict((schema?.openAPIV3Schema ?? {}) as Schema);
      // A CustomResourceDefinition says nothing of metadata but what it adds to it.
      const properties = { ...body.properties, metadata: { $ref: `#/definitions/${META}` } };
      return standalone({ group, version: name, kind: names.kind }, { ...body, properties }, closed);
    }),
  );
  return [...ownKinds, ...customKinds];
}

/** What kubeconform looks for: `{{.ResourceKind}}{{.KindSuffix}}.json`. */
export const fileName = ({ group, version, kind }: GroupVersionKind): string =>
  `${[kind, group.split('.')[0], version].filter(Boolean).join('-').toLowerCase()}.json`;
export const SCHEMA_LOCATION = '{{.ResourceKind}}{{.KindSuffix}}.json';
