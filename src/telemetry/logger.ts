// Who is told what a call has to say. The library prints nothing itself.

/** As pino takes it: an object of facts, then a sentence. Any pino logger is one. */
export interface Logger {
  info(facts: object, text: string): void;
  warn(facts: object, text: string): void;
  error(facts: object, text: string): void;
}

export const SILENT: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
