/** A write of one process of an election, as the audit log has it. Times are ms since 1970, by the API server's clock. */
export interface Write {
  readonly process: string;
  readonly receivedAt: number;
  readonly answeredAt: number;
  readonly isLease: boolean;
  /** HTTP status. */
  readonly status: number;
  readonly what: string;
}

/** A time in which one process held the Lease: from the answer to its first good write of it, to that of the next. */
export interface Term {
  readonly process: string;
  readonly from: number;
  /** When its last good write of the Lease was received. */
  readonly renewedAt: number;
}

/** Who held the Lease when, in order. A process that writes the Lease has it: nobody writes another's name into it but people. */
export function termsOf(writes: readonly Write[]): Term[] {
  const terms: Term[] = [];
  const good = writes.filter(({ isLease, status }) => isLease && status < 300);
  for (const { process, receivedAt, answeredAt } of good.toSorted((a, b) => a.answeredAt - b.answeredAt)) {
    const last = terms.at(-1);
    if (last?.process === process) terms[terms.length - 1] = { ...last, renewedAt: receivedAt };
    else terms.push({ process, from: answeredAt, renewedAt: receivedAt });
  }
  return terms;
}

/** Writes that the API server received in the term of another process, or of a process that never had one: none is what is wanted. */
export function outsideOfTerm(writes: readonly Write[]): Write[] {
  const terms = termsOf(writes);
  return writes.filter(({ isLease, receivedAt, process }) => {
    if (isLease) return false;
    const holder = terms.findLast(({ from }) => from <= receivedAt);
    // Before the first answer to it, the first holder may know no more than we do.
    return holder ? holder.process !== process : terms[0]?.process !== process;
  });
}

/** How long after its deadline, `deadlineMs` after the last renewal, the last write of a process was received; 0 when it was before. */
export function latenessMs(writes: readonly Write[], process: string, deadlineMs: number): number {
  const own = writes.filter((write) => write.process === process);
  const renewedAt = Math.max(...own.filter(({ isLease, status }) => isLease && status < 300).map((w) => w.receivedAt));
  const last = Math.max(...own.filter(({ isLease }) => !isLease).map((w) => w.receivedAt));
  return Math.max(0, last - renewedAt - deadlineMs) || 0;
}
