import { openAPISchema } from '../../../src/api/crd.ts';
import { changed } from './change.ts';
import type { Change } from './change.ts';
import type { Json, Path } from './json.ts';
import { describePath, get } from './json.ts';
import { leaves, placeAt } from './leaves.ts';
import { randomOf, shuffled } from '../random.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Move } from './tracks.ts';
import { track } from './tracks.ts';

/** One step of a chain: a spec and what changed to reach it. */
export interface Operation {
  /** For example `environments[0].canary.weight: 10`. */
  what: string;
  /** The leaf of the schema that it is about; absent when a whole block is. */
  leaf: string | undefined;
  /** Whether nothing else had to be changed with it. */
  alone: boolean;
  spec: Json;
}

/** Operations one after another on one cache. */
export interface Chain {
  name: string;
  start: Json;
  operations: readonly Operation[];
}

/** Leaves of one chain, so that it has about 20 operations. */
const LEAVES = 5;
const STARTS: readonly Json[] = [{}, { environments: [{ name: 'prod' }, { name: 'dev' }] }];

/** All chains: scenarios first, then each leaf of the schema with some others, in an order that the seed says. */
export function chains(seed: number): Chain[] {
  const next = randomOf(seed);
  const order = shuffled(leaves, next);
  const scenarios = SCENARIOS.map(({ name, start = {}, changes }) =>
    chain(
      name,
      start,
      changes.map((change) => ({ move: () => change })),
    ),
  );
  const mixed = Array.from({ length: Math.ceil(order.length / LEAVES) }, (_, index) => {
    const start = STARTS[index % STARTS.length] ?? {};
    const some = order.slice(index * LEAVES, (index + 1) * LEAVES);
    const tracks = some.map((place) =>
      track(place, Math.floor(next() * 2)).map((move) => ({ leaf: place.path, move })),
    );
    return chain(`mixed-${String(index + 1).padStart(2, '0')}`, start, [
      ...interleaved(tracks, next),
      ...endings(next),
    ]);
  });
  return [...scenarios, ...mixed];
}

interface Named {
  leaf?: string | undefined;
  move: Move;
}

function chain(name: string, start: Json, moves: readonly Named[]): Chain {
  const operations: Operation[] = [];
  let spec = start;
  for (const { leaf, move } of moves) {
    const change = move(spec);
    const after = changed(spec, change);
    if (after === undefined) continue;
    operations.push({ what: describeChange(change), leaf: leaf ?? leafOf(change.path), ...after });
    spec = after.spec;
  }
  return { name, start, operations };
}

const isLeaf = new Set(leaves.map(({ path }) => path));
const leafOf = (path: Path): string | undefined => [placeAt(path).path].find((text) => isLeaf.has(text));

function describeChange({ path, value }: Change): string {
  const field = describePath(path) || 'spec';
  const text = JSON.stringify(value) ?? 'left out';
  return `${field}: ${text.length > 80 ? `${text.slice(0, 77)}...` : text}`;
}

/** The moves of several lists, each list in its own order. */
function interleaved<T>(lists: readonly (readonly T[])[], next: () => number): T[] {
  const turns = shuffled(
    lists.flatMap((list, index) => list.map(() => index)),
    next,
  );
  const at = lists.map(() => 0);
  return turns.map((index) => {
    const position = at[index] ?? 0;
    at[index] = position + 1;
    return lists[index]?.[position] as T;
  });
}

/** Leaves out one block after another, until nothing is left of the spec. */
function endings(next: () => number): Named[] {
  const fields = Object.keys(openAPISchema().properties?.['spec']?.properties ?? {});
  return shuffled(fields, next).flatMap((field) => {
    const below = (spec: Json): Path => {
      const [name] = Object.keys((get(spec, [field]) as Json | undefined) ?? {});
      return name === undefined || Array.isArray(get(spec, [field])) ? [field] : [field, name];
    };
    const one: Named = { move: (spec) => ({ path: below(spec), value: undefined }) };
    return [one, one, one, { move: () => ({ path: [field], value: undefined }) }];
  });
}
