// The last kernels of a training entry: the guard against NaN and infinity, then Adam (docs/engine.md).

import { InputError } from '../errors.js';
import { textAttribute } from '../graph/node.js';
import { formatShape, sizeOf } from '../graph/shapes.js';
import type { Kernel, Memory, Operand } from './kernel.js';
import { operandOf } from './kernel.js';
import type { SlabLayout } from './slab-layout.js';
import type { AdamUpdate } from './spec.js';
import { SLAB, wholeView } from './value.js';
import type { Value, View } from './value.js';

function slabOperand(slab: number, offset: number, extent: number, written: boolean): Operand {
  return { buffer: { slab, size: extent, offset }, offset: 0, extent, runStride: 0, written, integer: false };
}

function alive(layout: SlabLayout, runs: number, written: boolean): Operand {
  return { ...slabOperand(SLAB.controls, layout.controls['alive'].offset, runs, written), runStride: 1 };
}

function kernel(
  name: string,
  operands: readonly Operand[],
  ints: readonly number[],
  floats: readonly number[],
): Kernel {
  return { name, label: name, operands, ints, floats, shareable: [], reads: [], writes: [] };
}

/** @param tensors guarded views in one piece, and gradients */
export function guardKernel(
  memory: Memory,
  layout: SlabLayout,
  tensors: readonly View[],
  gradients: readonly Value[],
): Kernel {
  const checked = [...tensors, ...gradients.map(wholeView)].map((view) => operandOf(memory, view).operand);
  return kernel('guard', [alive(layout, memory.runs, true), ...checked], [memory.runs], []);
}

/** Throws `shape-mismatch` when a trained parameter lacks the runs axis. */
export function adamKernel(runs: number, layout: SlabLayout, update: AdamUpdate): Kernel {
  const size = layout.parameterSize;
  const segments = update.parameters.map(({ node, rate }) => {
    const name = textAttribute(node, 'name');
    if (node.shape[0] !== runs) {
      const came = formatShape(node.shape);
      throw new InputError('shape-mismatch', `[adam] parameter "${name}" must have ${runs} runs in front, got ${came}`);
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
  return kernel('adam', operands, [runs, segments.length, ...segments.flat()], [beta1, beta2, epsilon]);
}
