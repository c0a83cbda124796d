// Writes messages in the wire format of Protocol Buffers, as TensorBoard and ONNX need them
// (protobuf.dev/programming-guides/encoding).

const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;
const encoder = new TextEncoder();

/** Builder of a message. Fields are written in the order of the calls, and methods return the builder. */
export class Message {
  readonly #pieces: Uint8Array[] = [];
  #length = 0;

  /** Adds an int32, int64, bool or enum. @param value integer; a negative one takes ten bytes, as for int64 */
  integer(field: number, value: number | bigint): this {
    return this.#add(varint(tag(field, VARINT))).#add(varint(value));
  }

  double(field: number, value: number): this {
    return this.#add(varint(tag(field, FIXED_64))).#add(new Uint8Array(Float64Array.of(value).buffer));
  }

  float(field: number, value: number): this {
    return this.#add(varint(tag(field, FIXED_32))).#add(new Uint8Array(Float32Array.of(value).buffer));
  }

  /** Adds a string or bytes. The bytes are not copied until `encode`. */
  bytes(field: number, value: string | Uint8Array): this {
    const content = typeof value === 'string' ? encoder.encode(value) : value;
    return this.#delimited(field, content.length).#add(content);
  }

  message(field: number, value: Message): this {
    this.#delimited(field, value.#length);
    for (const piece of value.#pieces) this.#add(piece);
    return this;
  }

  /** Adds packed repeated numbers, int64 or enum. */
  packed(field: number, values: Iterable<number | bigint>): this {
    const pieces = Array.from(values, varint);
    this.#delimited(
      field,
      pieces.reduce((sum, { length }) => sum + length, 0),
    );
    for (const piece of pieces) this.#add(piece);
    return this;
  }

  packedFloats(field: number, values: ArrayLike<number>): this {
    return this.bytes(field, new Uint8Array(Float32Array.from(values).buffer));
  }

  encode(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  #delimited(field: number, length: number): this {
    return this.#add(varint(tag(field, DELIMITED))).#add(varint(length));
  }

  #add(piece: Uint8Array): this {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this;
  }
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}

/** Encodes seven bits per byte, the lowest first. All bytes except the last have the eighth bit set. */
function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}
