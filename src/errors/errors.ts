// Errors that the package throws on purpose: a class for each kind, a stable `code`, and a message that says what to
// do.

import type { ErrorCode } from './error-codes.js';

export type { ErrorCode } from './error-codes.js';

/** Base class. `code` is stable across releases (for example `missing-column`); the message may change. */
export class InterlatentError extends Error {
  /** Set explicitly here and below, because bundlers shorten the names of classes. */
  static override readonly name: string = 'InterlatentError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
  }
}

/** A mistake of the caller: a file, a value or an option that cannot be accepted. The command line exits with 2. */
export class InputError extends InterlatentError {
  static override readonly name = 'InputError';
}

/** A call at the wrong time: after `dispose`, during a computation, or without a fitted model. */
export class StateError extends InterlatentError {
  static override readonly name = 'StateError';
}

/** All restarts diverged, or a result cannot be computed. */
export class NumericError extends InterlatentError {
  static override readonly name = 'NumericError';
}

/** A device, driver or native library is missing or cannot be used. */
export class DeviceError extends InterlatentError {
  static override readonly name = 'DeviceError';
}

/** Reading or writing failed for a reason outside the input's content: permission, full disk. */
export class FileError extends InterlatentError {
  static override readonly name = 'FileError';
}

/** A defect of this package. The message asks you to report it. */
export class InternalError extends InterlatentError {
  static override readonly name = 'InternalError';
}
