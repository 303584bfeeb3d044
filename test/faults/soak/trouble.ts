/** What strikes the operator during a soak. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Lane } from '../bed/lane.ts';
import { FAULTS } from '../campaigns/api.ts';
import type { Armed, Fault, Operation, WatchFault } from '../proxy/proxy.ts';
import { oneOf, randomOf } from '../random.ts';

/** The share of requests that a fault strikes. */
const RATE = 0.01;
const WATCH_FAULT_MS = 20_000;
/** Something is applied all the time; if not for so long, there is nothing to kill for. */
const BLOW_MS = 10_000;

const WRITE_FAULTS = FAULTS.map(([, fault]) => fault);
/** No API server answers a read with these. */
const READ_FAULTS = WRITE_FAULTS.filter(
  (fault) => fault.do !== 'answer' || (fault.status !== 409 && fault.status !== 422),
);
/** An operator that starts waits for its lists, and has to be ready within 30 s. */
const LIST_FAULTS = READ_FAULTS.filter((fault) => fault.do !== 'hang');
/** None that loses an event and goes on as if nothing were: no API server does. */
const WATCH_FAULTS: readonly WatchFault[] = [
  { do: 'half-open' },
  { do: 'close' },
  { do: 'reset' },
  { do: 'cut-line', event: 1 },
  { do: 'garbage', event: 1 },
  { do: 'hold', ms: 5_000 },
  { do: 'gone', as: 'answer' },
  { do: 'gone', as: 'event' },
  { do: 'error-event', status: 500 },
  { do: 'refuse', status: 429 },
];
const MOMENTS = ['before', 'committed', 'answered'] as const;

/** The faults that an operation may meet. */
function faultsOf(operation: Operation): readonly Fault[] {
  if (operation === 'LIST') return LIST_FAULTS;
  return operation === 'GET' || operation === 'WATCH' ? READ_FAULTS : WRITE_FAULTS;
}

/** What struck so far. */
export interface Trouble {
  readonly counts: () => { requests: number; faults: number; watchFaults: number; kills: number };
  /** No more of it. To be called while changes are still made. Resolves when an operator runs; rejects when one could not be started. */
  end(): Promise<void>;
}

/** Begins it: what comes is decided by the seed and, for requests, by their number. With `killMs` the operator is also killed, so often in the mean, and another one starts. */
export function startTrouble(lane: Lane, seed: number, killMs: number | undefined): Trouble {
  const over = new AbortController();
  const { proxy, operator } = lane;
  const chance = randomOf(seed);
  const weather = proxy.weather(({ operation }) => {
    if (chance() >= RATE) return undefined;
    return oneOf(faultsOf(operation), chance());
  });
  const armed: Armed[] = [];
  let killed = 0;

  async function breakWatches(): Promise<void> {
    const next = randomOf(seed + 1);
    while (await pause(WATCH_FAULT_MS * (0.5 + next()), over.signal)) {
      const kinds = new Set(
        proxy.seen('', { reads: true }).flatMap(({ key }) => (key.operation === 'WATCH' ? key.kind : [])),
      );
      armed.push(proxy.armWatch({ kind: oneOf([...kinds].sort(), next()) }, oneOf(WATCH_FAULTS, next())));
    }
  }

  async function kill(everyMs: number): Promise<void> {
    const next = randomOf(seed + 2);
    while (await pause(everyMs * (0.5 + next()), over.signal)) {
      const blow = proxy.arm({ operation: 'APPLY' }, { do: 'kill', when: oneOf(MOMENTS, next()) });
      await Promise.race([blow.struck, delay(BLOW_MS)]);
      blow.disarm();
      if (!blow.hasStruck()) continue;
      killed++;
      await operator.kill();
      await operator.start();
    }
  }

  const jobs = Promise.all([breakWatches(), killMs !== undefined && kill(killMs)]);
  // It is told by `end`.
  jobs.catch(() => undefined);
  return {
    counts: () => ({
      requests: weather.requests,
      faults: weather.struck,
      watchFaults: armed.filter((each) => each.hasStruck()).length,
      kills: killed,
    }),
    end: async () => {
      over.abort();
      weather.end();
      for (const each of armed) each.disarm();
      await jobs;
    },
  };
}

/** Whether it went by to the end. */
const pause = (ms: number, signal: AbortSignal): Promise<boolean> => delay(ms, true, { signal }).catch(() => false);
