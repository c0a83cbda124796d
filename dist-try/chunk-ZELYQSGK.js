// src/files/protobuf.ts
var VARINT = 0;
var FIXED_64 = 1;
var DELIMITED = 2;
var FIXED_32 = 5;
var encoder = new TextEncoder();
var Message = class {
  #pieces = [];
  #length = 0;
  /** Adds an int32, int64, bool or enum. @param value integer; a negative one takes ten bytes, as for int64 */
  integer(field, value) {
    return this.#add(varint(tag(field, VARINT))).#add(varint(value));
  }
  double(field, value) {
    return this.#add(varint(tag(field, FIXED_64))).#add(new Uint8Array(Float64Array.of(value).buffer));
  }
  float(field, value) {
    return this.#add(varint(tag(field, FIXED_32))).#add(new Uint8Array(Float32Array.of(value).buffer));
  }
  /** Adds a string or bytes. The bytes are not copied until `encode`. */
  bytes(field, value) {
    const content = typeof value === "string" ? encoder.encode(value) : value;
    return this.#delimited(field, content.length).#add(content);
  }
  message(field, value) {
    this.#delimited(field, value.#length);
    for (const piece of value.#pieces) this.#add(piece);
    return this;
  }
  /** Adds packed repeated numbers, int64 or enum. */
  packed(field, values) {
    const pieces = Array.from(values, varint);
    this.#delimited(
      field,
      pieces.reduce((sum, { length }) => sum + length, 0)
    );
    for (const piece of pieces) this.#add(piece);
    return this;
  }
  packedFloats(field, values) {
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }
  encode() {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }
  #delimited(field, length) {
    return this.#add(varint(tag(field, DELIMITED))).#add(varint(length));
  }
  #add(piece) {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this;
  }
};
function tag(field, wireType) {
  return field * 8 + wireType;
}
function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

export {
  Message
};
