/** One field that the API server refused. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** The part of the API server's `Status` object that errors carry on. */
export interface StatusBody {
  reason?: string;
  message?: string;
  code?: number;
  details?: { causes?: StatusCause[]; retryAfterSeconds?: number };
}

/** Stable codes of {@link ApiError}: safe to match on, to log and to count. */
export type ApiErrorCode =
  | 'KUBE_BAD_REQUEST'
  | 'KUBE_UNAUTHORIZED'
  | 'KUBE_FORBIDDEN'
  | 'KUBE_NOT_FOUND'
  | 'KUBE_CONFLICT'
  | 'KUBE_ALREADY_EXISTS'
  | 'KUBE_GONE'
  | 'KUBE_INVALID'
  | 'KUBE_THROTTLED'
  | 'KUBE_SERVER_ERROR'
  | 'KUBE_UNEXPECTED_STATUS';

const codes: Record<number, ApiErrorCode> = {
  400: 'KUBE_BAD_REQUEST',
  401: 'KUBE_UNAUTHORIZED',
  403: 'KUBE_FORBIDDEN',
  404: 'KUBE_NOT_FOUND',
  409: 'KUBE_CONFLICT',
  410: 'KUBE_GONE',
  422: 'KUBE_INVALID',
  429: 'KUBE_THROTTLED',
};

const MESSAGE_LIMIT = 1024;
/** Nobody is waited for longer, whatever a load balancer says in between: it may mean another clock. */
const LONGEST_WAIT_MS = 300_000;

/**
 * The API server answered, and the answer is no.
 * The message holds the verb, the path and the server's own sentence, cut at 1 KiB: never headers, query or body.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** HTTP status, or the `code` of a Status inside a watch. */
  readonly status: number;
  /** Kubernetes' reason (`NotFound`, `Conflict`, ...), or `Unknown` when the body was not a Status. */
  readonly reason: string;
  readonly causes: readonly StatusCause[];
  /** How long the server asks to wait, five minutes at most. */
  readonly retryAfterMs: number | undefined;

  constructor(verb: string, path: string, status: number, body: StatusBody | undefined, retryAfterMs?: number) {
    const reason = body?.reason ?? 'Unknown';
    const said = body?.message ? `: ${cut(body.message, MESSAGE_LIMIT)}` : '';
    super(`${verb} ${withoutQuery(path)}: ${String(status)} ${reason}${said}`);
    this.code = codeOf(status, reason);
    this.status = status;
    this.reason = reason;
    this.causes = body?.details?.causes ?? [];
    const seconds = body?.details?.retryAfterSeconds;
    const waitMs = retryAfterMs ?? (seconds ? 1000 * seconds : undefined);
    this.retryAfterMs = waitMs && Math.min(waitMs, LONGEST_WAIT_MS);
  }
}

/** There was no whole answer: refused, reset, cut, silent past the deadline, or aborted by the caller. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
  readonly code = 'KUBE_UNREACHABLE';
  /** True when a write may have happened all the same: read before you decide. Never true for a read. */
  readonly ambiguous: boolean;

  constructor(verb: string, path: string, why: string, options: { ambiguous: boolean; cause?: unknown }) {
    super(`${verb} ${withoutQuery(path)}: ${cut(why, MESSAGE_LIMIT)}`, { cause: options.cause });
    this.ambiguous = options.ambiguous;
  }
}

/** 404: the object is absent, or the kind is not served. */
export function isNotFound(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_NOT_FOUND');
}

/** 409 for a write: a precondition failed, or another field manager owns the field. */
export function isConflict(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_CONFLICT');
}

/** 409 for a create: an object of this name exists. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_ALREADY_EXISTS');
}

/** 410: the resourceVersion or the continue token is too old. List again. */
export function isGone(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_GONE');
}

/** 403: RBAC, quota or admission refused. */
export function isForbidden(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_FORBIDDEN');
}

/** 422: the object breaks its schema or a validation rule. A retry without a change is pointless. */
export function isInvalid(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_INVALID');
}

/** 422: the object of this name is another one than the UID of the write says. Look again. */
export function isAnother(error: unknown): error is ApiError {
  return isInvalid(error) && error.causes.some(({ field }) => field === 'metadata.uid');
}

/** 429: wait for `retryAfterMs`. */
export function isThrottled(error: unknown): error is ApiError {
  return hasCode(error, 'KUBE_THROTTLED');
}

/** There was no answer; see {@link Unreachable.ambiguous}. */
export function isUnreachable(error: unknown): error is Unreachable {
  return error instanceof Unreachable;
}

function hasCode(error: unknown, code: ApiErrorCode): boolean {
  return error instanceof ApiError && error.code === code;
}

function codeOf(status: number, reason: string): ApiErrorCode {
  // The server says 409 for both, and the remedies differ.
  if (status === 409 && reason === 'AlreadyExists') return 'KUBE_ALREADY_EXISTS';
  return codes[status] ?? (status >= 500 ? 'KUBE_SERVER_ERROR' : 'KUBE_UNEXPECTED_STATUS');
}

function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit)}...`;
}
