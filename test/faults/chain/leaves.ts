import type { Place } from '../../apiserver/support/schema.ts';
import { places } from '../../apiserver/support/schema.ts';
import type { Path } from './json.ts';

const all = places('spec');

const isLeaf = ({ schema }: Place) =>
  !schema.properties && !schema.items && typeof schema.additionalProperties !== 'object';

/** Every leaf property of the spec: a field without fields, an item of a list, a value of a map. */
export const leaves: readonly Place[] = all.filter(isLeaf);

const byPath = new Map(all.map((place) => [place.path, place]));

/** The place of the schema that a path into a spec leads to. */
export function placeAt(path: Path): Place {
  const text = path.reduce<string>((at, step) => {
    if (typeof step === 'number') return `${at}[]`;
    const field = byPath.has(`${at}.${step}`);
    return field ? `${at}.${step}` : `${at}{}`;
  }, 'spec');
  const place = byPath.get(text);
  if (!place) throw new Error(`there is no ${text} in the schema`);
  return place;
}
