import type { $ZodIssue } from 'zod/v4/core';
import type { Rule } from './rules.ts';
import { RULES } from './rules.ts';
import type { ParsedSpec } from './spec.ts';
import { Spec } from './spec.ts';

/** One thing that is wrong with an object: the field, the value that stands there, and what to write instead. */
export interface Problem {
  /** For example spec.environments[1].name. */
  field: string;
  value: unknown;
  message: string;
}

interface Found {
  field: string;
  value: unknown;
  old?: unknown;
}

/** Every value at a rule's path, with its concrete field name, and its counterpart in the old object where there is one. */
function locate(root: unknown, old: unknown, path: string): Found[] {
  let found: Found[] = [{ field: '', value: root, old }];
  for (const step of path === '' ? [] : path.split('.')) {
    const name = step.replace('[]', '');
    found = found.flatMap(({ field, value, old: before }): Found[] => {
      const next = member(value, name);
      const label = field === '' ? name : `${field}.${name}`;
      if (!step.endsWith('[]'))
        return next === undefined ? [] : [{ field: label, value: next, old: member(before, name) }];
      if (!Array.isArray(next)) return [];
      const oldItems = member(before, name);
      return next.map((item: unknown, index) => ({
        field: `${label}[${index}]`,
        value: item,
        old: counterpart(item, oldItems),
      }));
    });
  }
  return found;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** The item of the same name, as the API server pairs items of a list map. */
const counterpart = (item: unknown, oldItems: unknown): unknown => {
  const name = member(item, 'name');
  return name === undefined || !Array.isArray(oldItems)
    ? undefined
    : oldItems.find((old) => member(old, 'name') === name);
};

/** Runs every rule on an object of the schema's shape. `old` is the object before a change, for the rules about changes. */
export function checkRules(object: unknown, old?: unknown): Problem[] {
  return RULES.flatMap((rule: Rule) =>
    locate(object, old, rule.path)
      .filter(({ value, old: before }) => !(rule.check as (self: unknown, old?: unknown) => boolean)(value, before))
      .map(({ field, value }) => ({
        field: [field, rule.field].filter(Boolean).join('.'),
        value: (rule.field?.split('.') ?? []).reduce(member, value),
        message: rule.message,
      })),
  );
}

/** Far more levels than the schema has; what is below them is unknown to it. */
const DEEPEST = 32;

/** The object without fields that are null, which the API server reads as left out. A null in a list stays, and is refused. */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, depth + 1));
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field, depth + 1)]));
}

const fieldName = (path: PropertyKey[]) =>
  path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`), 'spec');

const problem = (issue: $ZodIssue, spec: unknown): Problem => ({
  field: fieldName(issue.path),
  value: issue.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], spec),
  message: issue.message,
});

export type Validated = { spec: ParsedSpec; problems: [] } | { spec?: undefined; problems: [Problem, ...Problem[]] };

/**
 * Parses an object's spec, fills in the defaults of the CRD and runs every rule. Never throws, whatever it is given.
 * The API server has done the same at admission; the operator does it again, since a CRD can be older than the operator.
 */
export function validate(object: { metadata: { name: string }; spec?: unknown }, old?: { spec?: unknown }): Validated {
  const metadata = typeof object.metadata === 'object' ? (object.metadata ?? {}) : {};
  const spec = withoutNulls(object.spec) ?? {};
  const parsed = Spec.safeParse(spec);
  const problems = parsed.success
    ? checkRules({ metadata, spec }, old)
    : parsed.error.issues.map((issue) => problem(issue, spec));
  const [first, ...rest] = problems;
  if (first !== undefined) return { problems: [first, ...rest] };
  return { spec: parsed.data as ParsedSpec, problems: [] };
}

/** A problem as one sentence: field, value, remedy. */
export function describeProblem({ field, value, message }: Problem): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return `${field}: ${text.length > 80 ? `${text.slice(0, 77)}...` : text}: ${message}`;
}
