// NumPy's .npy arrays (format versions 1 to 3): a Python dictionary literal as header, then the raw elements.
// Reads both byte orders and both memory orders; returns and writes C order.

import { InputError } from '../errors/errors.js';
import { damagedFile, readBytes } from './bytes.js';
import { numberType, numberTypeOf, type NumberArray, type NumberType } from './number-types.js';

/** An array in C order. Booleans are a Uint8Array of 0 and 1; NumPy's `U` and `S` are strings. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: NumberArray | readonly string[];
}

const MAGIC = '\x93NUMPY';
const MAX_HEADER = 2 ** 16;
const MAX_DIMENSIONS = 32;

/**
 * Returns the array in the bytes of a .npy file as a copy.
 *
 * @param path path for errors
 * @throws InputError `damaged-file`, `unsupported-type` (objects, records, complex, half precision, dates)
 */
export function decodeNpy(bytes: Uint8Array, path: string): NpyArray {
  const { descriptor, fortranOrder, shape, dataStart } = readHeader(bytes, path);
  const { order, elements, itemSize } = readDescriptor(descriptor, path);
  const count = shape.reduce((a, b) => a * b, 1);
  const available = bytes.length - dataStart;
  if (count * itemSize !== available) {
    throw damagedFile(
      path,
      `shape (${shape.join(', ')}) of ${descriptor} needs ${count * itemSize} bytes, ${available} follow the header`,
    );
  }
  const littleEndian = order !== '>';
  // Do not use `slice`, which shares memory on a Buffer.
  const raw = new Uint8Array(bytes.subarray(dataStart));
  if ('width' in elements) {
    const texts = decodeText(raw, { ...elements, count, littleEndian }, path);
    return { shape, data: fortranOrder ? toRowMajor(texts, shape, new Array<string>(count)) : texts };
  }
  if (!littleEndian && itemSize > 1) swapBytes(raw, itemSize);
  if (elements.isBoolean && raw.some((value) => value > 1)) throw damagedFile(path, 'a boolean is neither 0 nor 1');
  const data = new elements.type.array(raw.buffer);
  return { shape, data: fortranOrder ? reorder(data, shape) : data };
}

/**
 * Returns the bytes of a .npy file in C order, little-endian. Strings become NumPy's `U`.
 *
 * @throws InputError `invalid-array` when a shape does not match its data
 */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array<ArrayBuffer> {
  const count = shape.reduce((a, b) => a * b, 1);
  if (count !== data.length) {
    throw new InputError('invalid-array', `an array of shape [${shape.join(', ')}] has ${data.length} elements`);
  }
  const { descriptor, body } = isTexts(data)
    ? encodeText(data)
    : { descriptor: describe(data), body: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  const header = npyHeader(shape, descriptor);
  const bytes = new Uint8Array(header.length + body.byteLength);
  bytes.set(header);
  bytes.set(body, header.length);
  return bytes;
}

/** Returns the bytes before the elements of a .npy file in C order. @param descriptor NumPy's type, for example `|u1` */
export function npyHeader(shape: readonly number[], descriptor: string): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // Magic, version and length take 10 bytes. The format requires that the data start at a multiple of 64.
  const dataStart = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const header = `${dictionary.padEnd(dataStart - 11)}\n`;
  const bytes = new Uint8Array(dataStart);
  bytes.set(Buffer.from(`${MAGIC}\x01\x00`, 'latin1'));
  new DataView(bytes.buffer).setUint16(8, header.length, true);
  bytes.set(Buffer.from(header, 'latin1'), 10);
  return bytes;
}

/** Reads a .npy file. @throws InputError `missing-file`, `damaged-file`, `unsupported-type`; FileError `unreadable` */
export async function readNpy(path: string): Promise<NpyArray> {
  return decodeNpy(await readBytes(path), path);
}

interface Header {
  readonly descriptor: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
}

function readHeader(bytes: Uint8Array, path: string): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== MAGIC) {
    throw damagedFile(path, 'it does not begin like a .npy array');
  }
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw damagedFile(path, `its format version is ${version}; supported are 1, 2 and 3`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > Math.min(MAX_HEADER, bytes.length - start)) {
    throw damagedFile(path, `its header claims ${length} bytes, ${bytes.length - start} follow`);
  }
  const text = Buffer.from(bytes.subarray(start, start + length)).toString(version === 3 ? 'utf8' : 'latin1');

  const fields = new Map<string, string>();
  let rest = text.trim();
  if (!rest.startsWith('{') || !rest.endsWith('}')) throw damagedFile(path, 'its header is not a dictionary');
  rest = rest.slice(1, -1).trim();
  while (rest !== '') {
    const field = /^(['"])(\w+)\1\s*:\s*('[^'\\]*'|"[^"\\]*"|True|False|\([\d,\sL]*\)|\[.*\])\s*(?:,\s*|$)/s.exec(rest);
    const name = field?.[2] ?? '';
    if (!field || fields.has(name)) {
      throw damagedFile(path, `its header is invalid at '${rest.slice(0, 40)}'`);
    }
    fields.set(name, field[3]);
    rest = rest.slice(field[0].length);
  }
  const descriptor = fields.get('descr');
  const order = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (descriptor === undefined || shape === undefined || (order !== 'True' && order !== 'False') || fields.size !== 3) {
    throw damagedFile(path, 'its header must have descr, fortran_order and shape');
  }
  return {
    descriptor: descriptor.replace(/^(['"])(.*)\1$/, '$2'),
    fortranOrder: order === 'True',
    shape: readShape(shape, path),
    dataStart: start + length,
  };
}

function readShape(text: string, path: string): number[] {
  const sizes = text.slice(1, -1).split(',');
  // Python writes one size as (3,), and old versions a size as 3L.
  if (sizes.at(-1)?.trim() === '') sizes.pop();
  const isShape = sizes.length <= MAX_DIMENSIONS && sizes.every((size) => /^\d{1,16}L?$/.test(size.trim()));
  const shape = isShape ? sizes.map((size) => Number(size.trim().replace('L', ''))) : [];
  if (!isShape || !shape.every(Number.isSafeInteger)) throw damagedFile(path, `its shape is ${text.slice(0, 60)}`);
  return shape;
}

/** Elements of an array: texts of one width, or numbers. */
type Elements =
  | { readonly kind: 'U' | 'S'; readonly width: number }
  | { readonly isBoolean: boolean; readonly type: NumberType };

interface Descriptor {
  readonly order: string;
  readonly elements: Elements;
  readonly itemSize: number;
}

function readDescriptor(descriptor: string, path: string): Descriptor {
  const match = /^([<>=|])?([a-zA-Z])([1-9]\d{0,8})$/.exec(descriptor);
  const order = match?.at(1) ?? '|';
  const kind = match?.[2] ?? '';
  const width = Number(match?.[3]);
  if (kind === 'U' || kind === 'S') {
    return { order, elements: { kind, width }, itemSize: kind === 'U' ? 4 * width : width };
  }
  const isBoolean = `${kind}${width}` === 'b1';
  const type = numberType('npy', isBoolean ? 'u1' : `${kind}${width}`);
  if (type === undefined) {
    const known = 'f4, f8, i1 to i8, u1 to u8, b1 and texts (U, S)';
    throw new InputError(
      'unsupported-type',
      `${path} has elements of type ${descriptor.slice(0, 40)}; supported are ${known}`,
      { path, descriptor },
    );
  }
  return { order, elements: { isBoolean, type }, itemSize: width };
}

function describe(data: NumberArray): string {
  const type = numberTypeOf(data);
  if (type) return `${data.BYTES_PER_ELEMENT === 1 ? '|' : '<'}${type.npy}`;
  throw new InputError('unsupported-type', `an array cannot be written from ${Object.prototype.toString.call(data)}`);
}

function swapBytes(raw: Uint8Array, itemSize: number): void {
  for (let at = 0; at < raw.length; at += itemSize) raw.subarray(at, at + itemSize).reverse();
}

function reorder(data: NumberArray, shape: readonly number[]): NumberArray {
  if (data instanceof BigInt64Array) return toRowMajor(data, shape, new BigInt64Array(data.length));
  if (data instanceof BigUint64Array) return toRowMajor(data, shape, new BigUint64Array(data.length));
  return toRowMajor<number, typeof data>(data, shape, data.slice());
}

/** Copies column-major elements (first index fastest) to row-major `target`. */
function toRowMajor<T, A extends { readonly length: number; [index: number]: T }>(
  source: { readonly length: number; readonly [index: number]: T },
  shape: readonly number[],
  target: A,
): A {
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  let position = 0;
  for (let at = 0; at < source.length; at++) {
    target[position] = source[at];
    for (let axis = 0; axis < shape.length; axis++) {
      const stride = strides[axis] ?? 0;
      position += stride;
      index[axis] = (index[axis] ?? 0) + 1;
      if (index[axis] !== shape[axis]) break;
      position -= stride * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return target;
}

const isTexts = (data: NpyArray['data']): data is readonly string[] => Array.isArray(data);

interface TextLayout {
  readonly kind: 'U' | 'S';
  /** Characters (`U`) or bytes (`S`) of every element. */
  readonly width: number;
  readonly count: number;
  readonly littleEndian: boolean;
}

/**
 * Returns the elements without padding.
 *
 * @throws InputError `damaged-file` on an impossible code point or on text that is not UTF-8
 */
export function decodeText(raw: Uint8Array, layout: TextLayout, path: string): string[] {
  const { kind, width, count, littleEndian } = layout;
  const texts = new Array<string>(count).fill('');
  if (kind === 'S') {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    for (let i = 0; i < count; i++) {
      let end = (i + 1) * width;
      while (end > i * width && raw[end - 1] === 0) end--;
      try {
        texts[i] = decoder.decode(raw.subarray(i * width, end));
      } catch (cause) {
        throw damagedFile(path, `element ${i} is not UTF-8 text`, cause);
      }
    }
    return texts;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  for (let i = 0; i < count; i++) {
    let length = width;
    const code = (k: number) => view.getUint32(4 * (i * width + k), littleEndian);
    while (length > 0 && code(length - 1) === 0) length--;
    let text = '';
    for (let k = 0; k < length; k++) {
      const point = code(k);
      if (point > 0x10ffff) throw damagedFile(path, `element ${i} holds the impossible character ${point}`);
      text += String.fromCodePoint(point);
    }
    texts[i] = text;
  }
  return texts;
}

/** Returns the padded little-endian `U` body of the texts, and its NumPy type. */
export function encodeText(texts: readonly string[]): { descriptor: string; body: Uint8Array } {
  const points = texts.map((text) => Array.from(text, (character) => character.codePointAt(0) ?? 0));
  const width = points.reduce((widest, point) => Math.max(widest, point.length), 1);
  const body = new Uint8Array(4 * width * texts.length);
  const view = new DataView(body.buffer);
  for (const [i, codes] of points.entries()) {
    for (const [k, code] of codes.entries()) view.setUint32(4 * (i * width + k), code, true);
  }
  return { descriptor: `<U${width}`, body };
}
