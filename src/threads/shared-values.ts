// Passes large values between threads. A structured clone copies everything in one step in both threads, and a gigabyte
// would block an event loop for a second. Long arrays are therefore copied in pieces to shared memory, and long lists
// of texts are passed as bytes.

import { setImmediate } from 'node:timers/promises';
import { types } from 'node:util';
import { GrowingTexts, packedList, packedOf, stringsOf, textPieces, type PackedTexts } from '../text/text-list.js';
import { LONG_ARRAY } from './zeros.js';

const { isMap, isSet, isSharedArrayBuffer, isTypedArray } = types;

/** Number of texts from which a list is passed as bytes. */
const LONG_LIST = 20_000;
/** Bytes that are copied in one step of some milliseconds. */
const PIECE = 2 ** 24;

/**
 * Returns the value with long arrays in shared memory and long lists of texts as bytes. All other objects stay the
 * same, also arrays that are already in shared memory.
 */
export async function toShared<T>(value: T): Promise<T> {
  const shared = new Map<object, unknown>();
  for (const leaf of leavesOf(value, (part) => isLongArray(part) || isLongList(part))) {
    shared.set(leaf, isLongArray(leaf) ? await sharedArray(leaf) : await packedTexts(leaf as string[]));
  }
  return replaced(value, shared) as T;
}

/** Restores a received result of `toShared`. Arrays stay shared, and bytes become lists of texts again. */
export async function fromShared<T>(value: T): Promise<T> {
  const read = new Map<object, unknown>();
  for (const leaf of leavesOf(value, isPacked)) read.set(leaf, await unpackedTexts(leaf as PackedTexts));
  // Messages are created in the main realm of Node, but a program may run in another one, as in test runners.
  const isForeign = typeof value === 'object' && value !== null && !(value instanceof Object);
  if (isForeign) {
    for (const leaf of leavesOf(value, isTypedArray)) read.set(leaf, localArray(leaf as NodeJS.TypedArray));
  }
  return replaced(value, read, isForeign) as T;
}

/** Returns the array as an instance of the class of this realm. */
function localArray(array: NodeJS.TypedArray): NodeJS.TypedArray {
  type View = new (memory: ArrayBufferLike, offset: number, length: number) => NodeJS.TypedArray;
  const Type = Reflect.get(globalThis, array[Symbol.toStringTag]) as View;
  return new Type(array.buffer, array.byteOffset, array.length);
}

function isLongArray(value: object): value is NodeJS.TypedArray {
  return isTypedArray(value) && value.byteLength >= LONG_ARRAY && !isSharedArrayBuffer(value.buffer);
}

function isLongList(value: object): boolean {
  if (!Array.isArray(value) || value.length < LONG_LIST) return false;
  return packedOf(value) !== undefined || value.every((text) => typeof text === 'string');
}

function isPacked(value: object): boolean {
  return 'packedTexts' in value;
}

async function packedTexts(texts: readonly string[]): Promise<PackedTexts> {
  const known = packedOf(texts);
  if (known) return known;
  const pieces = [];
  for (const piece of textPieces(texts)) {
    pieces.push(piece);
    await setImmediate();
  }
  return { packedTexts: { length: texts.length, pieces } };
}

async function unpackedTexts(texts: PackedTexts): Promise<readonly string[]> {
  if (texts.packedTexts.length >= GrowingTexts.minPacked) return packedList(texts);
  const list: string[] = [];
  for (const strings of stringsOf(texts)) {
    for (const text of strings) list.push(text);
    await setImmediate();
  }
  return list;
}

/** Returns all nested objects that are leaves, each once. */
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

/** Returns the elements of a list, map, set or plain object. */
function partsOf(value: object): unknown[] {
  if (Array.isArray(value)) return value.some((part) => typeof part === 'object') ? value : [];
  if (isMap(value) || isSet(value)) return [...value.values()];
  return isPlain(value) ? Object.values(value) : [];
}

/** True for a plain object of any realm: its prototype has no prototype. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Returns the value with objects replaced. An object without replaced parts stays the same.
 * @param isAll if true, every list, map and object is copied to this realm
 */
function replaced(value: unknown, by: ReadonlyMap<object, unknown>, isAll = false): unknown {
  if (by.size === 0 && !isAll) return value;
  const done = new Map<object, unknown>(by);
  const visit = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (done.has(part)) return done.get(part);
    const parts = isAll && Array.isArray(part) ? (part as unknown[]) : partsOf(part);
    const visited = parts.map(visit);
    const result = !isAll && visited.every((one, i) => one === parts[i]) ? part : withParts(part, visited);
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
  for (let at = 0; at < byteLength; at += PIECE) {
    target.set(source.subarray(at, at + PIECE), at);
    await setImmediate();
  }
  const Type = array.constructor as new (memory: SharedArrayBuffer) => NodeJS.TypedArray;
  return new Type(memory);
}
