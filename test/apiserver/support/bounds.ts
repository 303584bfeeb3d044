import type { Place } from './schema.ts';
import { fieldOf, itemsAt, sample, textAt } from './schema.ts';

/** One bound of the schema, with a value on each side of it. A side that no value has is left out. */
export interface Bound {
  /** For example `maxLength 20`. */
  name: string;
  path: string;
  /** Where the values go. */
  steps: readonly string[];
  /** The field that has to be named when the value is outside. */
  field: string;
  inside?: unknown;
  outside?: unknown;
}

/** Every bound at a place: type, enum, numbers, lengths, counts, and whether it may be left out. */
export function boundsOf(place: Place): Bound[] {
  const { schema, path, steps } = place;
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, maxProperties } = schema;
  const bound = (name: string, sides: { inside?: unknown; outside?: unknown }): Bound => ({
    name,
    path,
    steps,
    field: fieldOf(path),
    ...sides,
  });
  const entries = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${String(index)}`, '']));
  const found: Bound[] = [
    bound('type', { inside: sample(schema, steps), outside: schema.type === 'object' ? [] : {} }),
  ];
  if (place.required) found.push(bound('required', { outside: undefined }));
  for (const value of schema.enum ?? []) found.push(bound(`enum ${value}`, { inside: value }));
  if (schema.enum) found.push(bound('enum', { outside: 'Other' }));
  if (minimum !== undefined) found.push(bound(`minimum ${minimum}`, { inside: minimum, outside: minimum - 1 }));
  if (maximum !== undefined) found.push(bound(`maximum ${maximum}`, { inside: maximum, outside: maximum + 1 }));
  if (minLength !== undefined)
    found.push(
      bound(`minLength ${minLength}`, { inside: textAt(steps, minLength), outside: textAt(steps, minLength - 1) }),
    );
  if (maxLength !== undefined) {
    found.push(
      bound(`maxLength ${maxLength}`, { inside: textAt(steps, maxLength), outside: textAt(steps, maxLength + 1) }),
    );
    // The API server counts code points: as UTF-16 this is twice as long, as UTF-8 four times.
    if (!schema.format)
      found.push(bound(`maxLength ${maxLength} in astral characters`, { outside: '💾'.repeat(maxLength + 1) }));
    if (steps.at(-1) === '{}')
      found.push(bound(`maxLength ${maxLength} in astral characters`, { inside: '💾'.repeat(maxLength) }));
  }
  if (minItems !== undefined)
    found.push(
      bound(`minItems ${minItems}`, { inside: itemsAt(place, minItems), outside: itemsAt(place, minItems - 1) }),
    );
  if (maxItems !== undefined)
    found.push(
      bound(`maxItems ${maxItems}`, { inside: itemsAt(place, maxItems), outside: itemsAt(place, maxItems + 1) }),
    );
  if (maxProperties !== undefined)
    found.push(
      bound(`maxProperties ${maxProperties}`, { inside: entries(maxProperties), outside: entries(maxProperties + 1) }),
    );
  return found;
}
