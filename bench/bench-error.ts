/** The reason why a benchmark cannot run. It is no error of the package. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
