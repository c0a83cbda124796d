// Converts errors to plain objects for messages between threads. A structured clone would lose class, code and details.

import {
  DeviceError,
  FileError,
  InputError,
  InterlatentError,
  InternalError,
  NumericError,
  StateError,
  type ErrorCode,
} from './errors.js';

const CLASSES = { InterlatentError, InputError, StateError, NumericError, DeviceError, FileError, InternalError };

export interface SerializedError {
  /** Name of the class. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, unknown>;
  readonly stack: string | undefined;
  readonly cause?: SerializedCause;
}

type SerializedCause = { readonly error: SerializedError } | { readonly value: unknown };

/** Returns a plain object; undefined for an error that is not from this package. */
export function serializeError(error: unknown): SerializedError | undefined {
  if (!(error instanceof InterlatentError)) return undefined;
  const { name, code, message, details, stack } = error;
  return {
    name,
    code,
    message,
    details: Object.fromEntries(Object.entries(details).map(([key, value]) => [key, cloneable(value)])),
    stack,
    ...(error.cause !== undefined && { cause: serializeCause(error.cause) }),
  };
}

export function deserializeError({ name, code, message, details, stack, cause }: SerializedError): InterlatentError {
  const Class = Object.entries(CLASSES).find(([known]) => known === name)?.[1] ?? InternalError;
  const error = new Class(code, message, details, cause && deserializeCause(cause));
  if (stack !== undefined) error.stack = stack;
  return error;
}

function serializeCause(cause: unknown): SerializedCause {
  const error = serializeError(cause);
  return error ? { error } : { value: cloneable(cause) };
}

function deserializeCause(cause: SerializedCause): unknown {
  return 'error' in cause ? deserializeError(cause.error) : cause.value;
}

/** Returns the value, or its text if it cannot be cloned. */
function cloneable(value: unknown): unknown {
  try {
    structuredClone(value);
    return value;
  } catch {
    return String(value);
  }
}
