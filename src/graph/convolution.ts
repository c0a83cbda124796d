// Convolutions in two dimensions, defined as in deep-learning libraries (cross-correlations). A convolution, its
// transpose and the gradient of its weights are the three slopes of one sum over x, w and y. The derivative of each is
// therefore one of the other two.

import { contract, type Role } from './convolution-reference.js';
import {
  convolutionNumbers,
  convolutionOperands,
  geometryOf,
  geometryRecord,
  outputSize,
  pairOf,
  spacingAttributes,
  type Spacing,
  type Tensors,
} from './convolution-geometry.js';
import { reshape } from './layout.js';
import { matmul } from './matmul.js';
import { apply } from './node.js';
import { opaque, type Attributes, type Node, type Operation } from './operation.js';
import { kernel } from './kernel-record.js';
import { sumTo } from './reduction.js';
import { broadcast } from './runs.js';
import { broadcastShapes, formatShape, shapeError, sizeOf, type Shape } from './shapes.js';

/** Which of x, w and y an operation computes, and from which two. */
interface Roles {
  readonly result: Role;
  /** Name of the result in C++. */
  readonly code: string;
  readonly inputs: readonly [Role, Role];
}

interface ShapeRule {
  (first: Shape, second: Shape, attributes: Attributes): Shape;
}

function row(name: string, { result, code, inputs }: Roles, lastAxes: ShapeRule): Operation {
  const described = kernel({
    ...convolutionNumbers,
    name,
    result: `ConvolutionResult::${code}`,
    operands: convolutionOperands([result, ...inputs]),
    requires:
      result === 'w'
        ? { 'activation == 0 && !hasBias && !hasSums': 'nothing follows the slopes by weights' }
        : {
            'activation != 2 || !hasSums': 'a tanh has no sums',
            'activation <= 2 || !hasBias': 'a slope has no bias',
          },
  });
  const tensorsOf = (shape: Shape, operands: readonly { readonly shape: Shape }[]): Tensors => {
    const [first, second] = operands;
    const named = { [result]: shape, [inputs[0]]: first.shape, [inputs[1]]: second.shape };
    return { x: named['x'], w: named['w'], y: named['y'] };
  };
  return {
    name,
    shape(operands, attributes) {
      const [first, second] = operands.map(({ shape }) => shape);
      const leading = broadcastShapes([first.slice(0, -4), second.slice(0, -4)]);
      if (first.length < 4 || first.length !== second.length || leading === undefined) {
        const shown = `${formatShape(first)} and ${formatShape(second)}`;
        throw shapeError(name, `needs tensors of the same rank (4 or more) whose leading axes broadcast, got ${shown}`);
      }
      const shape = [...leading, ...lastAxes(first.slice(-4), second.slice(-4), attributes)];
      geometryOf(name, tensorsOf(shape, operands), attributes);
      return shape;
    },
    derivative(node, upstream) {
      return inputs.map((role, i) => {
        const operands = { [result]: upstream, [inputs[1 - i]]: node.inputs[1 - i] };
        const { shape } = node.inputs[i];
        return sumTo(slopeOf(role, operands, shape, node.attributes), shape);
      });
    },
    reference(node, operands) {
      const geometry = geometryOf(name, tensorsOf(node.shape, operands), node.attributes);
      return contract(geometry, result, { shape: node.shape, inputs, operands });
    },
    keepsRunsApart: broadcast(5),
    lowering: opaque(described, (node) => {
      const geometry = geometryOf(name, tensorsOf(node.shape, node.inputs), node.attributes);
      return geometryRecord(geometry, [node.shape, ...node.inputs.map(({ shape }) => shape)]);
    }),
  };
}

export const convolutionRows = {
  conv2d: row(
    'conv2d',
    { result: 'y', code: 'kOutput', inputs: ['x', 'w'] },
    ([, h, w, batch], [outputs, , k, l], attributes) => {
      const [stride, padding, dilation] = ['stride', 'padding', 'dilation'].map((name) => pairOf(attributes, name));
      const sizes = [0, 1].map((axis) =>
        outputSize([h, w][axis], [k, l][axis], stride[axis], padding[axis], dilation[axis]),
      );
      return [outputs, ...sizes, batch];
    },
  ),
  conv2dTranspose: row(
    'conv2dTranspose',
    { result: 'x', code: 'kInput', inputs: ['y', 'w'] },
    ([, , , batch], [, inputs], attributes) => [
      inputs * Number(attributes['groups']),
      ...pairOf(attributes, 'size'),
      batch,
    ],
  ),
  conv2dWeights: row(
    'conv2dWeights',
    { result: 'w', code: 'kWeights', inputs: ['x', 'y'] },
    ([channels], [outputs], attributes) => [
      outputs,
      channels / Number(attributes['groups']),
      ...pairOf(attributes, 'size'),
    ],
  ),
} satisfies Record<string, Operation>;

/**
 * Returns the slope of Σ y · conv2d(x, w) by one of the three tensors, from the other two.
 * @param shape of the result
 */
function slopeOf(
  role: Role,
  operands: Readonly<Record<string, Node>>,
  shape: Shape,
  { stride, padding, dilation, groups }: Attributes,
): Node {
  const spacing = { stride, padding, dilation, groups };
  if (role === 'y') return apply(convolutionRows.conv2d, [operands['x'], operands['w']], spacing);
  if (role === 'x') {
    return apply(convolutionRows.conv2dTranspose, [operands['y'], operands['w']], {
      ...spacing,
      size: shape.slice(-3, -1),
    });
  }
  return apply(convolutionRows.conv2dWeights, [operands['x'], operands['y']], { ...spacing, size: shape.slice(-2) });
}

/**
 * Returns y[o, i, j] = Σ w[o, c, k, l] · x[c, i · stride − padding + k · dilation, …] within each group of channels; x
 * is zero outside its range. x `[…, C, H, W, B]`, w `[…, O, C / groups, K, L]` → `[…, O, I, J, B]`; leading axes
 * broadcast.
 * @throws InputError `shape-mismatch`
 */
export function conv2d(x: Node, w: Node, spacing: Spacing = {}): Node {
  const attributes = spacingAttributes('conv2d', spacing);
  const convolved = apply(convolutionRows.conv2d, [x, w], attributes);
  return isProduct(w.shape, attributes) ? product(x, w, convolved.shape) : convolved;
}

/** True if the convolution has one tap and visits every position: a matrix product over channels. */
function isProduct(weights: Shape, attributes: Attributes): boolean {
  const ones = [...weights.slice(-2), ...pairOf(attributes, 'stride'), attributes['groups']];
  return ones.every((value) => value === 1) && pairOf(attributes, 'padding').every((rows) => rows === 0);
}

/** Computes a convolution of one tap as one product over channels for all positions. */
function product(x: Node, w: Node, shape: Shape): Node {
  const positions = sizeOf(shape.slice(-3));
  const columns = reshape(x, [...x.shape.slice(0, -3), positions]);
  return reshape(matmul(reshape(w, w.shape.slice(0, -2)), columns), shape);
}

export interface TransposeSpacing extends Spacing {
  /**
   * Rows and columns to add to the smallest x from which `conv2d` makes y. Each is below the stride. Default [0, 0].
   */
  readonly outputPadding?: readonly [number, number];
}

/**
 * Returns the transpose of `conv2d`, which spreads y over x: y `[…, O, I, J, B]`, w `[…, O, C / groups, K, L]` →
 * `[…, C, H, W, B]`, H = (I − 1) · stride − 2 · padding + dilation · (K − 1) + outputPadding + 1.
 * @throws InputError `shape-mismatch`
 */
export function conv2dTranspose(y: Node, w: Node, { outputPadding = [0, 0], ...spacing }: TransposeSpacing = {}): Node {
  const attributes = spacingAttributes('conv2dTranspose', spacing);
  const [stride, padding, dilation] = ['stride', 'padding', 'dilation'].map((name) => pairOf(attributes, name));
  const size = [0, 1].map((axis) => {
    const [rows, taps] = [y.shape.at(axis - 3) ?? 1, w.shape.at(axis - 2) ?? 1];
    return (rows - 1) * stride[axis] - 2 * padding[axis] + dilation[axis] * (taps - 1) + outputPadding[axis] + 1;
  });
  return apply(convolutionRows.conv2dTranspose, [y, w], { ...attributes, size });
}

/**
 * Convolves along one dimension, as `conv2d` of one row: x `[…, C, T, B]`, w `[…, O, C / groups, K]` → `[…, O, I, B]`.
 */
export function conv1d(
  x: Node,
  w: Node,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Partial<Record<keyof Spacing, number>> = {},
): Node {
  const [columns, taps] = [x.shape.slice(-2), w.shape.slice(-1)];
  const row = conv2d(
    reshape(x, [...x.shape.slice(0, -2), 1, ...columns]),
    reshape(w, [...w.shape.slice(0, -1), 1, ...taps]),
    { stride: [1, stride], padding: [0, padding], dilation: [1, dilation], groups },
  );
  return reshape(row, [...row.shape.slice(0, -3), ...row.shape.slice(-2)]);
}
