import type { Logger as PinoLogger } from 'pino';
/** A pino logger: `log.info({ key }, 'sentence')`, `log.error({ err }, 'sentence')`, `log.child({ controller })`. */
export type Logger = PinoLogger;
/** Options of {@link createLogger}. */
export interface LoggerOptions {
  level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Where lines go; stdout when absent. */
  write?: (line: string) => void;
}
export declare function createLogger(options?: LoggerOptions): Logger;
