// What goes from one thread to another. A structured clone copies everything at one go, on both sides: a gigabyte of
// values would keep an event loop for a second. So long arrays lie in memory that both threads see, copied there piece
// by piece, and long lists of texts go as their bytes.

import { setImmediate } from 'node:timers/promises';
import { types } from 'node:util';
import { LONG_ARRAY } from './zeros.js';

const { isMap, isSet, isSharedArrayBuffer, isTypedArray } = types;

/** Texts from which a list goes as bytes. */
const LONG_LIST = 20_000;
/** What is copied at one go, in bytes and in texts: some milliseconds. */
const PIECE = { bytes: 2 ** 24, texts: 20_000 };

/** ISO 8859-1 where it has all letters: texts made of it take a byte each, as before. */
interface TextPiece {
  readonly bytes: Uint8Array;
  readonly encoding: 'latin1' | 'utf16le';
}

/** A list of texts on its way. */
interface SharedTexts {
  readonly sharedTexts: {
    /** One text after the other, a piece of the list each. */
    readonly pieces: readonly TextPiece[];
    /** Of each text, in code units. */
    readonly lengths: Uint32Array;
  };
}

/**
 * The value with its long arrays in shared memory and its long lists of texts as bytes; the rest is the same objects.
 * An array that is shared already stays where it is.
 */
export async function toShared<T>(value: T): Promise<T> {
  const shared = new Map<object, unknown>();
  for (const leaf of leavesOf(value, (part) => isLongArray(part) || isLongList(part))) {
    shared.set(leaf, isLongArray(leaf) ? await sharedArray(leaf) : await sharedTexts(leaf as string[]));
  }
  return replaced(value, shared) as T;
}

/** What `toShared` made, after it has arrived: arrays stay shared, lists are texts again. */
export async function fromShared<T>(value: T): Promise<T> {
  const read = new Map<object, unknown>();
  for (const leaf of leavesOf(value, isSharedTexts)) read.set(leaf, await textsOf(leaf as SharedTexts));
  // Messages are made in Node's own realm, and a program may run in another: test runners do that.
  const isForeign = typeof value === 'object' && value !== null && !(value instanceof Object);
  if (isForeign) for (const leaf of leavesOf(value, isTypedArray)) read.set(leaf, ownArray(leaf as NodeJS.TypedArray));
  return replaced(value, read, isForeign) as T;
}

function ownArray(array: NodeJS.TypedArray): NodeJS.TypedArray {
  type View = new (memory: ArrayBufferLike, offset: number, length: number) => NodeJS.TypedArray;
  const Own = (globalThis as unknown as Record<string, View>)[array[Symbol.toStringTag]];
  return new Own(array.buffer, array.byteOffset, array.length);
}

function isLongArray(value: object): value is NodeJS.TypedArray {
  return isTypedArray(value) && value.byteLength >= LONG_ARRAY && !isSharedArrayBuffer(value.buffer);
}

function isLongList(value: object): boolean {
  return Array.isArray(value) && value.length >= LONG_LIST && value.every((text) => typeof text === 'string');
}

function isSharedTexts(value: object): boolean {
  return 'sharedTexts' in value;
}

/** The parts that are asked for, each once, in the order in which they are met. */
function leavesOf(value: unknown, isLeaf: (part: object) => boolean): Set<object> {
  const leaves = new Set<object>();
  const seen = new Set<object>();
  const todo = [value];
  while (todo.length > 0) {
    const part = todo.pop();
    if (typeof part !== 'object' || part === null || seen.has(part)) continue;
    seen.add(part);
    if (isLeaf(part)) leaves.add(part);
    else todo.push(...partsOf(part));
  }
  return leaves;
}

/** Of a list, map or plain object. */
function partsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value.some((part) => typeof part === 'object') ? value : [];
  if (isMap(value) || isSet(value)) return [...value.values()];
  return isPlain(value) ? Object.values(value) : [];
}

/** Of any realm: its prototype has none. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The value with other parts; what has none of them inside is the same object.
 * @param isAll every list, map and object is made anew, in this realm
 */
function replaced(value: unknown, by: ReadonlyMap<object, unknown>, isAll = false): unknown {
  if (by.size === 0 && !isAll) return value;
  const done = new Map<object, unknown>(by);
  const visit = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (done.has(part)) return done.get(part);
    const parts = isAll && Array.isArray(part) ? (part as unknown[]) : partsOf(part);
    const own = parts.map(visit);
    const result = !isAll && own.every((one, i) => one === parts[i]) ? part : withParts(part, own);
    done.set(part, result);
    return result;
  };
  return visit(value);
}

function withParts(value: object, parts: readonly unknown[]): object {
  if (Array.isArray(value)) return [...parts];
  if (isMap(value)) return new Map([...value.keys()].map((key, i) => [key, parts[i]]));
  if (isSet(value)) return new Set(parts);
  return isPlain(value) ? Object.fromEntries(Object.keys(value).map((key, i) => [key, parts[i]])) : value;
}

async function sharedArray(array: NodeJS.TypedArray): Promise<NodeJS.TypedArray> {
  const { byteLength } = array;
  const source = new Uint8Array(array.buffer, array.byteOffset, byteLength);
  const memory = new SharedArrayBuffer(byteLength);
  const target = new Uint8Array(memory);
  for (let at = 0; at < byteLength; at += PIECE.bytes) {
    target.set(source.subarray(at, at + PIECE.bytes), at);
    await setImmediate();
  }
  const Own = array.constructor as new (memory: SharedArrayBuffer) => NodeJS.TypedArray;
  return new Own(memory);
}

async function sharedTexts(texts: readonly string[]): Promise<SharedTexts> {
  const lengths = new Uint32Array(texts.length);
  const pieces: TextPiece[] = [];
  for (let at = 0; at < texts.length; at += PIECE.texts) {
    const own = texts.slice(at, at + PIECE.texts);
    for (const [i, text] of own.entries()) lengths[at + i] = text.length;
    const joined = own.join('');
    const encoding = /^[\0-\xff]*$/.test(joined) ? 'latin1' : 'utf16le';
    const copy = Buffer.from(joined, encoding);
    const bytes = new Uint8Array(new SharedArrayBuffer(copy.length));
    bytes.set(copy);
    pieces.push({ bytes, encoding });
    await setImmediate();
  }
  return { sharedTexts: { pieces, lengths } };
}

async function textsOf({ sharedTexts: { pieces, lengths } }: SharedTexts): Promise<string[]> {
  const texts: string[] = [];
  for (const { bytes: piece, encoding } of pieces) {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    const size = encoding === 'latin1' ? 1 : 2;
    const last = Math.min(texts.length + PIECE.texts, lengths.length);
    for (let at = 0; texts.length < last;) {
      const end = at + size * lengths[texts.length];
      texts.push(bytes.toString(encoding, at, end));
      at = end;
    }
    await setImmediate();
  }
  return texts;
}
