// Allocates arrays that other threads will read.

/** Bytes from which an array is shared with other threads. Shorter ones are cloned. */
export const LONG_ARRAY = 2 ** 20;

/** Returns an array of zeros. A long one is in shared memory, so that passing it to a thread does not copy it. */
export function zeros<Values>(Type: ArrayOf<Values>, length: number): Values {
  const bytes = length * Type.BYTES_PER_ELEMENT;
  return bytes < LONG_ARRAY ? new Type(length) : new Type(new SharedArrayBuffer(bytes));
}

interface ArrayOf<Values> {
  readonly BYTES_PER_ELEMENT: number;
  new (of: number | SharedArrayBuffer): Values;
}
