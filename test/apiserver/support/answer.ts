import { RULES } from '../../../src/api/rules.ts';
import { ApiError, isInvalid } from '../../../src/kube/errors.ts';
import type { StatusCause } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';

/** One thing the API server found wrong with an object. */
export interface Complaint {
  field: string;
  message: string;
}

/** What the API server said to an object. */
export interface Answer {
  /** The object as it would be stored, when it was accepted. */
  object?: KubeObject;
  /** What rules.ts says, word for word, without the prefix of the API server. */
  rules: Complaint[];
  /** What the schema, or Kubernetes itself, says. */
  others: Complaint[];
}

const MESSAGES = new Set(RULES.map((rule) => rule.message));
const PREFIX = /^Invalid value: (?:"(?:[^"\\]|\\.)*"|[^" :]+): /;
/** Follows any complaint about the shape, and says nothing by itself. */
const NOT_CHECKED = /some validation rules were not checked/;

/** Whether this is the message of a rule. */
export const isRuleMessage = (message: string): boolean => MESSAGES.has(message);

/** Sorted, so that two lists are equal when they say the same. */
export const sorted = (complaints: readonly Complaint[]): Complaint[] =>
  complaints
    .map(({ field, message }) => ({ field, message }))
    .sort((a, b) => `${a.field} ${a.message}`.localeCompare(`${b.field} ${b.message}`));

/** Waits for a write and sorts what the API server said. Anything but yes or 422 is an error of the test. */
export async function answerOf(write: Promise<KubeObject>): Promise<Answer> {
  try {
    return { object: await write, rules: [], others: [] };
  } catch (error) {
    if (!isInvalid(error) || !(error instanceof ApiError)) throw error;
    const complaints = error.causes.filter((cause) => !NOT_CHECKED.test(cause.message ?? '')).map(complaint);
    return {
      rules: sorted(complaints.filter(({ message }) => isRuleMessage(message))),
      others: sorted(complaints.filter(({ message }) => !isRuleMessage(message))),
    };
  }
}

const complaint = ({ field = '', message = '' }: StatusCause): Complaint => ({
  field,
  message: message.replace(PREFIX, ''),
});
