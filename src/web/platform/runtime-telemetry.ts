// Telemetry for a page, which records nothing.

/** Does the work without a span. */
export async function traced<T>(_name: string, _attributes: object, work: () => Promise<T>): Promise<T> {
  return work();
}

export function nativeMemoryChanged(_bytes: number): void {
  // A page has no meter.
}
