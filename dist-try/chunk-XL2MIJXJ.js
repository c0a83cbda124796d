// src/files/number-types.ts
var ROWS = [
  { npy: "f8", safetensors: "F64", array: Float64Array },
  { npy: "f4", safetensors: "F32", array: Float32Array },
  { npy: "i8", safetensors: "I64", array: BigInt64Array },
  { npy: "u8", safetensors: "U64", array: BigUint64Array },
  { npy: "i4", safetensors: "I32", array: Int32Array },
  { npy: "u4", safetensors: "U32", array: Uint32Array },
  { npy: "i2", safetensors: "I16", array: Int16Array },
  { npy: "u2", safetensors: "U16", array: Uint16Array },
  { npy: "i1", safetensors: "I8", array: Int8Array },
  { npy: "u1", safetensors: "U8", array: Uint8Array }
];
function numberType(format, name) {
  return ROWS.find((row) => row[format] === name);
}
function numberTypeOf(data) {
  return ROWS.find(({ array }) => data instanceof array);
}
function numberTypeNames(format) {
  return ROWS.map((row) => row[format]);
}

export {
  numberType,
  numberTypeOf,
  numberTypeNames
};
