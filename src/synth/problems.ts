/** What is wrong with what a user wrote: one sentence a problem, each with the field, the value and what to write instead. */
export class SynthesisError extends Error {
  override readonly name = 'SynthesisError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** @throws SynthesisError if there is a problem. */
export function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new SynthesisError(problems);
}

/** Names for a sentence: `dev, staging, prod`, or `none`. */
export const list = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.join(', '));
