// Encodes a plan with inputs and expected outputs as one file (native/planfile.h), for programs that run without Node.

import type { CompiledProgram } from '../src/compile/index.js';
import { arrayOf, elementsIn } from '../src/graph/data-type.js';
import type { Feeds } from '../src/graph/reference.js';

const MAGIC = 'ILPFILE2';
const SLABS = { parameters: 0, gradients: 1, data: 3, controls: 4 } as const;

export interface Contents {
  readonly slab: keyof typeof SLABS;
  /** Offset in elements. */
  readonly offset: number;
  readonly values: Float32Array | Int32Array;
}

/** Expected values with the tolerance of each. */
export interface Expected {
  readonly values: Float32Array;
  readonly tolerances: Float32Array;
}

export interface PlanFile {
  readonly plan: Uint8Array;
  readonly initial: readonly Contents[];
  readonly entry: number;
  readonly firstStep: number;
  readonly steps: number;
  readonly results: Expected;
  readonly afterwards: readonly (Contents & Expected)[];
}

/** Returns the initial contents of a program: its constants, live runs, and the values of `feeds`, by name. */
export function initialContents(compiled: CompiledProgram, { parameters, data, controls }: Feeds): Contents[] {
  const alive = { alive: new Float32Array(compiled.runs).fill(1) };
  const named = { parameters: parameters ?? {}, data: data ?? {}, controls: { ...alive, ...controls } };
  const fed = (Object.keys(named) as (keyof typeof named)[]).flatMap((slab) =>
    Object.entries(named[slab]).map(([name, values]): Contents => {
      const place = compiled[slab][name];
      const type = 'dtype' in place ? place.dtype : 'float32';
      return { slab, offset: place.offset, values: elementsIn(arrayOf(type, values)) };
    }),
  );
  return [...compiled.constants.map(({ offset, values }): Contents => ({ slab: 'data', offset, values })), ...fed];
}

/** Returns expected values with one tolerance, relative to the maximal absolute value (at least `minScale`). */
export function expected(values: ArrayLike<number>, tolerance: number, minScale = 1): Expected {
  let scale = minScale;
  for (let i = 0; i < values.length; i++) scale = Math.max(scale, Math.abs(values[i]));
  return { values: Float32Array.from(values), tolerances: new Float32Array(values.length).fill(tolerance * scale) };
}

/** Concatenates expected values. */
export function joined(parts: readonly Expected[]): Expected {
  const join = (key: keyof Expected): Float32Array => {
    const all = new Float32Array(parts.reduce((sum, part) => sum + part[key].length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part[key], at);
      at += part[key].length;
    }
    return all;
  };
  return { values: join('values'), tolerances: join('tolerances') };
}

export function encodePlanFile({ plan, initial, entry, firstStep, steps, results, afterwards }: PlanFile): Uint8Array {
  return Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    u64(plan.length),
    plan,
    u32(initial.length),
    ...initial.flatMap(contents),
    u32(entry),
    u64(firstStep),
    u64(steps),
    u64(results.values.length),
    bytes(results.values),
    bytes(results.tolerances),
    u32(afterwards.length),
    ...afterwards.flatMap((entry) => [...contents(entry), bytes(entry.tolerances)]),
  ]);
}

function contents({ slab, offset, values }: Contents): Uint8Array[] {
  return [u32(SLABS[slab]), u64(offset), u64(values.length), bytes(values)];
}

function bytes({ buffer, byteOffset, byteLength }: Float32Array | Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function u32(value: number): Uint8Array {
  const field = Buffer.alloc(4);
  field.writeUInt32LE(value);
  return field;
}

function u64(value: number): Uint8Array {
  const field = Buffer.alloc(8);
  field.writeBigUInt64LE(BigInt(value));
  return field;
}
