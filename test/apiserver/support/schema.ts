import { openAPISchema } from '../../../src/api/crd.ts';
import type { Schema } from '../../../src/api/crd.ts';

/** One step from an object to a value inside it: a field, an item of a list (`[]`) or a value of a map (`{}`). */
type Step = string;

/** One place of the schema. */
export interface Place {
  /** For example spec.environments[].name. */
  path: string;
  steps: readonly Step[];
  schema: Schema;
  required: boolean;
}

const join = (path: string, step: Step) => (step === '[]' || step === '{}' ? path + step : `${path}.${step}`);

/** Every place at and below `spec` or `status`, parents first. */
export function places(root: 'spec' | 'status'): Place[] {
  const walk = (place: Place): Place[] => {
    const { schema, path, steps } = place;
    const below = (step: Step, inner: Schema, required = false) =>
      walk({ path: join(path, step), steps: [...steps, step], schema: inner, required });
    return [
      place,
      ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
        below(name, inner, schema.required?.includes(name) ?? false),
      ),
      ...(schema.items ? below('[]', schema.items) : []),
      ...(typeof schema.additionalProperties === 'object' ? below('{}', schema.additionalProperties) : []),
    ];
  };
  const schema = openAPISchema().properties?.[root];
  if (!schema) throw new Error(`there is no ${root}`);
  return walk({ path: root, steps: [root], schema, required: false });
}

/** The field that the API server names when the only value at this place (see `around`) is wrong. */
export const fieldOf = (path: string): string => path.replaceAll('[]', '[0]').replaceAll('{}', '.key');

/** The key of the one entry that `around` puts into a map. */
const KEY = 'key';

/** A size with leading zeros, and beyond 17 characters with decimals, which is as long as one gets. */
function quantityOf(length: number): string {
  const decimals = length > 17 ? '.000' : '';
  const digits = length - decimals.length - 'Gi'.length;
  return digits < 1 ? '1'.repeat(length) : `${'10'.padStart(digits, '0').slice(-digits)}${decimals}Gi`;
}

const TEXTS: Record<string, (length: number) => string> = {
  url: (length) => 'http://a/'.padEnd(length, 'a').slice(0, length),
  header: (length) => 'X-'.padEnd(length, 'a').slice(0, length),
  'header.name': (length) => 'X-'.padEnd(length, 'a').slice(0, length),
  size: quantityOf,
  cpu: quantityOf,
  memory: quantityOf,
  lastTransitionTime: (length) => `2026-01-01T00:00:00.${'0'.repeat(Math.max(1, length - 21))}Z`,
};

/** Whether the items of a list are ranges of addresses. */
export const isRange = (steps: readonly Step[]): boolean =>
  steps.at(-1) === '[]' && (steps.at(-2) ?? '').endsWith('CIDRs');

/** A range of addresses, as long as one gets or short; other lengths have none. */
export function rangeOf(length: number, mark: string): string {
  if (length === 10) return `1${mark.padStart(3, '0')}::/128`;
  return length === 43 ? `${'0:'.padStart(5, '0').repeat(7)}${mark.padStart(4, '0')}/128` : 'a'.repeat(length);
}

/** A text of this length that breaks no rule where the rules admit such a length. */
export const textAt = (steps: readonly Step[], length: number): string =>
  isRange(steps)
    ? rangeOf(length, '1')
    : (TEXTS[steps.slice(-2).join('.')] ?? TEXTS[steps.at(-1) ?? ''] ?? ((n: number) => 'a'.repeat(n)))(length);

/** So many items, all different; an item called prod is the default of the environments. */
export const itemsAt = (place: Place, count: number): unknown[] =>
  Array.from({ length: count }, (_, index) => {
    const steps = [...place.steps, '[]'];
    if (isRange(steps)) return rangeOf(10, String(index));
    const values = place.schema.items?.enum;
    if (values !== undefined) return values[index % values.length];
    const item = sample(place.schema.items ?? {}, steps);
    if (typeof item === 'string') return `${item}${String(index)}`;
    const keys = place.schema['x-kubernetes-list-map-keys'] as string[] | undefined;
    return {
      ...(item as object),
      ...(place.steps.at(-1) === 'jwt' && { issuer: `issuer-${String(index)}` }),
      ...(keys?.[0] !== undefined && { [keys[0]]: index === 0 ? 'prod' : `a${String(index)}` }),
    };
  });

/** A small value that breaks no rule. */
export function sample(schema: Schema, steps: readonly Step[]): unknown {
  if (schema.enum) return schema.enum[0];
  if (schema['x-kubernetes-int-or-string']) return 1;
  if (schema.type === 'array') return itemsAt({ path: '', steps, schema, required: false }, schema.minItems ?? 0);
  if (schema.type === 'boolean') return true;
  if (schema.type === 'integer') return schema.minimum ?? 0;
  if (schema.type === 'string') return textAt(steps, Math.max(schema.minLength ?? 0, 10));
  const required = (schema.required ?? []).map((name): [string, unknown] => [
    name,
    sample(schema.properties?.[name] ?? {}, [...steps, name]),
  ]);
  return repaired(Object.fromEntries(required), steps);
}

/** An otherwise good object (`{ spec }` or `{ status }`) with this value at a place; `undefined` leaves it out. */
export function around(steps: readonly Step[], value: unknown): Record<string, unknown> {
  const inside = (schema: Schema, done: number): unknown => {
    const step = steps[done];
    if (step === undefined) return value;
    if (step === '[]') return [inside(schema.items ?? {}, done + 1)];
    if (step === '{}') return { [KEY]: inside(schema.additionalProperties as Schema, done + 1) };
    const siblings = sample(schema, steps.slice(0, done)) as object;
    return repaired({ ...siblings, [step]: inside(schema.properties?.[step] ?? {}, done + 1) }, steps.slice(0, done));
  };
  const root = steps[0] ?? 'spec';
  return { [root]: (inside({ properties: openAPISchema().properties ?? {} }, 0) as Record<string, unknown>)[root] };
}

/** Adds what a rule wants beside a value. */
function repaired(object: Record<string, unknown>, steps: readonly Step[]): Record<string, unknown> {
  const isUpstream = steps.at(-1) === '[]' && steps.at(-2) === 'upstreams';
  if (isUpstream) {
    const { url = 'http://a', ...others } = object;
    return others['type'] === 'URL' ? { ...others, url } : others;
  }
  if (steps.at(-1) === 'clientAddress') {
    if ('trustedCIDRs' in object) return { ...object, source: 'XForwardedFor' };
    const believes = ['XForwardedFor', 'ProxyProtocol'].includes(String(object['source']));
    return believes ? { ...object, trustedCIDRs: ['10.0.0.0/8'] } : object;
  }
  if (steps.at(-1) === 'limits' && steps.at(-2) === 'gateway' && 'burst' in object)
    return { requestsPerSecond: 1, ...object };
  if (steps.join('.') === 'spec.gateway') return withWhatItNeeds(object);
  return steps.join('.') === 'spec' ? repairedSpec(object) : object;
}

function repairedSpec(object: Record<string, unknown>): Record<string, unknown> {
  const environments = object['environments'] as
    undefined | { length?: number; [0]?: { name?: string; mirror?: { to?: unknown } } };
  const first = environments?.[0];
  const to = first?.mirror?.to;
  // The one that `around` has made, not one of the examples of a rule.
  if (typeof to === 'string' && environments?.length === 1 && first?.name !== 'prod')
    return withIdentity({ ...object, environments: [{ ...first, name: 'prod' }, { name: to }] });
  return withIdentity(object);
}

const auth = { jwt: [{ name: 'a', issuer: 'a', audiences: ['a'], jwks: { secretRef: { name: 'a' } } }] };

/** Type Envoy for a field of Envoy, `auth` for limits for subjects. */
function withWhatItNeeds(gateway: Record<string, unknown>): Record<string, unknown> {
  const needs = (gateway as Asked['gateway'])?.limits?.key === 'Subject' ? { auth } : {};
  return { ...needs, ...('envoy' in gateway && { type: 'Envoy' }), ...gateway };
}

interface Asked {
  environments?: { access?: unknown }[];
  gateway?: { auth?: unknown; limits?: { key?: unknown } };
}

/** A host name for an Ingress, `auth` for what needs it, and TLS for `auth`. */
function withIdentity(spec: Record<string, unknown>): Record<string, unknown> {
  const named = 'exposure' in spec ? { environments: [{ name: 'prod', hostnames: ['a'] }], ...spec } : spec;
  const { environments, gateway = {} } = named as Asked;
  if (typeof gateway !== 'object' || Array.isArray(gateway)) return named;
  const asks = Array.isArray(environments) && environments.some((environment) => environment?.access !== undefined);
  if (!asks && gateway.auth === undefined) return named;
  return { ...named, gateway: { auth, tls: { secretRef: { name: 'a' }, plainHTTP: 'Enabled' }, ...gateway } };
}
