const pending = new Set<() => Promise<void>>();

/**
 * A function that ends something once, however often it is called: at the latest after the last test of the file, so that
 * a test that fails in the middle leaves nothing running.
 */
export function endOnce(end: () => Promise<void>): () => Promise<void> {
  let ended: Promise<void> | undefined;
  const once = (): Promise<void> => {
    pending.delete(once);
    return (ended ??= end());
  };
  pending.add(once);
  return once;
}

/** Ends all that has not ended yet. Jest does it after each file; a program has to do it itself. */
export async function endAll(): Promise<void> {
  await Promise.all([...pending].map((end) => end()));
}

// The global one: outside of Jest, in a bench, @jest/globals refuses to be imported.
(globalThis as { afterAll?: (hook: () => Promise<void>) => void }).afterAll?.(endAll);
