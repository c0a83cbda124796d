// Types of the values that data leaves hold, and how they lie in slabs, whose elements have four bytes.

export type DataArray = Float32Array | Int32Array | Uint8Array | Int16Array;

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  int16: Int16Array,
} as const;

export type DataType = keyof typeof ARRAYS;

/** A file of values and nothing else, little-endian; nobody changes it while it is used. */
export interface DataFile<Type extends DataType = DataType> {
  readonly path: string;
  readonly type: Type;
  /** Values in the file. */
  readonly length: number;
}

/** Values that are made as they are needed, one stretch after the other: nobody has all of them at once. */
export interface DataStretches {
  readonly type: 'float32';
  /** Of all stretches together. */
  readonly length: number;
  /** A stretch is to be read before the next one is asked for, which may stand in its place. */
  readonly stretches: () => Iterable<Float32Array>;
}

export const DATA_TYPES: readonly DataType[] = ['float32', 'int32', 'uint8', 'int16'];

const ELEMENT_BYTES = 4;

export function bytesOf(type: DataType, count: number): number {
  return count * ARRAYS[type].BYTES_PER_ELEMENT;
}

/** Elements of a slab that so many values take. */
export function elementsOf(type: DataType, count: number): number {
  return Math.ceil(bytesOf(type, count) / ELEMENT_BYTES);
}

/** The type of an array's values; undefined for other arrays. */
export function typeOfArray(values: unknown): DataType | undefined {
  return DATA_TYPES.find((type) => values instanceof ARRAYS[type]);
}

/** Values as an array of a type; integers wrap round where they do not fit. */
export function arrayOf(type: DataType, values: ArrayLike<number>): DataArray {
  return ARRAYS[type].from(values);
}

/** Room for so many values, and the elements that it has in a slab. */
export function roomFor(type: DataType, count: number): { values: DataArray; elements: Int32Array } {
  const elements = new Int32Array(elementsOf(type, count));
  return { values: new ARRAYS[type](elements.buffer, 0, count), elements };
}

/** Values as the elements of a slab: the same memory where it has whole elements, otherwise a copy. */
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
