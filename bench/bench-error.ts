// What keeps a benchmark from being made: none of the package's own errors.

export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
