// Kernel calls before memory planning: operands are ranges of buffers without addresses.

import { extentOf, type Access } from '../graph/access.js';
import { elementsOf, type DataType } from '../graph/data-type.js';
import { dataTypeOf } from '../graph/node.js';
import type { Shape } from '../graph/shapes.js';
import { locate, type Buffer, type Value } from './value.js';

export interface Operand {
  readonly buffer: Buffer;
  /** Offset from the start of the buffer. */
  readonly offset: number;
  readonly extent: number;
  /** Elements from one run to the next, and from one tile to the next; 0 if they share the operand. */
  readonly runStride: number;
  readonly tileStride: number;
  readonly written: boolean;
  /** True if it is written once for all runs, whose blocks share it. */
  readonly once?: boolean;
  readonly type: DataType;
}

export interface Kernel {
  readonly name: string;
  readonly label: string;
  readonly operands: readonly Operand[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  /**
   * Pairs of a written and a read operand that visit memory in the same order, element by element. They may share
   * memory.
   */
  readonly shareable: readonly (readonly [Operand, Operand])[];
  readonly reads: readonly Value[];
  readonly writes: readonly Value[];
}

/** Memory of values. A value without a place receives a new buffer. */
export interface Memory {
  /** Runs in one tensor: 1 if every run is a separate block. */
  readonly runs: number;
  readonly tiles: number;
  /** Returns the place of a value. */
  placeOf(value: Value): NonNullable<Value['placement']>;
}

/** Returns the operand and strides of a view. The view must be reachable by strides from the placement. */
export function operandOf(
  memory: Memory,
  view: { readonly value: Value; readonly shape: Shape; readonly access: Access },
  written = false,
): { readonly operand: Operand; readonly strides: readonly number[] } {
  const placement = memory.placeOf(view.value);
  const { offset, strides } = locate(placement, view.shape, view.access)!;
  const extent = extentOf(view.shape, { offset, strides });
  const { buffer } = placement;
  const perRun = memory.runs > 1 && view.shape[0] === memory.runs;
  const runStride = perRun ? strides[0] : (buffer.runStride ?? 0);
  const tileStride = buffer.tileStride ?? 0;
  const type = view.value.node === undefined ? 'float32' : dataTypeOf(view.value.node);
  const operand = { buffer, offset, extent: elementsOf(type, extent), runStride, tileStride, written, type };
  return { operand, strides };
}
