// Tensors whose elements all equal one known number. They need no memory: kernels receive the number as an immediate.

import { InternalError } from '../errors/errors.js';
import { broadcastTo, rows, scalar, type Node } from '../graph/index.js';
import { valuesAttribute } from '../graph/node.js';
import type { ReferenceContext } from '../graph/operation.js';
import { type Shape, sizeOf } from '../graph/shapes.js';

const noLeaves: ReferenceContext = {
  step: 0,
  leaf(kind, name) {
    throw new InternalError('not-constant', `${kind} "${name}" is not a constant; please report this`);
  },
};

/** Returns the number that all elements of a folded node equal, or undefined if it is unknown or elements differ. */
export function uniformOf(node: Node): number | undefined {
  const source = node.operation === rows.broadcastTo ? node.inputs[0] : node;
  return source.operation === rows.constant && source.shape.length === 0
    ? valuesAttribute(source, 'values')[0]
    : undefined;
}

export function uniform(value: number, shape: Shape): Node {
  return broadcastTo(scalar(value), shape);
}

function uniformConstant(node: Node): Node | undefined {
  const values = valuesAttribute(node, 'values');
  if (node.shape.length === 0 || !values.every((value) => Object.is(value, values[0]))) return undefined;
  return uniform(values[0], node.shape);
}

/** Returns the node as one repeated number if all its inputs are, else undefined. */
export function foldUniform(node: Node): Node | undefined {
  if (node.operation === rows.constant) return uniformConstant(node);
  const values: number[] = [];
  for (const input of node.inputs) {
    const value = uniformOf(input);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const folded = uniformValue(node, values);
  const isFolded = node.operation.lowering.kind === 'view' && uniformOf(node) !== undefined;
  return folded === undefined || isFolded ? undefined : uniform(folded, node.shape);
}

/** Returns the number that all elements equal if each input is one repeated number; undefined if it is unknown. */
function uniformValue(node: Node, values: readonly number[]): number | undefined {
  const { lowering } = node.operation;
  switch (lowering.kind) {
    case 'view':
      return values[0];
    case 'elementwise': {
      const inputs = values.map((value) => ({ shape: [], values: Float64Array.of(value) }));
      return node.operation.reference({ ...node, shape: [] }, inputs, noLeaves)[0];
    }
    case 'reduce':
      return lowering.takesMaximum ? values[0] : values[0] * (sizeOf(node.inputs[0].shape) / sizeOf(node.shape));
    case 'concat':
      return values.every((value) => Object.is(value, values[0])) ? values[0] : undefined;
    default:
      return undefined;
  }
}
