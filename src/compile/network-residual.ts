// Fuses the residual of a network's outputs with the network. If only the difference from a target is used, only the
// difference is stored. The slope by the outputs is not stored if it is a multiple of the difference.

import { contiguous, isContiguous } from '../graph/access.js';
import { INSTRUCTIONS } from '../graph/instructions.js';
import { decodeProgram } from './decode.js';
import type { Kernel } from './kernel.js';
import type { Theta } from './network-mixture.js';
import { samePlace, type Matrices } from './products.js';
import type { Buffer, Value } from './value.js';

/** Numbers of docs/explanation/kernels.md, "network". */
const ORDER = { targetMinusOutputs: 1, outputsMinusTarget: 2 };

export interface Residual {
  /** Kernel that computes the difference. */
  readonly kernel: Kernel;
  readonly difference: Matrices;
  readonly target: Matrices;
  readonly order: number;
  /** The slope by the outputs in units of the difference. */
  readonly scale: number;
  /** The slope by the outputs, if the kernel wrote it as a separate result. */
  readonly dropped: Value | undefined;
}

/**
 * Returns the difference behind a network, or undefined if its outputs have any other use.
 * @param users of the outputs, except the kernel that computes them
 * @param touching returns the kernels that touch a buffer, except the network's gradient
 */
export function residualBehind(
  { matrices, groups, rows, batch, slopes }: Theta,
  users: readonly Kernel[],
  touching: (buffer: Buffer) => readonly Kernel[],
): Residual | undefined {
  const [kernel] = users;
  if (users.length !== 1 || kernel.name !== 'map' || matrices.operand.buffer.offset !== undefined) return undefined;
  const { dims, outputs, inputs, strides, code, results } = decodeProgram(kernel);
  const size = dims.reduce((product, dim) => product * dim, 1);
  const isWhole =
    size === groups * rows * batch && strides.every((operand) => isContiguous(dims, { offset: 0, strides: operand }));
  const [first] = kernel.operands.slice(outputs).map((operand) => samePlace(operand, matrices.operand));
  if (inputs !== 2 || !isWhole || !isDense(matrices, rows, batch, groups)) return undefined;
  /** Contents of registers: inputs, or the difference times a number. */
  const contents = new Map<number, 'outputs' | 'target' | number>([
    [0, first ? 'outputs' : 'target'],
    [1, first ? 'target' : 'outputs'],
  ]);
  let order = 0;
  for (const { opcode, target, sources, immediate } of code) {
    const [a, b] = sources.map((source) => contents.get(source));
    const name = INSTRUCTIONS[opcode];
    if (name === 'sub' && order === 0 && typeof a === 'string' && typeof b === 'string' && a !== b) {
      order = a === 'target' ? ORDER.targetMinusOutputs : ORDER.outputsMinusTarget;
      contents.set(target, 1);
    } else if (typeof a === 'number' && (name === 'mulImm' || name === 'neg')) {
      contents.set(target, a * (name === 'neg' ? -1 : Math.fround(kernel.floats[immediate])));
    } else {
      return undefined;
    }
  }
  const scales = results.map((register) => contents.get(register));
  const at = scales.indexOf(1);
  const place = (i: number): Matrices => ({ operand: kernel.operands[i], leading: batch, group: rows * batch });
  const common = { kernel, difference: place(at), target: place(outputs + (first ? 1 : 0)), order };
  if (at < 0) return undefined;
  const isSlope = (i: number): boolean =>
    slopes !== undefined &&
    samePlace(kernel.operands[i], slopes.operand) &&
    isDense(slopes, rows, batch, groups) &&
    typeof scales[i] === 'number';
  if (outputs === 1) {
    return slopes === undefined || isSlope(0) ? { ...common, scale: 1, dropped: undefined } : undefined;
  }
  const other = 1 - at;
  const isPrivate = touching(kernel.operands[other].buffer).every((one) => one === kernel);
  if (outputs > 2 || !isSlope(other) || !isPrivate) return undefined;
  return { ...common, scale: Number(scales[other]), dropped: kernel.writes[other] };
}

/** True if there are no gaps between rows and groups. */
function isDense({ leading, group }: Matrices, rows: number, batch: number, groups: number): boolean {
  const [ofGroup, ofRow] = contiguous([groups, rows, batch]).strides;
  return (rows === 1 || leading === ofRow) && (groups === 1 || group === ofGroup);
}
