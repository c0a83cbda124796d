// Kernel calls of operations that have a kernel of their own and take their operands in one piece.

import { InputError, InternalError } from '../errors.js';
import { sizeOf } from '../graph/shapes.js';
import type { Group } from './group.js';
import { type Kernel, type Memory, operandOf } from './kernel.js';
import { isView, wholeView, type Value, type View } from './value.js';

interface Call {
  readonly name: string;
  readonly ints: readonly number[];
  readonly floats?: readonly number[];
}

function gatherCall({ shape }: Value, [rows, index]: readonly View[], tiles: number): Call {
  const [runs, features, batch] = shape;
  const batches = index.shape[1];
  if (batches % tiles !== 0) {
    throw new InputError(
      'out-of-range',
      `[gather] ${batches} rows of an index are not enough for steps of ${tiles} tiles`,
    );
  }
  return { name: 'gather', ints: [features, batch, batches, rows.shape[0], runs, tiles] };
}

function randomCall({ op, shape, size, attributes }: Value): Call {
  const kind = op === 'randomNormal' ? 1 : 0;
  const perTile = attributes['sharedByTiles'] === true ? 0 : 1;
  return { name: 'random', ints: [kind, Number(attributes['stream']), shape[0], size / shape[0], perTile] };
}

function mixtureCall({ op, attributes }: Value, [z, theta]: readonly View[]): Call {
  const batch = z.shape[z.shape.length - 1];
  const groups = z.shape.reduce((product, extent) => product * extent, 1) / batch;
  const components = theta.shape[theta.shape.length - 2] / 3;
  const limits = [Number(attributes['logScaleMin']), Number(attributes['logScaleMax'])];
  return { name: op, ints: [groups, components, batch], floats: limits };
}

function determinantCall({ op, attributes }: Value, [matrix]: readonly View[]): Call {
  const [d, , batch] = matrix.shape.slice(-3);
  const groups = sizeOf(matrix.shape) / (d * d * batch);
  const floats = 'logFloor' in attributes ? [Number(attributes['logFloor'])] : [];
  return { name: op, ints: [groups, d, batch], floats };
}

function jacobianCall({ op, attributes }: Value, inputs: readonly View[]): Call {
  const [runs, latents, rows, batch] = inputs[0].shape;
  const [hidden, parents] = inputs[3].shape.slice(-2);
  const size = inputs[5].shape[2];
  const ints = [runs, latents, parents, size, hidden, batch, rows];
  return { name: op, ints, floats: [Number(attributes['slope'])] };
}

const CALLS = new Map<string, (value: Value, inputs: readonly View[], tiles: number) => Call>([
  ['gather', gatherCall],
  ['randomUniform', randomCall],
  ['randomNormal', randomCall],
  ['mixtureLogDensity', mixtureCall],
  ['mixtureLogDensityGrad', mixtureCall],
  ['mixtureEpsilon', mixtureCall],
  ['mixtureSensitivity', mixtureCall],
  ['mixtureSensitivityGrad', mixtureCall],
  ['logAbsDet', determinantCall],
  ['logAbsDetGrad', determinantCall],
  ['detSign', determinantCall],
  ['meanAbsJacobian', jacobianCall],
  ['meanAbsJacobianGrad', jacobianCall],
]);

export function lowerOpaque(memory: Memory, { members }: Group): Kernel {
  const [value] = members;
  const inputs = value.readings.filter(isView);
  const call = CALLS.get(value.op)?.(value, inputs, memory.tiles);
  if (call === undefined) throw new InternalError('unknown-operation', `[${value.op}] has no kernel`);
  const { name, ints, floats = [] } = call;
  return {
    name,
    label: value.label,
    operands: [
      operandOf(memory, wholeView(value), true).operand,
      ...inputs.map((view) => operandOf(memory, view).operand),
    ],
    ints,
    floats,
    shareable: [],
    reads: inputs.map((view) => view.value),
    writes: [value],
  };
}
