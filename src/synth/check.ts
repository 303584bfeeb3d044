import { describeProblem } from '../api/validate.ts';
import { cacheProblems } from './cache.ts';
import { isRecord } from './merge.ts';
import { isLabel, namespaceProblems } from './namespace.ts';
import { operatorProblems } from './operator.ts';
import { list } from './problems.ts';
import type { StageProps } from './settings.ts';

/**
 * Checks of what a user wrote, whether or not a compiler has seen it: Node runs TypeScript without looking at types. Each problem is one
 * sentence: field, value, remedy.
 */

const bad = (field: string, value: unknown, message: string): string[] => [describeProblem({ field, value, message })];

/** The name of a stage is the name of its folder. */
export const stageNameProblems = (name: string): string[] =>
  isLabel(name)
    ? []
    : bad(
        'stages',
        name,
        "a stage is a folder, so its name is at most 63 lower-case letters, digits and '-': write for example prod",
      );

/** What a stage's override names that its base does not have. */
export function overrideProblems(base: StageProps, override: unknown): string[] {
  if (!isRecord(override))
    return bad('the stage', override, 'must be an object: write {} for a stage that is like the base');
  const { caches } = override;
  if (!isRecord(caches)) return [];
  const unknownCaches = unknownNames('caches', caches, 'base', base.caches);
  const unknownEnvironments = Object.entries(caches).flatMap(([name, cache]) => {
    const field = `caches.${name}`;
    const known = base.caches?.[name];
    return known && isRecord(cache) && isRecord(cache['environments'])
      ? unknownNames(`${field}.environments`, cache['environments'], `base.${field}`, known.environments)
      : [];
  });
  return [...unknownCaches, ...unknownEnvironments];
}

function unknownNames(field: string, given: object, where: string, known: object = {}): string[] {
  const names = Object.keys(known);
  return Object.keys(given)
    .filter((name) => !names.includes(name))
    .map((name) => `${field}: "${name}": is not in ${where} (${list(names)}): correct the name, or add it there`);
}

/** Everything that is wrong with a stage after its override. */
export function stageProblems(stage: unknown): string[] {
  if (!isRecord(stage)) return bad('base', stage, 'must be an object: write for example { caches: { goproxy: {} } }');
  return Object.entries(stage).flatMap(([field, value]) => {
    if (value === undefined) return [];
    if (Object.hasOwn(FIELDS, field)) return FIELDS[field as keyof StageProps](field, value);
    return bad(field, value, `is not a field of a stage (${list(Object.keys(FIELDS))}): correct the spelling`);
  });
}

const FIELDS: Record<keyof StageProps, (field: string, value: unknown) => string[]> = {
  namespace: namespaceProblems,
  createNamespaces: booleanProblems,
  operator: (field, value) => (value === false ? [] : operatorProblems(field, value)),
  render: booleanProblems,
  caches: (field, value) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([name, cache]) => namedCacheProblems(`${field}.${name}`, name, cache))
      : bad(field, value, 'must be an object with each cache under its name: write for example { goproxy: {} }'),
};

function booleanProblems(field: string, value: unknown): string[] {
  return typeof value === 'boolean' ? [] : bad(field, value, 'must be true or false');
}

function namedCacheProblems(field: string, name: string, cache: unknown): string[] {
  if (!isRecord(cache)) return bad(field, cache, 'must be an object: write {} for a cache that is as it comes');
  return cacheProblems(name, cache).map((problem) => `${field}: ${problem}`);
}
