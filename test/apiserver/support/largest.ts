import { openAPISchema } from '../../../src/api/crd.ts';
import type { Schema } from '../../../src/api/crd.ts';
import { isRange, rangeOf, textAt } from './schema.ts';

/** A spec with every field there, and every list, map and text as long as its bound admits. It breaks no rule. */
export function largest(): unknown {
  const schema = openAPISchema().properties?.['spec'];
  if (!schema) throw new Error('there is no spec');
  return fill(schema, ['spec'], '');
}

const FIRST = '10';
const SECOND = '11';

/** Where the first variant does not go with other fields that are there. */
const VARIANTS: Record<string, string> = {
  'spec.gateway.type': 'Envoy',
  'spec.gateway.clientAddress.source': 'XForwardedFor',
  'spec.gateway.tls.plainHTTP': 'Enabled',
};

/** `mark` makes the names below one list item differ from those below another. */
function fill(schema: Schema, steps: readonly string[], mark: string): unknown {
  if (schema.enum) return VARIANTS[steps.join('.')] ?? schema.enum[0];
  if (schema.properties)
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, next]) => [name, fill(next, [...steps, name], mark)]),
    );
  const { items, additionalProperties } = schema;
  if (items) return items.enum ?? listOf(items, schema.maxItems, steps, mark);
  if (typeof additionalProperties === 'object')
    return Object.fromEntries(
      times(schema.maxProperties, (index) => [
        `key-${String(index)}`,
        fill(additionalProperties, [...steps, '{}'], mark),
      ]),
    );
  // Of several environments one is the default.
  if (schema.type === 'boolean') return mark === FIRST;
  if (schema.type === 'integer') return steps.includes('environments') ? 1 : schema.maximum;
  return longest(schema, steps, mark);
}

function longest(schema: Schema, steps: readonly string[], mark: string): string {
  // A rule admits one name only.
  if (steps.join('.') === 'spec.checksumDatabase.name') return 'sum.golang.org';
  if (isRange(steps)) return rangeOf(schema.maxLength ?? 0, mark.slice(-2));
  const text = (end: string): string => {
    const whole = textAt(steps, schema.maxLength ?? 0);
    return whole.slice(0, whole.length - end.length) + end;
  };
  // Another environment.
  if (steps.slice(-2).join('.') === 'mirror.to') return text(mark === FIRST ? SECOND : FIRST);
  const isKey = ['name', 'hostnames', 'issuer', 'audiences', 'claim', 'values', 'patterns'].includes(
    steps.findLast((step) => step !== '[]') ?? '',
  );
  return text(isKey ? mark : '');
}

const listOf = (items: Schema, count: number | undefined, steps: readonly string[], mark: string) =>
  times(count, (index) => fill(items, [...steps, '[]'], `${mark}${String(index + Number(FIRST))}`));

const times = <T>(count = 0, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
