// Nobody listens in a page: work is done, and nothing is told of it.

/** As in Node, without a span. */
export async function traced<T>(_name: string, _attributes: object, work: () => Promise<T>): Promise<T> {
  return work();
}

export function nativeMemoryChanged(_bytes: number): void {
  // No meter reads it.
}
