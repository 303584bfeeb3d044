import type { KubeObject } from '../../../src/kube/objects.ts';
import type { RequestKey, Seen, ToldEvent, Violation } from './contract.ts';
import type { Subject } from './key.ts';
import { createCounter, numbered } from './key.ts';
import type { Told } from './watch.ts';

/** A request as the proxy works on it. */
export interface Entry extends Seen {
  readonly path: string;
  readonly text: string;
  readonly isWrite: boolean;
  status: number | undefined;
  before: KubeObject | undefined;
}

/** What happened in each namespace. */
export interface Journal {
  enter(subject: Subject, instance: string, path: string, text: string, body: unknown): Entry;
  told(event: Told): void;
  broken(namespace: string, what: string): void;
  readonly seen: (namespace: string, options?: { reads?: boolean }) => readonly Seen[];
  readonly events: (namespace: string) => readonly ToldEvent[];
  readonly violations: (namespace: string) => readonly Violation[];
  forget(namespace: string): void;
}

const READS = new Set(['GET', 'LIST', 'WATCH']);

export function createJournal(): Journal {
  const counter = createCounter();
  const entries = new Map<string, Entry[]>();
  const events = new Map<string, ToldEvent[]>();
  const violations = new Map<string, Violation[]>();

  function add<T>(to: Map<string, T[]>, namespace: string, one: T): void {
    const own = to.get(namespace);
    if (own) own.push(one);
    else to.set(namespace, [one]);
  }

  return {
    enter: (subject, instance, path, text, body) => {
      const key: RequestKey = numbered(counter, subject);
      const isWrite = !READS.has(key.operation);
      const at = performance.now();
      const entry = { key, at, instance, path, text, isWrite, status: undefined, sent: body, before: undefined };
      add(entries, key.namespace, entry);
      return entry;
    },
    told: ({ namespace, name, occurrence, kind, type, object }) => {
      const { uid = '', resourceVersion = '' } = object.metadata;
      add(events, namespace, { namespace, name, occurrence, kind, type, uid, resourceVersion });
    },
    broken: (namespace, what) => {
      add(violations, namespace, { namespace, what });
    },
    seen: (namespace, { reads = false } = {}) => {
      const own = entries.get(namespace) ?? [];
      return reads ? [...own] : own.filter(({ isWrite }) => isWrite);
    },
    events: (namespace) => [...(events.get(namespace) ?? [])],
    violations: (namespace) => [...(violations.get(namespace) ?? [])],
    forget: (namespace) => {
      counter.forget(namespace);
      for (const each of [entries, events, violations]) each.delete(namespace);
    },
  };
}
