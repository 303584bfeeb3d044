import type { KubeConfig } from '@kubernetes/client-node';

/** HTTP methods the API server takes. */
export type Verb = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Query parameters; `undefined` ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Options of one call. */
export interface CallOptions {
  /** Sent as JSON. */
  body?: unknown;
  /** Default `application/json`. */
  contentType?: string | undefined;
  query?: Query | undefined;
  signal?: AbortSignal | undefined;
}

/** Options of one stream of lines. */
export interface LinesOptions {
  query?: Query | undefined;
  /** The stream fails when nothing arrives for so long. */
  idleMs: number;
  signal?: AbortSignal | undefined;
}

/** One finished request, for metrics. */
export interface Observation {
  verb: Verb;
  /** Without the query. */
  path: string;
  host: string;
  /** 0 when there was no answer. */
  status: number;
  /** Until the response headers. */
  ms: number;
}

/** A connection to one API server. Safe to share; every call has a deadline. */
export interface Transport {
  /** The server's answer as raw JSON. Throws `ApiError` or `Unreachable`; the type is the caller's claim. */
  json<T = unknown>(verb: Verb, path: string, options?: CallOptions): Promise<T>;
  /** The values of a newline-delimited JSON stream (a watch). Ends when the server ends it; throws as `json` does. */
  lines(path: string, options: LinesOptions): AsyncGenerator<unknown, void, undefined>;
  /** Ends when open requests have ended. */
  close(): Promise<void>;
}

/** Options of {@link connect}. */
export interface ConnectOptions {
  userAgent: string;
  /** Limit of each call, from the first byte sent to the last byte read. Default 30 s. Streams have `idleMs`. */
  deadlineMs?: number;
  /** Sockets to keep for short calls. Default 32. */
  connections?: number;
  /** How often token and TLS files are read again. Default 10 s. */
  refreshMs?: number;
  observe?: (observation: Observation) => void;
}

export declare function connect(load: () => KubeConfig, options: ConnectOptions): Transport;
