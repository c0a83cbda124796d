// Generates kernel calls for operations with a dedicated kernel, whose operands are contiguous.

import { InternalError } from '../errors/errors.js';
import type { Group } from './group.js';
import { type Kernel, type Memory, operandOf } from './kernel.js';
import { isView, wholeView } from './value.js';

/**
 * Returns the kernel call of a group with a single operation.
 * @param written value that the kernel writes, of the same shape as the group's member
 * @throws InternalError `no-kernel` if the operation has no dedicated kernel
 */
export function lowerOpaque(memory: Memory, { members: [value] }: Group, written = value): Kernel {
  const { node, label } = value;
  const lowering = node?.operation.lowering;
  if (node === undefined || lowering?.kind !== 'opaque') {
    throw new InternalError('no-kernel', `[compile] "${label}" has no dedicated kernel; please report this`);
  }
  const inputs = value.readings.filter(isView);
  return {
    ...lowering.call(node, memory.tiles),
    label,
    operands: [
      operandOf(memory, wholeView(written), true).operand,
      ...inputs.map((view) => operandOf(memory, view).operand),
    ],
    shareable: [],
    reads: inputs.map((view) => view.value),
    writes: [written],
  };
}
