import type { Dispatcher } from 'undici';
import { leash, orAborted } from './deadline.ts';
import { createDialer } from './dial.ts';
import type { Dial, KubeAccess } from './dial.ts';
import { ApiError, Unreachable } from './errors.ts';
import type { StatusBody } from './errors.ts';
import { readText, splitLines } from './lines.ts';

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
  /** Called when the request is about to be written to a connection, each time it is tried: what it throws is thrown, and nothing is sent. */
  beforeSend?: (() => void) | undefined;
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
  /** Resolves when open requests have ended. */
  readonly close: () => Promise<void>;
}

/** Options of {@link connect}. */
export interface ConnectOptions {
  userAgent: string;
  /** Limit of each call, from its start to the last byte read. Default 30 s. Streams have `idleMs` instead. */
  deadlineMs?: number;
  /** Sockets at most; each open watch holds one. Default 64. */
  connections?: number;
  /** How often token and TLS files are read again. Default 10 s. */
  refreshMs?: number;
  /** Called for each request, also for one that is tried again after a 401. */
  observe?: (observation: Observation) => void;
}

const MAX_BODY_BYTES = 256 * 1024 * 1024;
const MAX_ERROR_BYTES = 1024 * 1024;
/** etcd takes 1.5 MiB of protobuf for one object; as JSON that stays far below this. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;

/** Codes of failures before the first byte of the request: the server has not seen it. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** Options with the signal that every call has inside. */
type Leashed = CallOptions & { signal: AbortSignal };

/** Connects to the current cluster of a kubeconfig. `load` is called again when credentials seem to have changed. */
export function connect(load: () => KubeAccess, options: ConnectOptions): Transport {
  const { userAgent, deadlineMs = 30_000, connections = 64, refreshMs = 10_000, observe } = options;
  const dialer = createDialer(load, { connections, refreshMs });

  async function attempt(dial: Dial, verb: Verb, path: string, options: Leashed): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { ...dial.headers, accept: 'application/json', 'user-agent': userAgent };
    let body: string | null = null;
    if (options.body !== undefined) {
      body = JSON.stringify(options.body);
      headers['content-type'] = options.contentType ?? 'application/json';
    }
    const startedAt = performance.now();
    const gate = options.beforeSend && createGate(options.beforeSend);
    let status = 0;
    try {
      const response = await (gate ? dial.dispatcher.compose(gate.interceptor) : dial.dispatcher).request({
        origin: dial.origin,
        path: dial.prefix + path + search(options.query),
        method: verb,
        headers,
        body,
        signal: options.signal,
      });
      status = response.statusCode;
      return response;
    } catch (error) {
      gate?.rethrow();
      // A rotated CA shows up as a broken handshake: look at the files again before the next call.
      if (!options.signal.aborted) dialer.suspect();
      throw unreachable(verb, path, error, options.signal);
    } finally {
      observe?.({ verb, path, host: dial.host, status, ms: performance.now() - startedAt });
    }
  }

  async function dial(verb: Verb, path: string, signal: AbortSignal): Promise<Dial> {
    try {
      // A credential plugin may hang, too.
      return await orAborted(dialer.current(), signal);
    } catch (cause) {
      throw new Unreachable(verb, path, `no credentials: ${explain(cause).why}`, { ambiguous: false, cause });
    }
  }

  /** A response with a good status; anything else is an error. */
  async function send(verb: Verb, path: string, options: Leashed): Promise<Dispatcher.ResponseData> {
    let response = await attempt(await dial(verb, path, options.signal), verb, path, options);
    if (response.statusCode === 401) {
      // Nothing was done, so even a write may be tried again, once, with what the files say now.
      await response.body.dump();
      dialer.suspect();
      response = await attempt(await dial(verb, path, options.signal), verb, path, options);
    }
    if (response.statusCode < 300) return response;
    throw await refusal(verb, path, response);
  }

  return {
    json: async <T>(verb: Verb, path: string, options: CallOptions = {}) => {
      const limit = leash(options.signal, deadlineMs, `no whole answer within ${String(deadlineMs)} ms`);
      try {
        const response = await send(verb, path, { ...options, signal: limit.signal });
        try {
          return JSON.parse(await readText(response.body, MAX_BODY_BYTES)) as T;
        } catch (error) {
          throw unreachable(verb, path, error, limit.signal);
        }
      } finally {
        limit.release();
      }
    },

    async *lines(path, { query, idleMs, signal }) {
      const limit = leash(signal, idleMs, `nothing arrived for ${String(idleMs)} ms`);
      try {
        const { body } = await send('GET', path, { query, signal: limit.signal });
        for await (const line of splitLines(touching(body, limit.touch), MAX_LINE_BYTES)) yield JSON.parse(line);
      } catch (error) {
        throw error instanceof ApiError ? error : unreachable('GET', path, error, limit.signal);
      } finally {
        limit.release();
      }
    },

    close: () => dialer.close(),
  };
}

/** Lets a request pass only if `check` does not throw when its connection is ready. */
function createGate(check: () => void) {
  let refused: { error: unknown } | undefined;
  const interceptor: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => {
        try {
          check();
        } catch (error) {
          refused = { error };
          throw error;
        }
        handler.onRequestStart?.(controller, context);
      },
      onResponseStart: (...all) => handler.onResponseStart?.(...all),
      onResponseData: (...all) => handler.onResponseData?.(...all),
      onResponseEnd: (...all) => handler.onResponseEnd?.(...all),
      onResponseError: (...all) => handler.onResponseError?.(...all),
    });
  return {
    interceptor,
    rethrow: (): void => {
      if (refused) throw refused.error;
    },
  };
}

async function* touching(chunks: AsyncIterable<Uint8Array>, touch: () => void): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    touch();
    yield chunk;
  }
}

function search(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  const text = given.toString();
  return text && `?${text}`;
}

/** Turns whatever broke into an `Unreachable` that says why, without what was sent. */
function unreachable(verb: Verb, path: string, error: unknown, signal: AbortSignal): Unreachable {
  if (error instanceof Unreachable) return error;
  const cause: unknown = signal.aborted ? signal.reason : error;
  const { why, code } = explain(cause);
  return new Unreachable(verb, path, why, { ambiguous: verb !== 'GET' && !NEVER_SENT.has(code), cause });
}

function explain(cause: unknown): { why: string; code: string } {
  const { code = '', message = String(cause) } = cause as { code?: string; message?: string };
  return { code, why: message.includes(code) ? message : `${code} ${message}`.trim() };
}

async function refusal(verb: Verb, path: string, response: Dispatcher.ResponseData): Promise<ApiError> {
  let body: StatusBody | undefined;
  try {
    body = JSON.parse(await readText(response.body, MAX_ERROR_BYTES)) as StatusBody;
  } catch {
    // Not from the API server (a load balancer's page), or cut: the status line says enough.
  }
  return new ApiError(verb, path, response.statusCode, body, retryAfter(response.headers['retry-after']));
}

/** `Retry-After` in ms: seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | string[] | undefined): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = /^\d+$/.test(value) ? 1000 * Number(value) : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
