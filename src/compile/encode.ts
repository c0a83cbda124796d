// Encodes plans as bytes (docs/explanation/engine.md, "Plan").

import type { DataType } from '../graph/data-type.js';
import type { Kernel, Operand } from './kernel.js';
import type { Buffer } from './value.js';

export const PLAN_MAGIC = 'ILPLAN02';
export const FLAG_WRITTEN = 1;
/** Flag of a written operand whose block kernel runs once for all runs. */
export const FLAG_ONCE = 16;
/** Flags of the data types of operands. */
export const TYPE_FLAGS: Readonly<Record<DataType, number>> = { float32: 0, int32: 2, uint8: 4, int16: 8 };

export interface PlannedOutput {
  readonly name: string;
  readonly slab: number;
  readonly offset: number;
  readonly count: number;
}

export interface PlannedEntry {
  readonly name: string;
  readonly tiles: number;
  /** Number of kernels, from the first, that run for every block. */
  readonly blockKernels: number;
  readonly kernels: readonly Kernel[];
  readonly outputs: readonly PlannedOutput[];
  /** Returns where a buffer starts in its slab. */
  readonly offsetOf: (buffer: Buffer) => number;
}

/** A buffer of little-endian bytes that grows while it is written. */
class ByteWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  #room(count: number): number {
    if (this.#length + count > this.#bytes.length) {
      const grown = new Uint8Array(2 * (this.#length + count));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    const at = this.#length;
    this.#length += count;
    return at;
  }

  u32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value, true);
  }

  /** Writes a whole number below 2⁵³ in magnitude; negative numbers in two's complement. */
  i64(value: number): void {
    const at = this.#room(8);
    this.#view.setUint32(at, value >>> 0, true);
    this.#view.setInt32(at + 4, Math.floor(value / 0x100000000), true);
  }

  f64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, true);
  }

  bytes(values: Uint8Array): void {
    const at = this.#room(values.length);
    this.#bytes.set(values, at);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}

/** Stores each distinct text once and numbers it. */
class StringTable {
  readonly texts: string[] = [];
  readonly #indices = new Map<string, number>();

  index(text: string): number {
    let index = this.#indices.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.#indices.set(text, index);
    }
    return index;
  }
}

function writeOperand(out: ByteWriter, operand: Operand, offsetOf: PlannedEntry['offsetOf']): void {
  out.u32(operand.buffer.slab);
  out.u32((operand.written ? FLAG_WRITTEN : 0) | (operand.once ? FLAG_ONCE : 0) | TYPE_FLAGS[operand.type]);
  out.i64(offsetOf(operand.buffer) + operand.offset);
  out.i64(operand.extent);
  out.i64(operand.runStride);
  out.i64(operand.tileStride);
}

function writeEntry(out: ByteWriter, entry: PlannedEntry, strings: StringTable): void {
  out.u32(strings.index(entry.name));
  out.u32(entry.tiles);
  out.u32(entry.blockKernels);
  out.u32(entry.kernels.length);
  for (const kernel of entry.kernels) {
    out.u32(strings.index(kernel.name));
    out.u32(strings.index(kernel.label));
    out.u32(kernel.operands.length);
    for (const operand of kernel.operands) writeOperand(out, operand, entry.offsetOf);
    out.u32(kernel.ints.length);
    for (const value of kernel.ints) out.i64(value);
    out.u32(kernel.floats.length);
    for (const value of kernel.floats) out.f64(value);
  }
  out.u32(entry.outputs.length);
  for (const { name, slab, offset, count } of entry.outputs) {
    out.u32(strings.index(name));
    out.u32(slab);
    out.i64(offset);
    out.i64(count);
  }
}

/**
 * Encodes a plan.
 * @param slabs sizes of the seven slabs in elements
 */
export function encodePlan(runs: number, slabs: readonly number[], entries: readonly PlannedEntry[]): Uint8Array {
  const strings = new StringTable();
  const body = new ByteWriter();
  body.u32(entries.length);
  for (const entry of entries) writeEntry(body, entry, strings);
  const out = new ByteWriter();
  const text = new TextEncoder();
  out.bytes(text.encode(PLAN_MAGIC));
  out.u32(runs);
  for (const size of slabs) out.i64(size);
  out.u32(strings.texts.length);
  for (const name of strings.texts) {
    const bytes = text.encode(name);
    out.u32(bytes.length);
    out.bytes(bytes);
  }
  out.bytes(body.finish());
  return out.finish();
}
