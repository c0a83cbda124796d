// Code and message of anything thrown. By shape, not by class: an error may come from another realm (worker, vm).

/** The `code` of a system or library error, '' without one. */
export function causeCode(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

export function causeMessage(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'message' in cause ? String(cause.message) : String(cause);
}

/** True if the cause is an error of the given built-in kind. */
export function isKind(cause: unknown, name: 'RangeError'): boolean {
  return typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === name;
}
