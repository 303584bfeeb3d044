import type { Place } from '../../apiserver/support/schema.ts';
import { places } from '../../apiserver/support/schema.ts';
import type { Change } from './change.ts';
import type { Json, Path } from './json.ts';
import { get } from './json.ts';
import { valuesOf } from './values.ts';

/** One thing to do to a leaf, seen from the spec that is there then. */
export type Move = (spec: Json) => Change;

const schemaOf = new Map(places('spec').map(({ path, schema }) => [path, schema]));

/** Lists whose items have no key in the schema, and what tells them apart all the same. */
const KEYS: Readonly<Record<string, string>> = {
  'spec.upstreams': 'type',
  'spec.environments[].upstreams': 'type',
  'spec.exposure.gatewayAPI.parentRefs': 'name',
};

/** Whether a leaf is what tells the items of its list apart. */
function isKey({ path, steps }: Place): boolean {
  if (steps.at(-2) !== '[]') return false;
  const list = path.slice(0, path.lastIndexOf('[]'));
  const keys = schemaOf.get(list)?.['x-kubernetes-list-map-keys'] as string[] | undefined;
  return (KEYS[list] ?? keys?.[0]) === steps.at(-1);
}

/**
 * The place in a spec: of environments the one with this index, or a new one where there are fewer, of other lists the first item.
 */
const concrete = (spec: Json, steps: readonly string[], environment: number): Path =>
  steps.map((step, index) => {
    if (step !== '[]') return step;
    return steps[index - 1] === 'environments' ? Math.min(environment, lengthOf(spec, ['environments'])) : 0;
  });

const lengthOf = (spec: Json, path: Path): number => (get(spec, path) as unknown[] | undefined)?.length ?? 0;

/** What is done to a leaf in turn: added, changed to each of its values, set to its default, and left out again. */
export function track(place: Place, environment: number): Move[] {
  const { schema } = place;
  const steps = place.steps.slice(1);
  const values = valuesOf(place);
  const [one, two, three = one] = values;
  const to =
    (value: unknown, at: readonly string[] = steps): Move =>
    (spec) => ({ path: concrete(spec, at, environment), value });
  const around = steps.slice(0, -1);
  if (steps.at(-1) === '[]') return [[one], [one, two], [two], undefined].map((value) => to(value, around));
  if (steps.at(-1) === '{}') {
    const more = 'acme.example/two';
    return [{ one }, { one: two }, { one: two, [more]: three }, { [more]: three }, undefined].map((value) =>
      to(value, around),
    );
  }
  if (isKey(place)) return ofItems(steps.slice(0, -2), steps.at(-1) ?? '', values, environment);
  return [...values, ...(schema.default === undefined ? [] : [schema.default]), undefined].map((value) => to(value));
}

/** An item made or renamed, another one added, the first renamed, and both removed. */
function ofItems(list: readonly string[], key: string, values: readonly unknown[], environment: number): Move[] {
  const at = (spec: Json) => concrete(spec, list, environment);
  /** A name that none has yet. */
  const free = (spec: Json): unknown => {
    const taken = ((get(spec, at(spec)) as unknown[] | undefined) ?? []).map((item) => get(item, [key]));
    return values.find((value) => !taken.includes(value)) ?? values[0];
  };
  const rename: Move = (spec) => ({ path: [...at(spec), 0, key], value: free(spec) });
  const append: Move = (spec) => ({ path: [...at(spec), lengthOf(spec, at(spec))], value: { [key]: free(spec) } });
  const remove: Move = (spec) => ({ path: [...at(spec), 0], value: undefined });
  return [rename, append, rename, remove, remove];
}
