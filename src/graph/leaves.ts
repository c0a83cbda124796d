// Leaves: what a graph reads from outside. A leaf is identified by its kind and name in all entries of a program.

import { InputError } from '../errors.js';
import type { DataType } from './data-type.js';
import { broadcastTo } from './layout.js';
import { makeNode, textAttribute, valuesAttribute } from './node.js';
import type { Attributes, Node, Operation } from './operation.js';
import { checkShape, formatShape, shapeError, sizeOf, type Shape } from './shapes.js';

type FedKind = 'parameters' | 'data' | 'controls';

/** A leaf is given its shape where it is made. */
const shape = (): Shape => [];

function fed(name: string, kind: FedKind): Operation {
  return {
    name,
    shape,
    reference: (node, _inputs, context) => context.leaf(kind, textAttribute(node, 'name'), sizeOf(node.shape)),
    keepsRunsApart: () => true,
    lowering: { kind: 'leaf' },
  };
}

export const leafRows = {
  parameter: fed('parameter', 'parameters'),
  data: fed('data', 'data'),
  control: fed('control', 'controls'),
  constant: {
    name: 'constant',
    shape,
    reference: (node) => valuesAttribute(node, 'values'),
    keepsRunsApart: () => false,
    lowering: { kind: 'leaf' },
  },
} satisfies Record<string, Operation>;

function named(operation: Operation, name: string, shape: Shape, attributes: Attributes = {}): Node {
  if (name === '') throw new InputError('missing-name', `[${operation.name}] needs a name that is not empty`);
  checkShape(operation.name, shape);
  return makeNode(operation, [], [...shape], { name, ...attributes }, name);
}

/** A trainable tensor, `[runs, …]`; its values live in the parameter slab and are uploaded separately. */
export function parameter(name: string, shape: Shape): Node {
  return named(leafRows.parameter, name, shape);
}

/**
 * A tensor of the data slab, such as a data set `[rows, features]`, row indices (int32) or seeds (int32 `[runs, 2]`).
 * Data sets of uint8 and int16 are kept as they are; `gather` makes float32 of them.
 */
export function data(name: string, shape: Shape, dtype: DataType = 'float32'): Node {
  return named(leafRows.data, name, shape, { dtype });
}

/** A small tensor that may change between calls: penalty weights, temperatures. */
export function control(name: string, shape: Shape): Node {
  return named(leafRows.control, name, shape);
}

/** Fixed values, row-major. Throws `shape-mismatch` when their number does not fit the shape. */
export function constant(values: Float32Array | readonly number[], shape: Shape): Node {
  checkShape('constant', shape);
  if (values.length !== sizeOf(shape)) {
    throw shapeError('constant', `${values.length} values do not fill the shape ${formatShape(shape)}`);
  }
  return makeNode(leafRows.constant, [], [...shape], { values: Float64Array.from(values) });
}

/** A constant of shape [], which broadcasts to everything. */
export function scalar(value: number): Node {
  return constant([value], []);
}

/** A number or a node, as a node. */
export function asNode(value: Node | number): Node {
  return typeof value === 'number' ? scalar(value) : value;
}

/** Zeros of any shape, without storing them. */
export function zeros(shape: Shape): Node {
  return broadcastTo(scalar(0), shape);
}

/** Ones of any shape, without storing them. */
export function ones(shape: Shape): Node {
  return broadcastTo(scalar(1), shape);
}
