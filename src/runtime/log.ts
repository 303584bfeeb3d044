import pino from 'pino';
import type { Logger as PinoLogger } from 'pino';

/** A pino logger: `log.info({ key }, 'sentence')`, `log.error({ err }, 'sentence')`, `log.child({ controller })`. */
export type Logger = PinoLogger;

/** Options of {@link createLogger}. */
export interface LoggerOptions {
  /** Default `info`. */
  level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Where lines go; stdout when absent. */
  write?: (line: string) => void;
}

/** An error as a log line shows it. */
export interface LoggedError {
  type: string;
  message: string;
  code?: string | number;
  status?: number;
  reason?: string;
  stack?: string;
  cause?: LoggedError;
}

const TEXT_LIMIT = 2048;
const CAUSE_DEPTH = 3;

/**
 * What of an error may be logged: a closed list of short fields. Errors of HTTP libraries carry headers (tokens) and
 * bodies (Secrets) as properties, and client-node puts both into its message; none of that gets through.
 */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!(error instanceof Error)) return { type: typeof error, message: cut(String(error)) };
  const { code, status, reason } = error as { code?: unknown; status?: unknown; reason?: unknown };
  return {
    type: error.name,
    message: summary(error),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof reason === 'string' ? { reason: cut(reason) } : {}),
    ...(error.stack ? { stack: frames(error.stack) } : {}),
    ...(error.cause !== undefined && depth < CAUSE_DEPTH ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}

/** JSON lines with the level as a word, an ISO time, and `err` through {@link serializeError}. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', write } = options;
  const settings: pino.LoggerOptions = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: (error: unknown) => serializeError(error) },
  };
  return write ? pino(settings, { write }) : pino(settings);
}

/** The stack without its head, which repeats the message. */
function frames(stack: string): string {
  const from = stack.indexOf('\n    at ');
  return from < 0 ? '' : cut(stack.slice(from + 1));
}

function summary(error: Error): string {
  const isForeignHttpError = 'headers' in error || 'body' in error;
  return cut(isForeignHttpError ? (error.message.split('\n', 1)[0] ?? '') : error.message);
}

function cut(text: string): string {
  return text.length <= TEXT_LIMIT ? text : `${text.slice(0, TEXT_LIMIT)}...`;
}
