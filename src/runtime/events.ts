import { createHash } from 'node:crypto';
import type { Client } from '../kube/client.ts';
import { isAlreadyExists, isNotFound } from '../kube/errors.ts';
import type { KubeObject, ObjectRef } from '../kube/objects.ts';
import { resources } from '../kube/paths.ts';
import { microTime, systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/** One thing worth telling a person who runs `kubectl describe`. */
export interface EventInput {
  type: 'Normal' | 'Warning';
  /** UpperCamelCase, from a closed set. */
  reason: string;
  /** What was being done, UpperCamelCase. Default `Reconcile`. */
  action?: string;
  /** A sentence; cut at 1024 bytes. */
  note: string;
}

/** What an event is about. */
export type Regarding = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

/** Writes events in the background: best effort, never throws, never floods. */
export interface Recorder {
  /** Records that something happened to an object. Record transitions; the same event again only counts in its series. */
  event(regarding: Regarding, input: EventInput): void;
  /** Writes the counts of all series, and resolves when everything recorded so far was written or given up. */
  flush(): Promise<void>;
}

/** Options of {@link createRecorder}. */
export interface RecorderOptions {
  client: Client;
  /** `reportingController`, a qualified name: `example.com/operator`. */
  controller: string;
  /** `reportingInstance`: the name of the pod. */
  instance: string;
  log: Logger;
  clock?: Clock;
  /** Wall clock. */
  date?: () => Date;
}

/** events.k8s.io/v1 Event, as far as it is written here. */
export interface EventObject extends KubeObject {
  eventTime: string;
  reportingController: string;
  reportingInstance: string;
  type: string;
  reason: string;
  action: string;
  note: string;
  regarding: { apiVersion: string; kind: string; namespace?: string; name: string; uid?: string };
  series?: { count: number; lastObservedTime: string };
}

/** Repeats of one event are written at most this often. */
const SERIES_INTERVAL_MS = 5 * 60_000;
/** An event that was not repeated for so long is forgotten; the API server forgets it after an hour. */
const FORGET_MS = 30 * 60_000;
/** Different events of one object: so many at once, and then one each minute. */
const BURST = 25;
const REFILL_MS = 60_000;
/** Writes that wait; what comes on top of them is dropped. */
const BACKLOG = 1_000;
const NOTE_BYTES = 1024;

interface Series {
  ref: ObjectRef;
  object: EventObject;
  /** How often it happened, and how much of that was written. */
  count: number;
  written: number;
  writtenAt: number;
  lastAt: number;
  lastDate: Date;
}

interface Budget {
  tokens: number;
  at: number;
}

/** Makes a {@link Recorder}. It starts no timer: a count that waits is written with a later event or by `flush`. */
export function createRecorder(options: RecorderOptions): Recorder {
  const { client, log, clock = systemClock, date = () => new Date() } = options;
  const recent = new Map<string, Series>();
  const budgets = new Map<string, Budget>();
  let backlog = 0;
  let tail: Promise<void> = Promise.resolve();
  let sweptAt = clock.now();

  /** One write after the other: events are never worth more than one connection. */
  function enqueue(write: () => Promise<void>): void {
    if (backlog >= BACKLOG) return;
    backlog++;
    tail = tail
      .then(write)
      .catch((error: unknown) => {
        log.debug({ err: error }, 'an event was not written');
      })
      .finally(() => {
        backlog--;
      });
  }

  function describe(regarding: Regarding, input: EventInput): EventObject {
    const { namespace = 'default', name, uid } = regarding.metadata;
    const { type, reason, action = 'Reconcile' } = input;
    const note = cutBytes(input.note, NOTE_BYTES);
    const identity = [regarding.kind, namespace, name, uid, type, reason, action, note];
    const digest = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 16);
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      // The same event has the same name, so that a restarted process goes on with the series it finds.
      metadata: { namespace, name: `${name.slice(0, 200)}.${digest}` },
      eventTime: microTime(date()),
      reportingController: options.controller,
      reportingInstance: options.instance.slice(0, 128),
      type,
      reason,
      action,
      note,
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        ...(regarding.metadata.namespace === undefined ? {} : { namespace }),
        name,
        ...(uid === undefined ? {} : { uid }),
      },
    };
  }

  async function writeFirst(series: Series): Promise<void> {
    try {
      await client.create(resources.Event, series.object);
      series.written++;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const found = await client.find<EventObject>(resources.Event, series.ref);
      const before = found?.series?.count ?? 1;
      series.count += before;
      series.written = before;
      await writeCount(series);
    }
  }

  async function writeCount(series: Series): Promise<void> {
    const { ref, count, lastDate } = series;
    if (count === series.written) return;
    const patch = { series: { count, lastObservedTime: microTime(lastDate) } };
    try {
      await client.mergePatch(resources.Event, ref, patch);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      // The server has forgotten it: it begins anew.
      await client.create(resources.Event, { ...series.object, eventTime: microTime(lastDate) });
      series.count = 1 + series.count - count;
      series.written = 1;
      return;
    }
    series.written = count;
  }

  /** Whether the object may have one more different event now. */
  function spend(uid: string): boolean {
    const now = clock.now();
    const budget = budgets.get(uid) ?? { tokens: BURST, at: now };
    const refill = Math.floor((now - budget.at) / REFILL_MS);
    budget.tokens = Math.min(BURST, budget.tokens + refill);
    budget.at += refill * REFILL_MS;
    budgets.set(uid, budget);
    if (budget.tokens === 0) return false;
    budget.tokens--;
    return true;
  }

  /** Keeps the maps small: what is old enough to make no difference goes. */
  function sweep(): void {
    const now = clock.now();
    if (now - sweptAt < REFILL_MS) return;
    sweptAt = now;
    for (const [name, series] of recent) {
      if (now - series.lastAt >= FORGET_MS && series.count === series.written) recent.delete(name);
    }
    for (const [uid, budget] of budgets) if (now - budget.at >= BURST * REFILL_MS) budgets.delete(uid);
  }

  function record(regarding: Regarding, input: EventInput): void {
    sweep();
    const object = describe(regarding, input);
    const now = clock.now();
    const series = recent.get(object.metadata.name);
    if (series) {
      series.count++;
      series.lastAt = now;
      series.lastDate = date();
      if (now - series.writtenAt < SERIES_INTERVAL_MS) return;
      series.writtenAt = now;
      enqueue(() => writeCount(series));
      return;
    }
    if (!spend(regarding.metadata.uid ?? object.metadata.name)) return;
    const { namespace, name } = object.metadata;
    const ref = { namespace, name };
    const first = { ref, object, count: 1, written: 0, writtenAt: now, lastAt: now, lastDate: date() };
    recent.set(name, first);
    enqueue(() => writeFirst(first));
  }

  return {
    event: (regarding, input) => {
      try {
        record(regarding, input);
      } catch (error) {
        log.debug({ err: error }, 'an event was not recorded');
      }
    },
    flush: async () => {
      await tail;
      for (const series of recent.values()) {
        if (series.written > 0 && series.count > series.written) enqueue(() => writeCount(series));
      }
      await tail;
    },
  };
}

/** The longest start of the text that is at most so many bytes of UTF-8, and no half character. */
function cutBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  const room = bytes - '...'.length;
  // A byte 10xxxxxx continues a character.
  let end = room;
  while (end > 0 && ((encoded[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${encoded.subarray(0, end).toString()}...`;
}
