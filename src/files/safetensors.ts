// Reads and writes the safetensors format, named tensors in one file: u64 header length, JSON header, raw data. Every
// length is compared with the size of the file before memory is allocated.

import { InputError } from '../errors/errors.js';
import { writeFileAtomic } from './atomic.js';
import { damagedFile, readBytes } from './bytes.js';
import { causeMessage } from '../errors/cause.js';
import { parseUniqueJson } from './json.js';
import { numberType, numberTypeNames, numberTypeOf, type NumberArray, type NumberType } from './number-types.js';

/** A tensor in row-major order; `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: NumberArray;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

const MAX_HEADER = 100 * 2 ** 20;

/**
 * Returns the bytes of a safetensors file. Wider types come first, so that every tensor is aligned to its element size.
 *
 * @throws InputError `invalid-tensor` if a shape does not match its data
 */
export function encodeSafetensors(
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const header: [string, unknown][] = [];
  if (Object.keys(metadata).length > 0) header.push(['__metadata__', metadata]);
  let end = 0;
  for (const [name, { shape, data }] of ordered) {
    if (name === '__metadata__' || shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new InputError(
        'invalid-tensor',
        `tensor '${name}' of shape [${shape.join(', ')}] has ${data.length} elements`,
        { name },
      );
    }
    header.push([name, { dtype: typeOf(data), shape, data_offsets: [end, (end += data.byteLength)] }]);
  }
  // Write the entries one by one: an object would reorder names that look like integers.
  const json = `{${header.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(',')}}`;
  const text = new TextEncoder().encode(json);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.fill(0x20, 8, 8 + headerLength);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const [, { data }] of ordered) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Returns copies of the tensors and the metadata in the bytes of a safetensors file.
 *
 * @param path path for errors
 * @throws InputError `damaged-file`, `unsupported-type`
 */
export function decodeSafetensors(bytes: Uint8Array, path: string): TensorFile {
  const damaged = (reason: string, cause?: unknown) => damagedFile(path, reason, cause);
  if (bytes.length < 8) throw damaged(`it has ${bytes.length} bytes, a safetensors file at least 8`);
  const claimed = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (claimed > BigInt(Math.min(MAX_HEADER, bytes.length - 8))) {
    throw damaged(
      `the header claims ${claimed} bytes, ${bytes.length - 8} follow (and at most ${MAX_HEADER} are read)`,
    );
  }
  const dataStart = 8 + Number(claimed);
  let header: unknown;
  try {
    header = parseUniqueJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart)));
  } catch (cause) {
    throw damaged(`the header is not JSON (${causeMessage(cause)})`, cause);
  }
  if (!isObject(header)) throw damaged('the header is not a JSON object');

  let metadata: Record<string, string> = {};
  const entries: (Entry & { name: string })[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') metadata = checkMetadata(value, damaged);
    else entries.push({ name, ...checkEntry(name, value, path) });
  }

  let expected = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== expected) {
      throw damaged(
        `tensor '${name}' begins at ${begin} where ${expected} is expected: tensors overlap or leave a gap`,
      );
    }
    if (end > bytes.length - dataStart) {
      throw damaged(`tensor '${name}' ends at ${end}, the data has ${bytes.length - dataStart} bytes`);
    }
    expected = end;
  }
  if (expected !== bytes.length - dataStart) {
    throw damaged(`tensors cover ${expected} bytes, the data has ${bytes.length - dataStart}`);
  }

  const tensors = new Map<string, Tensor>();
  for (const { name, type, shape, begin, end } of entries) {
    // Do not use `slice`, which shares memory on a Buffer.
    const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    tensors.set(name, { shape, data: new type.array(copy.buffer) });
  }
  return { tensors, metadata };
}

/**
 * Reads a safetensors file.
 *
 * @throws InputError `missing-file`, `damaged-file`, `unsupported-type`; FileError `unreadable`
 */
export async function readSafetensors(path: string): Promise<TensorFile> {
  return decodeSafetensors(await readBytes(path), path);
}

/**
 * Writes a safetensors file atomically.
 *
 * @throws FileError `unwritable`, `disk-full`; InputError `invalid-tensor`
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<readonly [string, Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeFileAtomic(path, encodeSafetensors(tensors, metadata));
}

interface Entry {
  readonly type: NumberType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function checkEntry(name: string, value: unknown, path: string): Entry {
  const damaged = (reason: string) => damagedFile(path, `tensor '${name}': ${reason}`);
  if (!isObject(value)) throw damaged('its entry is not an object');
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string') throw damaged('dtype is missing');
  const type = numberType('safetensors', dtype);
  if (type === undefined) {
    const known = numberTypeNames('safetensors').join(', ');
    throw new InputError(
      'unsupported-type',
      `${path}: tensor '${name}' has type ${dtype.slice(0, 20)}; supported are ${known}`,
      { path, name, dtype },
    );
  }
  if (!isSizes(shape)) throw damaged('shape is not a list of sizes');
  if (!isSizes(offsets) || offsets.length !== 2) throw damaged('data_offsets are not two positions');
  const [begin = 0, end = 0] = offsets;
  const size = shape.reduce((a, b) => a * b, type.array.BYTES_PER_ELEMENT);
  if (end - begin !== size) {
    throw damaged(`shape [${shape.join(', ')}] of ${dtype} needs ${size} bytes, its offsets span ${end - begin}`);
  }
  return { type, shape, begin, end };
}

function checkMetadata(value: unknown, damaged: (reason: string) => Error): Record<string, string> {
  if (!isObject(value)) throw damaged('__metadata__ is not an object');
  const strings = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw damaged(`__metadata__.${key} is not a string`);
    return [key, text];
  });
  return Object.fromEntries(strings);
}

function typeOf(data: NumberArray): string {
  const type = numberTypeOf(data);
  if (type) return type.safetensors;
  throw new InputError('unsupported-type', `tensors cannot be written from ${Object.prototype.toString.call(data)}`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
