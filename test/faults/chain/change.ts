import { isDeepStrictEqual } from 'node:util';
import { describeProblem, validate } from '../../../src/api/validate.ts';
import { BONDS } from './bonds.ts';
import type { Json, Path } from './json.ts';
import { describePath, get, isObject, set, unset } from './json.ts';
import { placeAt } from './leaves.ts';
import { meaningful } from './meaning.ts';
import { valuesOf } from './values.ts';

/** Fills in what is required below a path of a spec and left out. Of texts that tell items apart it takes one that no sibling has. */
export function complete(spec: Json, path: Path = []): Json {
  const value = get(spec, path);
  if (Array.isArray(value)) return value.reduce<Json>((now, _, index) => complete(now, [...path, index]), spec);
  if (!isObject(value)) return spec;
  const { properties, required = [] } = placeAt(path).schema;
  if (!properties) return spec;
  const filled = required
    .filter((name) => value[name] === undefined)
    .reduce((now, name) => set(now, [...path, name], first(now, [...path, name])), spec);
  return Object.keys(value)
    .concat(required)
    .reduce((now, name) => complete(now, [...path, name]), filled);
}

function first(spec: Json, path: Path): unknown {
  const place = placeAt(path);
  const { schema } = place;
  if (schema.properties) return {};
  if (schema.items) return [first(spec, [...path, 0])];
  const values = placeAt(path).path === 'spec.environments[].name' ? ['prod', ...valuesOf(place)] : valuesOf(place);
  const siblings = path.length > 2 ? get(spec, path.slice(0, -2)) : undefined;
  const name = path.at(-1) as string;
  const taken = Array.isArray(siblings) && !schema.enum ? siblings.map((item) => get(item, [name])) : [];
  return values.find((value) => !taken.includes(value)) ?? values[0];
}

/** Where something has to be removed so that what is at a path is gone: the path, or what cannot be without it. */
export function removable(spec: Json, path: Path): Path {
  if (path.length === 0) throw new Error('the spec itself cannot be removed');
  const parent = path.slice(0, -1);
  const around = get(spec, parent);
  const place = placeAt(path);
  const isOnly =
    (Array.isArray(around) && around.length === 1) ||
    (place.path.endsWith('{}') && isObject(around) && Object.keys(around).length === 1);
  return place.required || isOnly ? removable(spec, parent) : path;
}

/** A value for what is at a path; undefined removes it. */
export interface Change {
  path: Path;
  value: unknown;
}

/** What became of a spec. */
export interface Changed {
  spec: Json;
  /** Whether nothing else had to be changed with it. */
  alone: boolean;
}

/**
 * The spec after a change, with no more changed beside it than the rules want and than gives it a meaning. Undefined when the change
 * does nothing, or cannot be with what is there. Throws when a rule has no bond that says what to do.
 */
export function changed(spec: Json, { path, value }: Change): Changed | undefined {
  const at = value === undefined ? removable(spec, path) : path;
  if (isDeepStrictEqual(get(spec, at), value)) return undefined;
  const bare = value === undefined ? unset(spec, at) : set(spec, at, value);
  const now = valid(value === undefined ? bare : meaningful(complete(bare), at), at);
  if (now === undefined || isDeepStrictEqual(now, spec)) return undefined;
  const isItem = typeof at.at(-1) === 'number';
  const survived = value === undefined ? isItem || get(now, at) === undefined : holds(get(now, at), value);
  return survived ? { spec: now, alone: isDeepStrictEqual(now, bare) } : undefined;
}

/** The spec with what the rules want beside what is at a path. */
function valid(spec: Json, at: Path): Json | undefined {
  let now = complete(spec);
  for (let turn = 0; turn < 20; turn += 1) {
    const [problem] = validate({ metadata: { name: 'cache' }, spec: now }).problems;
    if (!problem) return now;
    if (problem.message.includes('is in the list already')) return undefined;
    const bond = BONDS.find(({ rule }) => problem.message.startsWith(rule));
    if (!bond) throw new Error(`${describePath(at)}: no bond for ${describeProblem(problem)}`);
    const next = complete(bond.keep(now, at));
    if (isDeepStrictEqual(next, now)) return undefined;
    now = next;
  }
  throw new Error(`${describePath(at)}: the bonds of the rules go round in a circle`);
}

/** Whether a value is there, maybe with what was required beside it. */
const holds = (there: unknown, value: unknown): boolean =>
  isObject(value)
    ? isObject(there) && Object.entries(value).every(([name, field]) => holds(there[name], field))
    : isDeepStrictEqual(there, value);
