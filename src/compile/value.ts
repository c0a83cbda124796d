// What the passes after folding work on: values that a kernel writes or a slab holds, and how each is read by others.

import { type Access, isIdentity } from '../graph/access.js';
import type { InstructionName } from '../graph/instructions.js';
import type { Lowering, Node } from '../graph/operation.js';
import { type Shape, contiguousStrides } from '../graph/shapes.js';

/** Numbers of the slabs in a plan. */
export const SLAB = {
  parameters: 0,
  gradients: 1,
  moments: 2,
  data: 3,
  controls: 4,
  activations: 5,
  block: 6,
} as const;

/** A stretch of a slab. The memory plan gives an offset to those that have none. */
export interface Buffer {
  readonly slab: number;
  readonly size: number;
  readonly offset?: number;
  /** Elements to where the next run's, and the next tile's, block finds it; 0 or left out when blocks share it. */
  readonly runStride?: number;
  readonly tileStride?: number;
}

/**
 * Where a value's elements lie: element i at offset + ⌊i / block⌋ · pitch + i mod block. A part of a concatenation has
 * gaps between its blocks; everything else has block = pitch.
 */
export interface Placement {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly block: number;
  readonly pitch: number;
}

export type ValueKind = Exclude<Lowering['kind'], 'view'>;

/** A value seen through strides over its dense row-major elements. */
export interface View {
  readonly value: Value;
  readonly shape: Shape;
  readonly access: Access;
}

export type Reading = View | { readonly uniform: number };

/** What is computed for every element. */
export interface Instruction {
  readonly name: InstructionName;
  readonly immediates: readonly number[];
  readonly cheap: boolean;
}

export interface Value {
  readonly kind: ValueKind;
  /** What an element-wise value does. */
  readonly instruction?: Instruction;
  /** The node of the graph; copies have none. */
  readonly node?: Node;
  readonly label: string;
  readonly shape: Shape;
  readonly size: number;
  /** Element-wise values read everything in their own shape, others in their inputs' shapes. */
  readings: Reading[];
  /** Read from outside the kernels, in one piece: an output or a guarded tensor. */
  pinned: boolean;
  placement: Placement | undefined;
}

/** True if the value is computed by one instruction, of this name. */
export function computes(value: Value | undefined, name: InstructionName): value is Value {
  return value?.instruction?.name === name;
}

export function isView(reading: Reading): reading is View {
  return 'value' in reading;
}

/** The values a value reads, with repetition. */
export function sourcesOf(value: Value): Value[] {
  return value.readings.filter(isView).map((view) => view.value);
}

/** The value under a view that reads exactly its elements in their order. */
export function identitySource(reading: Reading): Value | undefined {
  return isView(reading) && isIdentity(reading.shape, reading.access, reading.value.size) ? reading.value : undefined;
}

export function wholeView(value: Value): View {
  return { value, shape: value.shape, access: { offset: 0, strides: contiguousStrides(value.shape) } };
}

/** Turns an access to a value's dense elements into one to its memory; undefined when an axis runs over a gap. */
export function locate(placement: Placement, shape: Shape, access: Access): Access | undefined {
  const { block, pitch } = placement;
  if (block === pitch) return { offset: placement.offset + access.offset, strides: access.strides };
  let last = access.offset % block;
  const strides = access.strides.map((stride, axis) => {
    if (shape[axis] === 1 || stride === 0) return 0;
    if (stride % block === 0) return (stride / block) * pitch;
    last += stride * (shape[axis] - 1);
    return stride;
  });
  if (last >= block) return undefined;
  const offset = placement.offset + Math.floor(access.offset / block) * pitch + (access.offset % block);
  return { offset, strides };
}

/** Every value that the roots need, sources before readers. */
export function orderValues(roots: readonly Value[]): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  const stack: { value: Value; sources: Value[]; next: number }[] = [];
  const enter = (value: Value): void => {
    if (seen.has(value)) return;
    seen.add(value);
    stack.push({ value, sources: sourcesOf(value), next: 0 });
  };
  for (const root of roots) {
    enter(root);
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < top.sources.length) {
        enter(top.sources[top.next++]);
      } else {
        order.push(top.value);
        stack.pop();
      }
    }
  }
  return order;
}

/** The values that read each value, once per reading. */
export function readersOf(values: readonly Value[]): Map<Value, Value[]> {
  const readers = new Map<Value, Value[]>(values.map((value) => [value, []]));
  for (const value of values) for (const source of sourcesOf(value)) readers.get(source)!.push(value);
  return readers;
}
