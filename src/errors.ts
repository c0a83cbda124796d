// Every error the package throws on purpose: a class per kind, a stable `code`, a message that says what to do.

import type { ErrorCode } from './error-codes.js';

export type { ErrorCode } from './error-codes.js';

/** Base class. `code` is stable across releases (for example `missing-column`); the message may change. */
export class InterlatentError extends Error {
  /** Written down here and below, because bundlers that shorten names would shorten them. */
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

/** The caller's mistake: a file, a value or an option that cannot be accepted. The command line exits with 2. */
export class InputError extends InterlatentError {
  static override readonly name = 'InputError';
}

/** A call at the wrong time: after `dispose`, during a run, without a fitted model. */
export class StateError extends InterlatentError {
  static override readonly name = 'StateError';
}

/** All runs left the finite numbers, or a result cannot be computed. */
export class NumericError extends InterlatentError {
  static override readonly name = 'NumericError';
}

/** A device, driver or native library that is missing or refuses. */
export class DeviceError extends InterlatentError {
  static override readonly name = 'DeviceError';
}

/** Reading or writing failed for a reason outside the input's content: permission, full disk. */
export class FileError extends InterlatentError {
  static override readonly name = 'FileError';
}

/** A defect of this package; the message asks for a report. */
export class InternalError extends InterlatentError {
  static override readonly name = 'InternalError';
}
