/** What a plan does to the watches of an operator that it shares with other plans. */
export interface Turn {
  /** Kinds whose watches it disturbs. */
  readonly faulted: readonly string[];
  /** Kinds whose watches it needs alive. */
  readonly needs: readonly string[];
  /** The disturbance may last as long as a dead watch goes unnoticed. Others are over in a second or two, which nobody minds. */
  readonly isLong: boolean;
}

/** Lets plans go on side by side that do not disturb each other. */
export interface Turns {
  /** Resolves when it is their turn. What it resolves with ends it; the kinds that were disturbed are left alone for so long after that. */
  take(turn: Turn): Promise<(restMs: number) => void>;
}

/** Nobody waits for ever: who came first goes before all who are in his way. */
export function createTurns(): Turns {
  const active = new Set<Turn>();
  const waiting: { readonly turn: Turn; readonly go: () => void }[] = [];

  function advance(): void {
    const before = [...active];
    for (const one of waiting.splice(0)) {
      if (before.some((other) => excludes(other, one.turn))) waiting.push(one);
      else {
        active.add(one.turn);
        one.go();
      }
      before.push(one.turn);
    }
  }

  function end(turn: Turn): void {
    active.delete(turn);
    advance();
  }

  return {
    take: async (turn) => {
      await new Promise<void>((go) => {
        waiting.push({ turn, go });
        advance();
      });
      return (restMs) => {
        if (restMs > 0) {
          const rest: Turn = { faulted: turn.faulted, needs: [], isLong: false };
          active.add(rest);
          setTimeout(() => end(rest), restMs).unref();
        }
        end(turn);
      };
    },
  };
}

/** Whether two cannot go on at once. */
export function excludes(one: Turn, other: Turn): boolean {
  const meet = (some: readonly string[], others: readonly string[]) => some.some((kind) => others.includes(kind));
  return (
    meet(one.faulted, other.faulted) ||
    (one.isLong && meet(one.faulted, other.needs)) ||
    (other.isLong && meet(other.faulted, one.needs))
  );
}
