import type { $ZodIssue } from 'zod/v4/core';
import type { Rule } from './rules.ts';
import { RULES } from './rules.ts';
import { shapeMessage } from './shape.ts';
import type { ParsedSpec } from './spec.ts';
import { Spec } from './spec.ts';

/** One thing that is wrong with an object: the field, the value that stands there, and what to write instead. */
export interface Problem {
  /** For example spec.environments[1].name. */
  field: string;
  value: unknown;
  message: string;
}

/** What to do about a field that the schema does not have: to ignore it could mean to serve without the protection it asks for. */
const UNKNOWN = 'is not a field of this version: correct the spelling, or install the operator that knows it';

interface Found {
  field: string;
  value: unknown;
}

/** Every value at a rule's path, with its concrete field name. */
function locate(root: unknown, path: string): Found[] {
  let found: Found[] = [{ field: '', value: root }];
  for (const step of path === '' ? [] : path.split('.')) {
    const name = step.replace('[]', '');
    found = found.flatMap(({ field, value }): Found[] => {
      const next = member(value, name);
      const label = field === '' ? name : `${field}.${name}`;
      if (!step.endsWith('[]')) return next === undefined ? [] : [{ field: label, value: next }];
      if (!Array.isArray(next)) return [];
      return next.map((item: unknown, index) => ({ field: `${label}[${index}]`, value: item }));
    });
  }
  return found;
}

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** Runs every rule on an object of the schema's shape. */
function checkRules(object: unknown): Problem[] {
  return RULES.flatMap((rule: Rule) =>
    locate(object, rule.path)
      .filter(({ value }) => !(rule.check as (self: unknown) => boolean)(value))
      .map(({ field, value }) => ({
        field: [field, rule.field].filter(Boolean).join('.'),
        value: (rule.field?.split('.') ?? []).reduce(member, value),
        message: rule.message,
      })),
  );
}

/** Far more levels than the schema has. */
const DEEPEST = 32;

/**
 * The value without fields that are null, which the API server reads as left out. A null in a list stays, and is refused.
 * What is deeper than the schema goes is cut, so that nobody after this runs out of stack: a field above it is refused anyway.
 */
function withoutNulls(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth > DEEPEST) return '...';
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, depth + 1));
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([name, field]) => [name, withoutNulls(field, depth + 1)]));
}

const fieldName = (root: string, path: PropertyKey[]) =>
  path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : [text, String(key)].filter((part) => part !== '').join('.'),
    root,
  );

/** Of a value of the wrong type nothing else is told: zod measures the length of a text that stands for a list. */
const isFirstOfItsField = ({ field }: Problem, index: number, all: Problem[]): boolean =>
  all.findIndex((other) => other.field === field) === index;

/** What zod found in a value that stands in the field `root`; `unknown` says what to do about a field that the schema does not have. */
export function problemsOf(issues: readonly $ZodIssue[], root: string, value: unknown, unknown: string): Problem[] {
  const at = (path: PropertyKey[], message: string): Problem => ({
    field: fieldName(root, path),
    value: path.reduce<unknown>((from, key) => (from as Record<PropertyKey, unknown> | undefined)?.[key], value),
    message,
  });
  return issues
    .flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => at([...issue.path, key], unknown))
        : [at(issue.path, issue.message)],
    )
    .filter(isFirstOfItsField);
}

export type Validated = { spec: ParsedSpec; problems: [] } | { spec?: undefined; problems: [Problem, ...Problem[]] };

/**
 * Parses an object's spec, fills in the defaults of the CRD and runs every rule. Never throws, whatever it is given.
 * The API server has done the same at admission, with the CRD that it had then. The operator does it again: that CRD may have
 * been older, with fewer rules, or newer, with fields that this version does not know; those are refused too.
 */
export function validate(object: { metadata: { name: string }; spec?: unknown }): Validated {
  const name = withoutNulls(member(object.metadata, 'name'));
  const spec = withoutNulls(object.spec) ?? {};
  const parsed = Spec.safeParse(spec, { error: shapeMessage });
  const problems = parsed.success
    ? checkRules({ metadata: { name }, spec })
    : problemsOf(parsed.error.issues, 'spec', spec, UNKNOWN);
  const [first, ...rest] = problems;
  if (first !== undefined) return { problems: [first, ...rest] };
  return { spec: parsed.data as ParsedSpec, problems: [] };
}

/** A problem as one sentence: field, value, remedy. */
export function describeProblem({ field, value, message }: Problem): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return `${field}: ${text.length > 80 ? `${text.slice(0, 77)}...` : text}: ${message}`;
}
