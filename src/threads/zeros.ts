// Room for values that other threads will read.

/** Bytes from which an array goes to other threads by sharing; shorter ones are cloned. */
export const LONG_ARRAY = 2 ** 20;

/** An array of zeros; a long one is where other threads can see it, so that no call copies it again. */
export function zeros<Values>(Own: ArrayOf<Values>, length: number): Values {
  const bytes = length * Own.BYTES_PER_ELEMENT;
  return bytes < LONG_ARRAY ? new Own(length) : new Own(new SharedArrayBuffer(bytes));
}

interface ArrayOf<Values> {
  readonly BYTES_PER_ELEMENT: number;
  new (of: number | SharedArrayBuffer): Values;
}
