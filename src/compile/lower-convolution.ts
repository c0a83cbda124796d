// Generates kernel calls for convolutions with their epilogues (docs/explanation/kernels.md, "Convolutions").

import { contiguous } from '../graph/access.js';
import { convolutionNumbers } from '../graph/convolution-geometry.js';
import { recordOf, written } from '../graph/kernel-record.js';
import type { Shape } from '../graph/shapes.js';
import { epilogueIn, rowAxes } from './epilogue.js';
import type { Group } from './group.js';
import { type Kernel, type Memory, operandOf } from './kernel.js';
import { lowerOpaque } from './lower-opaque.js';
import { wholeView, type Value, type View } from './value.js';

/** Returns the kernel call of a convolution and of its epilogue: bias, activation or slope, and sums of channels. */
export function lowerConvolution(memory: Memory, group: Group): Kernel {
  const { members, rowSums } = group;
  const [product] = members;
  const last = members[members.length - 1];
  const { operands, reads, ...plain } = lowerOpaque(memory, { ...group, members: [product] }, last);
  if (members.length === 1 && rowSums === undefined) return { ...plain, operands, reads };
  const leading = product.shape.length - rowAxes(product) - 1;
  const { bias, saved, code, constant } = epilogueIn(members);
  const [biasAt, savedAt] = [bias, saved].map((view) => view && operandOf(memory, view));
  const sumsAt = rowSums && operandOf(memory, channels(rowSums, product.shape.slice(0, leading + 1)), true);
  const strides = (operand: typeof biasAt): readonly number[] =>
    operand?.strides.slice(0, leading) ?? product.shape.slice(0, leading).map(() => 0);
  const record = recordOf(convolutionNumbers, plain);
  return {
    ...plain,
    ...written(convolutionNumbers, {
      ...record,
      activation: code,
      hasBias: bias !== undefined,
      hasSums: rowSums !== undefined,
      biasStrides: strides(biasAt),
      savedStrides: strides(savedAt),
      sumsStrides: strides(sumsAt),
      slope: constant,
    }),
    label: last.label,
    operands: [...operands, ...[biasAt, savedAt, sumsAt].flatMap((one) => one?.operand ?? [])],
    reads: [...reads, ...[bias, saved].flatMap((view) => view?.value ?? [])],
    writes: rowSums ? [last, rowSums] : [last],
  };
}

/** Returns a view of one number per channel. */
function channels(value: Value, shape: Shape): View {
  return { ...wholeView(value), shape, access: contiguous(shape) };
}
