// Types of the values of data leaves, and their layout in slabs, whose elements have four bytes.

export type DataArray = Float32Array | Int32Array | Uint8Array | Int16Array;

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int16: Int16Array,
} as const;

export type DataType = keyof typeof ARRAYS;

/** A file that holds only values, little-endian. The file must not change while it is in use. */
export interface DataFile<Type extends DataType = DataType> {
  readonly path: string;
  readonly type: Type;
  /** Number of values in the file. */
  readonly length: number;
}

/** Values that are produced in chunks on demand, so that they are never in memory all at once. */
export interface DataChunks {
  readonly type: 'float32';
  /** Number of values in all chunks together. */
  readonly length: number;
  /** Yields the chunks in order. Use a chunk before you request the next one, which may reuse its memory. */
  readonly chunks: () => Iterable<Float32Array>;
}

export const DATA_TYPES: readonly DataType[] = ['float32', 'int32', 'uint8', 'int16'];

const ELEMENT_BYTES = 4;

export function bytesOf(type: DataType, count: number): number {
  return count * ARRAYS[type].BYTES_PER_ELEMENT;
}

/** Returns the number of slab elements that `count` values take. */
export function elementsOf(type: DataType, count: number): number {
  return Math.ceil(bytesOf(type, count) / ELEMENT_BYTES);
}

/** Returns the type of an array's values, or undefined for other arrays. */
export function typeOfArray(values: unknown): DataType | undefined {
  return DATA_TYPES.find((type) => values instanceof ARRAYS[type]);
}

/** Converts values to an array of a type. Integers that do not fit wrap round. */
export function arrayOf(type: DataType, values: ArrayLike<number>): DataArray {
  return ARRAYS[type].from(values);
}

/** Allocates room for `count` values, together with a view of it as slab elements. */
export function roomFor(type: DataType, count: number): { values: DataArray; elements: Int32Array } {
  const elements = new Int32Array(elementsOf(type, count));
  return { values: new ARRAYS[type](elements.buffer, 0, count), elements };
}

/**
 * Returns values as slab elements. It shares the memory if the values are aligned and fill whole elements; otherwise it
 * copies them.
 */
export function elementsIn(values: DataArray): Float32Array | Int32Array {
  if (values instanceof Float32Array || values instanceof Int32Array) return values;
  const { buffer, byteOffset, byteLength } = values;
  if (byteOffset % ELEMENT_BYTES === 0 && byteLength % ELEMENT_BYTES === 0) {
    return new Int32Array(buffer, byteOffset, byteLength / ELEMENT_BYTES);
  }
  const elements = new Int32Array(Math.ceil(byteLength / ELEMENT_BYTES));
  new Uint8Array(elements.buffer).set(new Uint8Array(buffer, byteOffset, byteLength));
  return elements;
}
