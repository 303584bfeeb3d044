import type { KubeObject } from '../../../src/kube/objects.ts';

/** What a request of the operator asks for. `CREATE` is a POST, `APPLY` and `PATCH` are PATCHes told apart by their content type. */
export type Operation = 'GET' | 'LIST' | 'WATCH' | 'CREATE' | 'APPLY' | 'PATCH' | 'UPDATE' | 'DELETE';

/** Names a request so that the same work gives the same names again. */
export interface RequestKey {
  readonly operation: Operation;
  readonly kind: string;
  /** '' for all namespaces, and for kinds without. */
  readonly namespace: string;
  /** '' for a LIST or a WATCH. Random parts of names of Pods and Events are replaced (key.ts). */
  readonly name: string;
  /** 'status', or ''. */
  readonly subresource: string;
  /** Which of the requests that are equal in all of the above, from 1, since the proxy started or forgot the namespace. */
  readonly occurrence: number;
}

/** A request that was seen, and what became of it. */
export interface Seen {
  readonly key: RequestKey;
  /** When it was there, by `performance.now()`. */
  readonly at: number;
  /** Which operator sent it. */
  readonly instance: string;
  /** What the API server answered; undefined when it was never asked. */
  readonly status: number | undefined;
  /** The body of a write, as JSON; undefined for a read. */
  readonly sent: unknown;
  /** Of a DELETE, and of a write of a PersistentVolumeClaim: the object before it, as the API server had it. */
  readonly before: KubeObject | undefined;
}

/** Which requests: every given field must be equal. No occurrence: the next one. */
export type Match = Partial<RequestKey> & { readonly instance?: string };

/** What is done to a request. Times in ms. */
export type Fault =
  /** SIGKILL to the operator that sent it: before the API server sees it, when it has done it (the answer is lost), or when the answer was read. */
  | { readonly do: 'kill'; readonly when: 'before' | 'committed' | 'answered' }
  | {
      readonly do: 'answer';
      readonly status: 403 | 404 | 409 | 410 | 422 | 429 | 500 | 503 | 504;
      readonly retryAfterSeconds?: number;
    }
  | { readonly do: 'reset'; readonly when: 'before' | 'committed' }
  | { readonly do: 'hang' }
  | { readonly do: 'truncate' }
  | { readonly do: 'delay'; readonly ms: number }
  /** A LIST: what operators knew of this kind at a mark (`FaultProxy.mark`), with the version of then, from which the operator goes on to watch. */
  | { readonly do: 'old-list'; readonly mark: number };

/** What is done to a watch that is open, or to the next that opens. `event` counts what comes after the fault was armed, from 1. */
export type WatchFault =
  /** Nothing more arrives, and the connection stays: until it is disarmed, which breaks it. */
  | { readonly do: 'half-open' }
  | { readonly do: 'close' }
  | { readonly do: 'reset' }
  /** The stream ends inside the line of an event. */
  | { readonly do: 'cut-line'; readonly event: number }
  /** Instead of an event comes a line that is no JSON; the stream goes on. */
  | { readonly do: 'garbage'; readonly event: number }
  | { readonly do: 'drop'; readonly event: EventAsked }
  | { readonly do: 'duplicate'; readonly event: EventAsked }
  /** Nothing arrives for so long; then all that came in between does, in order. */
  | { readonly do: 'hold'; readonly ms: number }
  /** 410: as the answer to the next WATCH, or as an ERROR event in the open one. */
  | { readonly do: 'gone'; readonly as: 'answer' | 'event' }
  | { readonly do: 'error-event'; readonly status: 500 | 504 }
  | { readonly do: 'refuse'; readonly status: 403 | 429 | 500 | 503 };

/** One event of a watch: of which object, and the how-manieth of that object that went to this operator since the proxy forgot its namespace, from 1. */
export interface EventMatch {
  readonly namespace: string;
  readonly name: string;
  readonly occurrence: number;
}

/** Which event. No occurrence: the next one of the object. */
export type EventAsked = Omit<EventMatch, 'occurrence'> & { readonly occurrence?: number };

/** An event that went to an operator. */
export interface ToldEvent extends EventMatch {
  readonly kind: string;
  readonly type: string;
  /** Which object it was, and which version of it. */
  readonly uid: string;
  readonly resourceVersion: string;
}

/** A fault that waits for its moment. */
export interface Armed {
  /** Resolves when it has struck. */
  readonly struck: Promise<void>;
  hasStruck(): boolean;
  /** It strikes no more; what it holds open is closed. */
  disarm(): void;
}

/** Faults that come by chance. */
export interface Weather {
  /** Requests so far, and how many a fault struck. */
  readonly requests: number;
  readonly struck: number;
  /** There are no more; what hangs is broken off. */
  readonly end: () => void;
}

/** An invariant that a request broke. */
export interface Violation {
  readonly namespace: string;
  /** One sentence, with the request in it. */
  readonly what: string;
}

/**
 * A TLS server between operators and a real API server. Without a fault armed it passes everything on, unchanged and in order.
 * It looks at every request: invariants.ts has what no request may do.
 */
export interface FaultProxy {
  /** A kubeconfig for one operator, to be asked for before each start: its requests go through here and are known by this name. */
  kubeconfig(instance: string): Promise<string>;
  arm(match: Match, fault: Fault): Armed;
  armWatch(match: { readonly kind: string; readonly instance?: string }, fault: WatchFault): Armed;
  /** From now on each request for which no fault is armed meets the one that `pick` has for it, if any: called once for each, in order. */
  weather(pick: (key: RequestKey) => Fault | undefined): Weather;
  /** Requests about a namespace so far, in order; writes only unless asked for all. */
  seen(namespace: string, options?: { reads?: boolean }): readonly Seen[];
  /** Events that went to the operators about a namespace, in order. */
  events(namespace: string): readonly ToldEvent[];
  /** Broken invariants about a namespace ('' is the rest). */
  violations(namespace: string): readonly Violation[];
  /** Remembers what operators know of every kind now, for an `old-list`. The latest 64 marks are kept. */
  mark(): number;
  /** Starts to count anew for a namespace. */
  forget(namespace: string): void;
  /** No operator gets through, and open connections break, until `join`: a network partition. */
  part(instance?: string): void;
  join(instance?: string): void;
  /** Sets who is killed by a `kill`. */
  onKill(kill: (instance: string) => void): void;
  close(): Promise<void>;
}
