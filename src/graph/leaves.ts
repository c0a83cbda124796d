// Leaves: the values that a graph reads from outside. A kind and a name identify a leaf in all entries of a program.

import { InputError } from '../errors/errors.js';
import type { DataType } from './data-type.js';
import { broadcastTo } from './layout.js';
import { makeNode, textAttribute, valuesAttribute } from './node.js';
import type { Attributes, Node, Operation } from './operation.js';
import { checkShape, formatShape, shapeError, sizeOf, type Shape } from './shapes.js';

type FedKind = 'parameters' | 'data' | 'controls';

/** Unused: `makeNode` receives the shape of a leaf from its caller. */
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

/** Returns a trainable tensor, `[runs, …]`. Its values lie in the parameter slab and are uploaded separately. */
export function parameter(name: string, shape: Shape): Node {
  return named(leafRows.parameter, name, shape);
}

/**
 * Returns a tensor of the data slab: for instance a data set `[rows, features]`, row indices (int32) or seeds (int32
 * `[runs, 2]`). Data sets of uint8 and int16 are stored in that type; `gather` converts them to float32.
 */
export function data(name: string, shape: Shape, dtype: DataType = 'float32'): Node {
  return named(leafRows.data, name, shape, { dtype });
}

/** Returns a small tensor that may change between calls, such as penalty weights and temperatures. */
export function control(name: string, shape: Shape): Node {
  return named(leafRows.control, name, shape);
}

/**
 * Returns fixed values, row-major.
 * @throws InputError `shape-mismatch` if the number of values does not fit the shape
 */
export function constant(values: Float32Array | readonly number[], shape: Shape): Node {
  checkShape('constant', shape);
  if (values.length !== sizeOf(shape)) {
    throw shapeError('constant', `${values.length} values do not fill the shape ${formatShape(shape)}`);
  }
  return makeNode(leafRows.constant, [], [...shape], { values: Float64Array.from(values) });
}

/** Returns a constant of shape [], which broadcasts to every shape. */
export function scalar(value: number): Node {
  return constant([value], []);
}

/** Converts a number to a scalar node; returns a node unchanged. */
export function asNode(value: Node | number): Node {
  return typeof value === 'number' ? scalar(value) : value;
}

/** Returns zeros of any shape without storing them. */
export function zeros(shape: Shape): Node {
  return broadcastTo(scalar(0), shape);
}

/** Returns ones of any shape without storing them. */
export function ones(shape: Shape): Node {
  return broadcastTo(scalar(1), shape);
}
