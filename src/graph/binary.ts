// Element-wise operations of two or three tensors, with NumPy broadcasting. Either operand may be a number.

import type { InstructionName } from './instructions.js';
import { asNode } from './leaves.js';
import { apply } from './node.js';
import type { Dense, Node, Operation } from './operation.js';
import { sumTo } from './reduction.js';
import { broadcast } from './runs.js';
import { broadcastShapes, broadcastStrides, formatShape, positions, shapeError } from './shapes.js';
import { neg, square, reciprocal } from './unary.js';

interface Spec {
  readonly value: (a: number, b: number, c: number) => number;
  /** Upstream × slope for each input, with the shape of the result. */
  readonly slopes?: (node: Node, upstream: Node, inputs: readonly Node[]) => readonly (Node | undefined)[];
  readonly instruction: InstructionName;
  readonly cheap?: boolean;
  readonly commutative?: true;
}

function row(name: string, { value, slopes, instruction, cheap = true, commutative }: Spec): Operation {
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
    commutative,
    keepsRunsApart: broadcast(1),
    lowering: { kind: 'elementwise', instruction, cheap },
  };
}

function readAt(input: Dense | undefined, offsets: Int32Array | undefined, i: number): number {
  return input === undefined || offsets === undefined ? 0 : input.values[offsets[i]];
}

const eitherNaN = (a: number, b: number): boolean => Number.isNaN(a) || Number.isNaN(b);

export const binaryRows = {
  add: row('add', {
    value: (a, b) => a + b,
    slopes: (_, up) => [up, up],
    instruction: 'add',
    commutative: true,
  }),
  sub: row('sub', {
    value: (a, b) => a - b,
    slopes: (_, up) => [up, neg(up)],
    instruction: 'sub',
  }),
  mul: row('mul', {
    value: (a, b) => a * b,
    slopes: (_, up, [a, b]) => [mul(up, b), mul(up, a)],
    instruction: 'mul',
    commutative: true,
  }),
  div: row('div', {
    value: (a, b) => a / b,
    slopes: (y, up, [, b]) => [mul(up, reciprocal(b)), neg(mul(up, mul(y, reciprocal(b))))],
    instruction: 'div',
    cheap: false,
  }),
  maximum: row('maximum', {
    value: (a, b) => Math.max(a, b),
    slopes: (_, up, [a, b]) => [mul(up, greater(a, b)), mul(up, sub(1, greater(a, b)))],
    instruction: 'max',
    commutative: true,
  }),
  minimum: row('minimum', {
    value: (a, b) => Math.min(a, b),
    slopes: (_, up, [a, b]) => [mul(up, greater(b, a)), mul(up, sub(1, greater(b, a)))],
    instruction: 'min',
    commutative: true,
  }),
  greater: row('greater', {
    value: (a, b) => (eitherNaN(a, b) ? NaN : a > b ? 1 : 0),
    instruction: 'greater',
  }),
  select: row('select', {
    value: (c, a, b) => (Number.isNaN(c) ? NaN : c !== 0 ? a : b),
    slopes: (_, up, [c]) => [undefined, select(c, up, 0), select(c, 0, up)],
    instruction: 'select',
  }),
} satisfies Record<string, Operation>;

function binary(operation: Operation, a: Node | number, b: Node | number): Node {
  return apply(operation, [asNode(a), asNode(b)]);
}

export const add = (a: Node | number, b: Node | number): Node => binary(binaryRows.add, a, b);
export const sub = (a: Node | number, b: Node | number): Node => binary(binaryRows.sub, a, b);
/** Returns a · b. The product of a node with itself is its square. */
export const mul = (a: Node | number, b: Node | number): Node =>
  a === b && typeof a === 'object' ? square(a) : binary(binaryRows.mul, a, b);
export const div = (a: Node | number, b: Node | number): Node => binary(binaryRows.div, a, b);
/** Returns the larger operand. If both are equal, the derivative goes to b. */
export const maximum = (a: Node | number, b: Node | number): Node => binary(binaryRows.maximum, a, b);
/** Returns the smaller operand. If both are equal, the derivative goes to b. */
export const minimum = (a: Node | number, b: Node | number): Node => binary(binaryRows.minimum, a, b);
/** Returns 1 where a > b, else 0. The derivative is 0. */
export const greater = (a: Node | number, b: Node | number): Node => binary(binaryRows.greater, a, b);

/** Returns a where the condition is not 0, else b. */
export function select(condition: Node, a: Node | number, b: Node | number): Node {
  return apply(binaryRows.select, [condition, asNode(a), asNode(b)]);
}
