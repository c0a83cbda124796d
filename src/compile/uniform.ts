// Tensors whose elements are all one known number: they need no memory, kernels take the number as an immediate.

import { broadcastTo, scalar, type Node } from '../graph/index.js';
import { valuesAttribute } from '../graph/node.js';
import { operationOf } from '../graph/operations.js';
import type { ReferenceContext } from '../graph/operation.js';
import { type Shape, sizeOf } from '../graph/shapes.js';
import { InternalError } from '../errors.js';
import { isElementwise } from './instructions.js';

/** Operations that only look at their operand in another way. */
export const VIEWS: ReadonlySet<string> = new Set(['reshape', 'broadcastTo', 'permute', 'slice', 'stopGradient']);

const noLeaves: ReferenceContext = {
  step: 0,
  leaf(kind, name) {
    throw new InternalError('not-constant', `${kind} "${name}" is not a constant; please report this`);
  },
};

/** The number that all elements of a folded node are; undefined when they are not known or differ. */
export function uniformOf(node: Node): number | undefined {
  const source = node.op === 'broadcastTo' ? node.inputs[0] : node;
  return source.op === 'constant' && source.shape.length === 0 ? valuesAttribute(source, 'values')[0] : undefined;
}

export function uniform(value: number, shape: Shape): Node {
  return broadcastTo(scalar(value), shape);
}

function uniformConstant(node: Node): Node | undefined {
  const values = valuesAttribute(node, 'values');
  if (node.shape.length === 0 || !values.every((value) => Object.is(value, values[0]))) return undefined;
  return uniform(values[0], node.shape);
}

/** The node as one number repeated, when its inputs are all that. */
export function foldUniform(node: Node): Node | undefined {
  if (node.op === 'constant') return uniformConstant(node);
  const isView = VIEWS.has(node.op);
  if (!isView && !isElementwise(node.op) && node.op !== 'sum' && node.op !== 'max' && node.op !== 'concat') {
    return undefined;
  }
  const values: number[] = [];
  for (const input of node.inputs) {
    const value = uniformOf(input);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const folded = uniformValue(node, values, isView);
  if (folded === undefined || (uniformOf(node) !== undefined && isView)) return undefined;
  return uniform(folded, node.shape);
}

function uniformValue(node: Node, values: readonly number[], isView: boolean): number | undefined {
  if (isView || node.op === 'max') return values[0];
  if (node.op === 'sum') return values[0] * (sizeOf(node.inputs[0].shape) / sizeOf(node.shape));
  if (node.op === 'concat') return values.every((value) => Object.is(value, values[0])) ? values[0] : undefined;
  const inputs = values.map((value) => ({ shape: [], values: Float64Array.of(value) }));
  return operationOf(node.op).reference({ ...node, shape: [] }, inputs, noLeaves)[0];
}
