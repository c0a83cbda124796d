// Kernel calls before they have addresses: operands are stretches of buffers.

import { extentOf, type Access } from '../graph/access.js';
import { elementsOf, type DataType } from '../graph/data-type.js';
import { dataTypeOf } from '../graph/node.js';
import type { Shape } from '../graph/shapes.js';
import { locate, type Buffer, type Value } from './value.js';

export interface Operand {
  readonly buffer: Buffer;
  /** From the buffer's start. */
  readonly offset: number;
  readonly extent: number;
  /** Elements from one run to the next, and from one tile to the next; 0 when shared. */
  readonly runStride: number;
  readonly tileStride: number;
  readonly written: boolean;
  /** Whether it is written once for all runs, whose blocks share it. */
  readonly once?: boolean;
  readonly type: DataType;
}

export interface Kernel {
  readonly name: string;
  readonly label: string;
  readonly operands: readonly Operand[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  /** Pairs of a written and a read operand that visit memory alike, element by element: they may share it. */
  readonly shareable: readonly (readonly [Operand, Operand])[];
  readonly reads: readonly Value[];
  readonly writes: readonly Value[];
}

/** Where kernels find values; values without a place get a buffer of their own. */
export interface Memory {
  /** Runs in one tensor: 1 where every run is a block of its own. */
  readonly runs: number;
  readonly tiles: number;
  /** The place of a leaf. */
  placeOf(value: Value): NonNullable<Value['placement']>;
}

/** Operand of a view that is known to be reachable. */
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
  const own = { buffer, offset, extent: elementsOf(type, extent), runStride, tileStride, written, type };
  return { operand: own, strides };
}
