// The kernels that run after the blocks: means over tiles, the guard against NaN and infinity, and Adam
// (docs/explanation/engine.md).

import { InputError } from '../errors/errors.js';
import { textAttribute } from '../graph/node.js';
import { call, type KernelCall } from '../graph/kernel-record.js';
import { formatShape, sizeOf } from '../graph/shapes.js';
import type { Kernel, Operand } from './kernel.js';
import * as rows from './kernels.js';
import type { SlabLayout } from './slab-layout.js';
import type { AdamUpdate } from './spec.js';
import { SLAB } from './value.js';

/** A range of a slab that contains all runs. */
export interface SlabRange {
  readonly slab: number;
  readonly offset: number;
  readonly extent: number;
  readonly runStride: number;
}

function operand({ slab, offset, extent, runStride }: SlabRange, written = false): Operand {
  const buffer = { slab, size: extent, offset };
  return { buffer, offset: 0, extent, runStride, tileStride: 0, written, type: 'float32' };
}

function slabOperand(slab: number, offset: number, extent: number, written: boolean): Operand {
  return operand({ slab, offset, extent, runStride: 0 }, written);
}

function alive(layout: SlabLayout, runs: number, written: boolean): Operand {
  return operand({ slab: SLAB.controls, offset: layout.controls['alive'].offset, extent: runs, runStride: 1 }, written);
}

const kernel = (numbers: KernelCall, operands: readonly Operand[]): Kernel => ({
  ...numbers,
  label: numbers.name,
  operands,
  shareable: [],
  reads: [],
  writes: [],
});

export function guardKernel(runs: number, layout: SlabLayout, checked: readonly SlabRange[]): Kernel {
  return kernel(call(rows.guardKernel, { runs }), [alive(layout, runs, true), ...checked.map((one) => operand(one))]);
}

/**
 * Returns the kernel of the mean over tiles. Copies of a range lie `tileStride` elements apart, the first one at
 * `from`.
 */
export function averageKernel(
  slab: number,
  { offset, extent }: { offset: number; extent: number },
  from: number,
  tiles: number,
  tileStride: number,
): Kernel {
  const copies = (tiles - 1) * tileStride + extent;
  const operands = [slabOperand(slab, offset, extent, true), slabOperand(SLAB.activations, from, copies, false)];
  return kernel(call(rows.averageKernel, { count: tiles, stride: tileStride, elements: extent }), operands);
}

/**
 * Returns the kernel of the Adam update.
 * @throws InputError `shape-mismatch` if a trained parameter lacks the runs axis
 */
export function adamKernel(runs: number, layout: SlabLayout, update: AdamUpdate): Kernel {
  const size = layout.parameterSize;
  const parts = update.parameters.map(({ node, rate }) => {
    const name = textAttribute(node, 'name');
    if (node.shape[0] !== runs) {
      const shown = formatShape(node.shape);
      throw new InputError(
        'shape-mismatch',
        `[adam] parameter "${name}" must have ${runs} runs as its first axis, got ${shown}`,
      );
    }
    return [layout.parameters[name].offset, sizeOf(node.shape) / runs, layout.rates.indexOf(rate)];
  });
  const rates = layout.controls['rates'];
  const operands = [
    slabOperand(SLAB.parameters, 0, size, true),
    slabOperand(SLAB.moments, 0, size, true),
    slabOperand(SLAB.moments, size, size, true),
    slabOperand(SLAB.gradients, 0, size, false),
    alive(layout, runs, false),
    slabOperand(SLAB.controls, rates.offset, sizeOf(rates.shape), false),
  ];
  const { beta1, beta2, epsilon } = update;
  const numbers = { runs, count: parts.length, parts: parts.flat(), beta1, beta2, epsilon };
  return kernel(call(rows.adamKernel, numbers), operands);
}
