// Element-wise operations of two or three tensors, with NumPy broadcasting. A number may stand on either side.

import { asNode } from './leaves.js';
import type { Node } from './node.js';
import { apply, type Dense, type Operation } from './operation.js';
import { sumTo } from './reduction.js';
import { broadcastShapes, broadcastStrides, formatShape, positions, shapeError } from './shapes.js';
import { neg, square, reciprocal } from './unary.js';

type Slopes = (node: Node, upstream: Node, inputs: readonly Node[]) => readonly (Node | undefined)[];

function row(name: string, value: (a: number, b: number, c: number) => number, slopes?: Slopes): Operation {
  return {
    name,
    shape(inputs) {
      const shape = broadcastShapes(inputs.map((input) => input.shape));
      if (shape !== undefined) return shape;
      throw shapeError(
        name,
        `shapes do not broadcast: ${inputs.map((input) => formatShape(input.shape)).join(' and ')}`,
      );
    },
    ...(slopes && {
      derivative: (node: Node, upstream: Node) =>
        slopes(node, upstream, node.inputs).map((slope, i) => slope && sumTo(slope, node.inputs[i].shape)),
    }),
    reference(node, inputs) {
      const offsets = inputs.map((input) => positions(node.shape, broadcastStrides(input.shape, node.shape)));
      const read = (operand: number, i: number): number => readAt(inputs[operand], offsets[operand], i);
      return new Float64Array(offsets[0].length).map((_, i) => value(read(0, i), read(1, i), read(2, i)));
    },
  };
}

function readAt(input: Dense | undefined, offsets: Int32Array | undefined, i: number): number {
  return input === undefined || offsets === undefined ? 0 : input.values[offsets[i]];
}

const either = (a: number, b: number): boolean => Number.isNaN(a) || Number.isNaN(b);

export const binaryRows = {
  add: row(
    'add',
    (a, b) => a + b,
    (_, up) => [up, up],
  ),
  sub: row(
    'sub',
    (a, b) => a - b,
    (_, up) => [up, neg(up)],
  ),
  mul: row(
    'mul',
    (a, b) => a * b,
    (_, up, [a, b]) => [mul(up, b), mul(up, a)],
  ),
  div: row(
    'div',
    (a, b) => a / b,
    (y, up, [, b]) => [mul(up, reciprocal(b)), neg(mul(up, mul(y, reciprocal(b))))],
  ),
  maximum: row(
    'maximum',
    (a, b) => Math.max(a, b),
    (_, up, [a, b]) => [mul(up, greater(a, b)), mul(up, sub(1, greater(a, b)))],
  ),
  minimum: row(
    'minimum',
    (a, b) => Math.min(a, b),
    (_, up, [a, b]) => [mul(up, greater(b, a)), mul(up, sub(1, greater(b, a)))],
  ),
  greater: row('greater', (a, b) => (either(a, b) ? NaN : a > b ? 1 : 0)),
  select: row(
    'select',
    (c, a, b) => (Number.isNaN(c) ? NaN : c !== 0 ? a : b),
    (_, up, [c]) => [undefined, select(c, up, 0), select(c, 0, up)],
  ),
} satisfies Record<string, Operation>;

function binary(operation: Operation, a: Node | number, b: Node | number): Node {
  return apply(operation, [asNode(a), asNode(b)]);
}

export const add = (a: Node | number, b: Node | number): Node => binary(binaryRows.add, a, b);
export const sub = (a: Node | number, b: Node | number): Node => binary(binaryRows.sub, a, b);
/** a · b; the product of a node with itself is its square. */
export const mul = (a: Node | number, b: Node | number): Node =>
  a === b && typeof a === 'object' ? square(a) : binary(binaryRows.mul, a, b);
export const div = (a: Node | number, b: Node | number): Node => binary(binaryRows.div, a, b);
/** The larger one; where both are equal the derivative goes to b. */
export const maximum = (a: Node | number, b: Node | number): Node => binary(binaryRows.maximum, a, b);
/** The smaller one; where both are equal the derivative goes to b. */
export const minimum = (a: Node | number, b: Node | number): Node => binary(binaryRows.minimum, a, b);
/** 1 where a > b, else 0; derivative 0. */
export const greater = (a: Node | number, b: Node | number): Node => binary(binaryRows.greater, a, b);

/** a where the condition is not 0, else b. */
export function select(condition: Node, a: Node | number, b: Node | number): Node {
  return apply(binaryRows.select, [condition, asNode(a), asNode(b)]);
}
