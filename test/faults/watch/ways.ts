import type { WatchFault } from '../proxy/proxy.ts';

/** A fault of a watch, and what it may cost. */
export interface Way {
  readonly name: string;
  /** `about` is the object that the deed is done to. */
  fault(about: { readonly namespace: string; readonly name: string }): WatchFault;
  /** From when the deed is done until all is as it should be. */
  readonly withinMs: number;
  /** LISTs of the kind that it may lead to. A watch that broke goes on from where it was. */
  readonly lists: 0 | 1;
  /** Whether the operator has to watch anew. */
  readonly ends: boolean;
  /** It meets a WATCH that begins, so the open one is ended. */
  readonly atNext?: true;
}

export const HALF_OPEN = 'half-open';
const HOLD_MS = 5_000;
/**
 * An operator waits 1.6 s at most before it watches again; the rest is for a machine that is busy. No watch lives as short as this, so its
 * end is not what mends.
 */
const LIVELY_MS = 25_000;
const quick = { withinMs: LIVELY_MS, lists: 0, ends: true } as const;

/** All that the proxy does to watches. That one died without a word takes 50 s to notice (docs/decisions/0022). */
export const ways: readonly Way[] = [
  { ...quick, name: HALF_OPEN, fault: () => ({ do: 'half-open' }), withinMs: 60_000 },
  { ...quick, name: 'close', fault: () => ({ do: 'close' }) },
  { ...quick, name: 'reset', fault: () => ({ do: 'reset' }) },
  { ...quick, name: 'cut-line', fault: () => ({ do: 'cut-line', event: 1 }) },
  { ...quick, name: 'garbage', fault: () => ({ do: 'garbage', event: 1 }) },
  { ...quick, name: 'drop', fault: (event) => ({ do: 'drop', event }), ends: false },
  { ...quick, name: 'duplicate', fault: (event) => ({ do: 'duplicate', event }), ends: false },
  { ...quick, name: 'hold', fault: () => ({ do: 'hold', ms: HOLD_MS }), withinMs: HOLD_MS + LIVELY_MS, ends: false },
  { ...quick, name: '410', fault: () => ({ do: 'gone', as: 'answer' }), lists: 1, atNext: true },
  { ...quick, name: '410 event', fault: () => ({ do: 'gone', as: 'event' }), lists: 1 },
  { ...quick, name: '500 event', fault: () => ({ do: 'error-event', status: 500 }) },
  { ...quick, name: '504 event', fault: () => ({ do: 'error-event', status: 504 }) },
  ...([403, 429, 500, 503] as const).map((status): Way => ({
    ...quick,
    name: String(status),
    fault: () => ({ do: 'refuse', status }),
    atNext: true,
  })),
];
