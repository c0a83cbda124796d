// The data structure of the passes after folding: values that a kernel writes or a slab holds, and how other values
// read them.

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

/** A range of a slab. The memory plan assigns an offset to buffers without one. */
export interface Buffer {
  readonly slab: number;
  readonly size: number;
  readonly offset?: number;
  /**
   * Elements from one run's block to the next run's; `tileStride` is the same for tiles. 0 or undefined if blocks share
   * the buffer.
   */
  readonly runStride?: number;
  readonly tileStride?: number;
}

/**
 * Where the elements of a value lie: element i at offset + ⌊i / block⌋ · pitch + i mod block. A piece of a
 * concatenation has gaps between its blocks; every other value has block = pitch.
 */
export interface Placement {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly block: number;
  readonly pitch: number;
}

export type ValueKind = Exclude<Lowering['kind'], 'view'>;

/** A view of a value through strides over its dense row-major elements. */
export interface View {
  readonly value: Value;
  readonly shape: Shape;
  readonly access: Access;
}

export type Reading = View | { readonly uniform: number };

/** The instruction of an element-wise value. */
export interface Instruction {
  readonly name: InstructionName;
  readonly immediates: readonly number[];
  readonly cheap: boolean;
}

export interface Value {
  readonly kind: ValueKind;
  /** The instruction of an element-wise value. */
  readonly instruction?: Instruction;
  /** Node of the graph. Copies have none. */
  readonly node?: Node;
  readonly label: string;
  readonly shape: Shape;
  readonly size: number;
  /**
   * Operands. Element-wise values read them in the shape of the element-wise value, other values in the shapes of their
   * inputs.
   */
  readings: Reading[];
  /** True for an output or a guarded tensor, which is read from outside the kernels and must be contiguous. */
  pinned: boolean;
  placement: Placement | undefined;
}

/** True if the value is computed by one instruction with this name. */
export function computes(value: Value | undefined, name: InstructionName): value is Value {
  return value?.instruction?.name === name;
}

export function isView(reading: Reading): reading is View {
  return 'value' in reading;
}

/** Returns the values that a value reads, with repetition. */
export function sourcesOf(value: Value): Value[] {
  return value.readings.filter(isView).map((view) => view.value);
}

/** Returns the value under a view that reads exactly its elements in their order, or undefined. */
export function identitySource(reading: Reading): Value | undefined {
  return isView(reading) && isIdentity(reading.shape, reading.access, reading.value.size) ? reading.value : undefined;
}

export function wholeView(value: Value): View {
  return { value, shape: value.shape, access: { offset: 0, strides: contiguousStrides(value.shape) } };
}

/**
 * Converts an access to a value's dense elements to an access to its memory. Returns undefined if an axis crosses a
 * gap.
 */
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

/** Returns every value that the roots need, sources before readers. */
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

/** Returns the values that read each value, once per reading. */
export function readersOf(values: readonly Value[]): Map<Value, Value[]> {
  const readers = new Map<Value, Value[]>(values.map((value) => [value, []]));
  for (const value of values) for (const source of sourcesOf(value)) readers.get(source)!.push(value);
  return readers;
}
