/** A planted bug: what a person could well have written instead. */
export interface Mutant {
  /** `lane.operator.start({ mutant: 'no-uid-precondition' })`. */
  readonly name: string;
  /** What the operator does wrong, as one sentence. */
  readonly bug: string;
  /** The source file, from the root of the repository. */
  readonly file: string;
  /** A text that is in the file exactly once, and what stands there instead. */
  readonly replace: readonly [string, string];
  /**
   * Plans that are known to tell it, best first: each is the beginning of ids. They are tried before all others, so a calibration is
   * short.
   */
  readonly killers: readonly string[];
}

/** The source with the bug in it. Throws unless the text is there exactly once: then the source has moved on, and the mutant must. */
export function mutate({ name, file, replace: [text, instead] }: Mutant, source: string): string {
  const parts = source.split(text);
  if (parts.length !== 2) {
    const found = parts.length === 1 ? 'is not' : `is ${String(parts.length - 1)} times`;
    throw new Error(`mutant ${name}: its text ${found} in ${file}, where it must be once: change the mutant`);
  }
  return parts.join(instead);
}
