import type { Complaint } from './answer.ts';

/**
 * How the API server says that a shape is wrong, and how validate() does: a line for each of its sentences. Its wording speaks
 * of Go and JSON schema and changes between versions of Kubernetes; what it tells (a type, values, a bound) has to be in ours.
 */
const WORDINGS: readonly (readonly [RegExp, (group: string) => RegExp | string])[] = [
  [/^Required value$/, () => /^must be set: write /],
  // The same values in the same order.
  [
    /^Unsupported value: .*: supported values: (.+)$/s,
    (values) => new RegExp(`^must be (?:set: write )?${listed(values)}$`),
  ],
  // A null is left out for us, but in a list.
  [/must be of type (\S+): "null"$/, (type) => new RegExp(`^must be (?:set: write )?${TYPES[type] ?? type}$`)],
  // Beyond 2^53 it reads a number as one with decimals.
  [
    /must be of type (integer\S*): "number"$/,
    (type) => new RegExp(`^must be (?:${TYPES[type] ?? type}|a smaller whole number)`),
  ],
  [
    /must be of type (\S+?)(?:: ".*")?$/,
    (type) => new RegExp(`^must be ${TYPES[type] ?? type}(?:: write it |$| of at most)`),
  ],
  [/^must be an object for an array of list-type map$/, () => 'must be a block of fields'],
  [/^Too long: may not be more than (\d+) bytes?$/, (most) => `must have at most ${most} characters`],
  [/should be at least 1 chars long$/, () => 'must not be empty'],
  [
    /^Too many: \d+: must have at most (\d+) items?$/,
    (most) => new RegExp(`^must have at most ${most} (?:items?|entries)$`),
  ],
  [/should have at least (\d+) items$/, (least) => new RegExp(`^must have at least ${least} items?$`)],
  [/should be less than or equal to (\d+)$/, (most) => `must be at most ${most}`],
  [/should be greater than or equal to (\d+)$/, (least) => `must be at least ${least}`],
  [/^Duplicate value: /, () => /is in the list already: leave one of them$/],
];

const TYPES: Record<string, string> = {
  string: 'a text',
  integer: 'a whole number',
  'integer,string': 'a whole number or a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of fields',
};

const listed = (quoted: string): string => {
  const values = quoted.split(', ').map((value) => JSON.parse(value) as string);
  return [values.slice(0, -1).join(', '), values.at(-1)].filter(Boolean).join(' or ');
};

/** Whether a message of validate() tells what one of the API server does. Throws on a sentence that has no line above. */
function tellsTheSame(there: string, here: string): boolean {
  for (const [sentence, ours] of WORDINGS) {
    const match = sentence.exec(there);
    if (match === null) continue;
    const wanted = ours(match[1] ?? '');
    return typeof wanted === 'string' ? wanted === here : wanted.test(here);
  }
  throw new Error(`wording.ts has no line for what the API server says here: ${there}`);
}

/** What it says of another value, or says twice: anyOf names no field, and the scale subresource trips over its parent. */
const isEcho = ({ field }: Complaint): boolean => field === '<nil>' || field.startsWith('.spec');

/** Kubernetes has an opinion of its own on names, which it gives beside ours. */
export const isAboutName = ({ field }: Complaint): boolean => field === 'metadata.name';

/** The lists that a field is in: spec.a and spec.a[1].b for spec.a[1].b[2].c. */
const listsAround = (field: string): string[] =>
  [...field.matchAll(/\[\d+\]/g)].map(({ index }) => field.slice(0, index));

/** validate() does not look into a list of too many items, nor for doubles in a list with a wrong item. */
const isHidden = ({ field, message }: Complaint, here: readonly Complaint[]): boolean =>
  listsAround(field).some((list) => here.some((other) => other.field === list)) ||
  (message.startsWith('Duplicate value') &&
    here.some((other) => other.field.startsWith(`${listsAround(field).at(-1)}[`)));

/** Where the two do not say the same of a wrong shape: a complaint of one side that the other has not, or has otherwise. */
export function differences(here: readonly Complaint[], there: readonly Complaint[]): string[] {
  const unheard = here
    .filter(
      ({ field, message }) => !there.some((other) => other.field === field && tellsTheSame(other.message, message)),
    )
    .map(({ field, message }) => `only here: ${field}: ${message}`);
  const unsaid = there
    .filter((complaint) => !isEcho(complaint) && !isAboutName(complaint) && !isHidden(complaint, here))
    .filter(({ field }) => !here.some((other) => other.field === field))
    .map(({ field, message }) => `only there: ${field}: ${message}`);
  return [...unheard, ...unsaid];
}
