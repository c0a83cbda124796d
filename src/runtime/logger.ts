// Interface of loggers. The library itself prints nothing.

/** A logger with the interface of pino: an object of facts, then a sentence. */
export interface Logger {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

export const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
