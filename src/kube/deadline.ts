/** A signal with a cause of its own, tied to a signal of the caller. Release it, or the caller's signal keeps it. */
export interface Leash {
  readonly signal: AbortSignal;
  /** Starts the time again. */
  readonly touch: () => void;
  readonly release: () => void;
}

/**
 * A signal that aborts `ms` after it was made (or last touched), or when `outer` aborts.
 * `AbortSignal.any` and `AbortSignal.timeout` would do the same, but cost more for each call and cannot be released.
 */
export function leash(outer: AbortSignal | undefined, ms: number, sentence: string): Leash {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new Error(sentence));
  }, ms);
  const follow = (): void => {
    controller.abort(new Error('aborted by the caller'));
  };
  if (outer?.aborted) follow();
  else outer?.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    touch: () => {
      timer.refresh();
    },
    release: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', follow);
    },
  };
}

/** The work's result, or the signal's reason if that comes first. The work itself goes on unheard. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', give);
    });
  });
}
