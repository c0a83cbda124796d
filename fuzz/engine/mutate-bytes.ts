// Mutates bytes as fuzzers do: flips bits, writes numbers at the limits of their types, inserts words of the program,
// moves or repeats pieces, copies pieces of other inputs, and replaces decimal numbers.

import type { Random } from './random.js';

export interface Material {
  readonly random: Random;
  /** Texts that may have a meaning for the program. */
  readonly words: readonly Uint8Array[];
  /** Inputs whose pieces are copied. */
  readonly inputs: readonly Uint8Array[];
  readonly maxBytes: number;
}

const EDGES = [0, 1, -1, 2, 16, 100, 127, 128, 255, 256, 1000, 32767, 32768, 65535, 65536, 2 ** 31 - 1, -(2 ** 31)];
const NUMBERS = ['0', '-0', '1', '-1', '2', '1e9', '1e308', '1e-320', '1e400', '0.1', '9007199254740993', '4294967296'];
const MORE_NUMBERS = [
  '-9223372036854775808',
  '18446744073709551616',
  'NaN',
  'inf',
  '1_0',
  '0x1',
  '',
  '99999999999999999999',
];
const DIGITS = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

type Change = (bytes: Uint8Array, material: Material) => Uint8Array;

const spliced = (bytes: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array => {
  const result = new Uint8Array(from + piece.length + bytes.length - to);
  result.set(bytes.subarray(0, from));
  result.set(piece, from);
  result.set(bytes.subarray(to), from + piece.length);
  return result;
};

/** Returns a random range of at least one byte. Short ranges are more frequent. */
function stretch(bytes: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(bytes.length);
  const maxLength = random.oneIn(4) ? bytes.length : 16;
  return [from, Math.min(bytes.length, from + 1 + random.below(maxLength))];
}

const CHANGES: readonly Change[] = [
  function flipBit(bytes, { random }) {
    const result = bytes.slice();
    result[random.below(bytes.length)] ^= 1 << random.below(8);
    return result;
  },
  function setByte(bytes, { random }) {
    const result = bytes.slice();
    result[random.below(bytes.length)] = random.oneIn(2) ? random.below(256) : 32 + random.below(95);
    return result;
  },
  function setEdge(bytes, { random }) {
    const result = bytes.slice();
    const view = new DataView(result.buffer);
    const size = random.of([1, 2, 4, 8]);
    if (size > bytes.length) return result;
    const at = random.below(bytes.length - size + 1);
    const value = random.of(EDGES);
    const isLittle = !random.oneIn(3);
    if (size === 1) view.setInt8(at, value);
    else if (size === 2) view.setInt16(at, value, isLittle);
    else if (size === 4) view.setInt32(at, value, isLittle);
    else view.setBigInt64(at, BigInt(value), isLittle);
    return result;
  },
  function remove(bytes, { random }) {
    const [from, to] = stretch(bytes, random);
    return spliced(bytes, from, to, new Uint8Array());
  },
  function cut(bytes, { random }) {
    return bytes.slice(0, random.below(bytes.length));
  },
  function insertRandom(bytes, { random }) {
    const piece = Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256));
    const at = random.below(bytes.length + 1);
    return spliced(bytes, at, at, piece);
  },
  function repeat(bytes, { random, maxBytes }) {
    const [from, to] = stretch(bytes, random);
    const times = random.oneIn(8) ? random.below(Math.ceil(maxBytes / (to - from))) : 1 + random.below(4);
    const piece = bytes.subarray(from, to);
    const repeated = new Uint8Array(piece.length * times);
    for (let i = 0; i < times; i++) repeated.set(piece, i * piece.length);
    return spliced(bytes, to, to, repeated);
  },
  function move(bytes, { random }) {
    const [from, to] = stretch(bytes, random);
    const piece = bytes.slice(from, to);
    const rest = spliced(bytes, from, to, new Uint8Array());
    const at = random.below(rest.length + 1);
    return spliced(rest, at, at, piece);
  },
  function copyPiece(bytes, { random, inputs }) {
    if (inputs.length === 0) return bytes;
    const other = random.of(inputs);
    if (other.length === 0) return bytes;
    const [from, to] = stretch(other, random);
    const at = random.below(bytes.length + 1);
    const end = random.oneIn(2) ? at : Math.min(bytes.length, at + to - from);
    return spliced(bytes, at, end, other.subarray(from, to));
  },
  word,
  word,
  number,
];

function word(bytes: Uint8Array, { random, words }: Material): Uint8Array {
  if (words.length === 0) return bytes;
  const piece = random.of(words);
  const at = random.below(bytes.length + 1);
  const end = random.oneIn(2) ? at : Math.min(bytes.length, at + piece.length);
  return spliced(bytes, at, end, piece);
}

function number(bytes: Uint8Array, { random }: Material): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const numbers = Array.from(text.matchAll(DIGITS));
  if (numbers.length === 0) return bytes;
  const { index, 0: old } = random.of(numbers);
  const near = random.oneIn(3) ? String(Number(old) + random.of([-1, 1])) : undefined;
  const chosen = near ?? random.of(random.oneIn(2) ? NUMBERS : MORE_NUMBERS);
  return spliced(bytes, index, index + old.length, Buffer.from(chosen));
}

/** Makes a few changes in sequence. */
export function mutateBytes(bytes: Uint8Array, material: Material): Uint8Array {
  const { random, maxBytes } = material;
  let result = bytes;
  for (let changes = 1 + (random.oneIn(2) ? 0 : random.below(5)); changes > 0; changes--) {
    result = result.length === 0 ? word(result, material) : random.of(CHANGES)(result, material);
    if (result.length > maxBytes) result = result.slice(0, maxBytes);
  }
  return result;
}
