import type { $ZodRawIssue } from 'zod/v4/core';

/** The types of the schema in words, after "must be". */
const TYPES: Record<string, string> = {
  string: 'a text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of fields',
  record: 'a block of fields',
};

/** Values as a person lists them: A, B or C. */
const either = (values: readonly unknown[]): string =>
  [values.slice(0, -1).map(String).join(', '), String(values.at(-1))].filter(Boolean).join(' or ');

const count = (number: number | bigint, word: string): string => `${number} ${word}${Number(number) === 1 ? '' : 's'}`;

/** In YAML the quotes decide between a text and anything else. */
function quoting(expected: string, input: unknown): string {
  if (expected === 'string' && ['number', 'boolean'].includes(typeof input)) return ': write it in quotes';
  const bare = typeof input === 'string' && /^(?:\d+|true|false)$/.test(input);
  return bare && ['int', 'number', 'boolean'].includes(expected) ? ': write it without quotes' : '';
}

const bound = (origin: string, side: 'least' | 'most', limit: number | bigint): string =>
  origin === 'array' ? `must have at ${side} ${count(limit, 'item')}` : `must be at ${side} ${limit}`;

/**
 * What to write instead of a value that the schema refuses, for zod's parser. It carries what the API server's own answer
 * carries (the type, the values, the bound), in our words: test/apiserver/agreement.test.ts holds the two together.
 */
export function shapeMessage(issue: $ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    const type = TYPES[issue.expected] ?? issue.expected;
    return issue.input === undefined
      ? `must be set: write ${type}`
      : `must be ${type}${quoting(issue.expected, issue.input)}`;
  }
  if (issue.code === 'invalid_value')
    return `must be ${issue.input === undefined ? 'set: write ' : ''}${either(issue.values)}`;
  // What JSON has as a whole number, and neither JavaScript nor the API server reads as one.
  if (issue.code === 'too_big' && issue.maximum === Number.MAX_SAFE_INTEGER) return 'must be a smaller whole number';
  if (issue.code === 'too_small') return bound(issue.origin, 'least', issue.minimum);
  if (issue.code === 'too_big') return bound(issue.origin, 'most', issue.maximum);
  return undefined;
}
