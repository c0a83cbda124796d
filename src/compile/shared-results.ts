// Pass: computes values that do not depend on the run once for all runs, such as the rows of a mini-batch that all runs
// see. A GPU launches their kernels for one block instead of all. Their buffers lie after the results in the
// activations slab, where all blocks can read them.

import { aligned } from './memory-plan.js';
import type { Kernel, Operand } from './kernel.js';
import { SLAB, type Buffer } from './value.js';

const INPUT_SLABS: ReadonlySet<number> = new Set([SLAB.parameters, SLAB.data, SLAB.controls]);

export interface SharedResults {
  readonly kernels: readonly Kernel[];
  /** Elements that the buffers take. */
  readonly size: number;
}

/**
 * Moves values that all runs share out of the blocks.
 * @param kernels of the blocks, each after those that it needs
 * @param first where the buffers start in the activations slab
 */
export function shareResults(kernels: readonly Kernel[], first: number): SharedResults {
  const writers = new Map<Buffer, number>();
  for (const { operands } of kernels) {
    for (const { buffer, written } of operands) if (written) writers.set(buffer, (writers.get(buffer) ?? 0) + 1);
  }
  const places = new Map<Buffer, Buffer>();
  let size = 0;
  const isShared = ({ buffer, runStride }: Operand): boolean =>
    places.has(buffer) || (INPUT_SLABS.has(buffer.slab) && runStride === 0);
  const isPrivate = ({ buffer }: Operand): boolean =>
    buffer.slab === SLAB.block && buffer.offset === undefined && writers.get(buffer) === 1;
  const placed = kernels.map((kernel) => {
    const { operands } = kernel;
    const once = operands.every((operand) => (operand.written ? isPrivate(operand) : isShared(operand)));
    if (once) {
      for (const { buffer, written } of operands) {
        if (!written) continue;
        places.set(buffer, { slab: SLAB.activations, size: buffer.size, offset: first + size });
        size += aligned(buffer.size);
      }
    }
    if (!operands.some(({ buffer }) => places.has(buffer))) return kernel;
    const moved = operands.map((operand): Operand => {
      const buffer = places.get(operand.buffer);
      return buffer ? { ...operand, buffer, ...(operand.written && { once }) } : operand;
    });
    const shareable = kernel.shareable.filter((pair) => pair.every(({ buffer }) => !places.has(buffer)));
    return { ...kernel, operands: moved, shareable };
  });
  return { kernels: placed, size };
}
