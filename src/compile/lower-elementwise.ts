// Generates kernel calls for element-wise groups: map and reduce (docs/explanation/kernels.md, "Kernels").

import { InternalError } from '../errors/errors.js';
import { collapse } from '../graph/access.js';
import { call } from '../graph/kernel-record.js';
import { mapKernel, reduceKernel } from './kernels.js';
import { flagAttribute, listAttribute } from '../graph/node.js';
import { MAX_OPERANDS, type Group } from './group.js';
import { type Kernel, type Memory, type Operand, operandOf } from './kernel.js';
import { MAX_REGISTERS, elementwiseProgram, type Program } from './program.js';
import { spaceOf, splitStrides } from './space.js';
import { isView, wholeView, type Value, type View } from './value.js';

const MAX_DIMS = 6;

/** True if a value is read outside the set of values, by other values or by the caller of the program. */
export type NeededOutside = (value: Value, members: ReadonlySet<Value>) => boolean;

interface Strided {
  readonly operand: Operand;
  readonly strides: readonly number[];
}

function strided(memory: Memory, view: View, space: readonly number[], written = false): Strided {
  const { operand, strides } = operandOf(memory, view, written);
  return { operand, strides: splitStrides(view.shape, strides, space) };
}

function checkRank(rank: number, label: string): void {
  if (rank <= MAX_DIMS) return;
  throw new InternalError(
    'too-many-dims',
    `[compile] "${label}" needs ${rank} separate axes, the maximum is ${MAX_DIMS}`,
  );
}

const fits = (program: Program, outputs: number): boolean =>
  program.registers <= MAX_REGISTERS && program.inputs.length + outputs <= MAX_OPERANDS;

/** Returns one map for the members, or several if operands or registers do not suffice. */
export function lowerMap(memory: Memory, { members, space }: Group, needed: NeededOutside): Kernel[] {
  const inside = new Set(members);
  const outputs = members.filter((member) => needed(member, inside));
  const program = elementwiseProgram(members, outputs.map(wholeView), space, (value) => outputs.includes(value));
  if (!fits(program, outputs.length) && members.length > 1) {
    const middle = members.length >> 1;
    return [members.slice(0, middle), members.slice(middle)].flatMap((part) =>
      lowerMap(memory, { kind: 'map', members: part, space }, needed),
    );
  }
  const written = outputs.map((value) => strided(memory, wholeView(value), space, true));
  const read = program.inputs.map((view) => strided(memory, view, space));
  const label = outputs[outputs.length - 1].label;
  const all = [...written, ...read];
  const { dims, strides } = collapse(
    space,
    all.map((one) => one.strides),
  );
  checkRank(dims.length, label);
  return [
    {
      ...call(mapKernel, programRecord(program, { dims, outputs: written.length, strides })),
      label,
      operands: all.map((one) => one.operand),
      shareable: written.flatMap((target) =>
        read.filter((source) => sameWalk(target, source)).map((source) => [target.operand, source.operand] as const),
      ),
      reads: program.inputs.map((view) => view.value),
      writes: outputs,
    },
  ];
}

/** Returns the numbers of a program; the strides of its outputs come first. */
function programRecord(
  { inputs, registers, code, results, immediates }: Program,
  { dims, outputs, strides }: { dims: number[]; outputs: number; strides: readonly number[][] },
) {
  return {
    rank: dims.length,
    dims,
    outputs,
    inputs: inputs.length,
    strides: strides.flat(),
    registers,
    instructions: code.length / 6,
    code,
    results,
    immediates,
  };
}

const sameWalk = (a: Strided, b: Strided): boolean => a.strides.every((stride, axis) => stride === b.strides[axis]);

/**
 * Returns a reduction with the element-wise values that it computes on its way. If registers do not suffice, a map
 * computes those values.
 */
export function lowerReduce(memory: Memory, { members, space: grown }: Group, needed: NeededOutside): Kernel[] {
  const reduction = members[members.length - 1];
  const before = members.slice(0, -1);
  const [operand] = reduction.readings;
  if (!isView(operand)) throw new InternalError('no-operand', `[compile] "${reduction.label}" reduces a constant`);
  const space = before.length === 0 ? spaceOf(operand.shape) : grown;
  const program = elementwiseProgram(before, [operand], space, () => false);
  if (!fits(program, 1) && before.length > 0) {
    const stored = lowerMap(memory, { kind: 'map', members: before, space }, needed);
    return [...stored, ...lowerReduce(memory, { kind: 'reduce', members: [reduction], space }, needed)];
  }
  const node = reduction.node!;
  const { lowering } = node.operation;
  const axes = new Set(listAttribute(node, 'axes'));
  const written = operandOf(memory, wholeView(reduction), true);
  const read = program.inputs.map((view) => strided(memory, view, space));
  const isReduced = splitFlags(operand, axes, space);
  const target = splitStrides(operand.shape, resultStrides(operand, axes, written.strides, reduction), space);
  const all = [{ operand: written.operand, strides: target }, ...read];
  const {
    dims,
    strides,
    axes: first,
  } = collapse(
    space,
    all.map((one) => one.strides),
    (axis, previous) => isReduced[axis] !== isReduced[previous],
  );
  checkRank(dims.length, reduction.label);
  return [
    {
      ...call(reduceKernel, {
        ...programRecord(program, { dims, outputs: 1, strides }),
        takesMaximum: lowering.kind === 'reduce' && lowering.takesMaximum,
        reduced: first.map((axis) => isReduced[axis]),
      }),
      label: reduction.label,
      operands: all.map((one) => one.operand),
      shareable: [],
      reads: program.inputs.map((view) => view.value),
      writes: [reduction],
    },
  ];
}

/** Returns 1 for every dimension of the space that belongs to a reduced axis of the operand, else 0. */
function splitFlags(operand: View, axes: ReadonlySet<number>, space: readonly number[]): number[] {
  const ones = operand.shape.map((_, axis) => (axes.has(axis) ? 1 : 0));
  // splitStrides multiplies the stride of an axis by positive numbers: a stride of 0 remains 0, any other remains
  // positive.
  return splitStrides(operand.shape, ones, space).map((flag) => (flag === 0 ? 0 : 1));
}

/** Returns the strides of the result along the operand's axes, 0 along the reduced ones. */
function resultStrides(
  operand: View,
  axes: ReadonlySet<number>,
  strides: readonly number[],
  reduction: Value,
): number[] {
  const isRetained = operand.shape.map((_, axis) => !axes.has(axis));
  if (flagAttribute(reduction.node!, 'keep')) return isRetained.map((retained, axis) => (retained ? strides[axis] : 0));
  let next = 0;
  return isRetained.map((retained) => (retained ? strides[next++] : 0));
}
