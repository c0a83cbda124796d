// Types of numbers in files: their names in .npy and safetensors, and their typed arrays.

const ROWS = [
  { npy: 'f8', safetensors: 'F64', array: Float64Array },
  { npy: 'f4', safetensors: 'F32', array: Float32Array },
  { npy: 'i8', safetensors: 'I64', array: BigInt64Array },
  { npy: 'u8', safetensors: 'U64', array: BigUint64Array },
  { npy: 'i4', safetensors: 'I32', array: Int32Array },
  { npy: 'u4', safetensors: 'U32', array: Uint32Array },
  { npy: 'i2', safetensors: 'I16', array: Int16Array },
  { npy: 'u2', safetensors: 'U16', array: Uint16Array },
  { npy: 'i1', safetensors: 'I8', array: Int8Array },
  { npy: 'u1', safetensors: 'U8', array: Uint8Array },
] as const;

export type NumberType = (typeof ROWS)[number];
export type NumberArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;
/** Formats with names of types. */
export type NumberFormat = 'npy' | 'safetensors';

/** Returns the type of this name; undefined if there is none. */
export function numberType(format: NumberFormat, name: string): NumberType | undefined {
  return ROWS.find((row) => row[format] === name);
}

/** Returns the type of the elements of an array; undefined for other values. */
export function numberTypeOf(data: NumberArray): NumberType | undefined {
  return ROWS.find(({ array }) => data instanceof array);
}

export function numberTypeNames(format: NumberFormat): string[] {
  return ROWS.map((row) => row[format]);
}
