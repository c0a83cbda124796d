// Pooling of images: the maximum or the mean of every window, and repetition of values over windows.

import { conv2d } from './convolution.js';
import { outputSize, pairOf, spacingAttributes } from './convolution-geometry.js';
import { broadcastTo, reshape } from './layout.js';
import { constant } from './leaves.js';
import { apply, noFurtherDerivative } from './node.js';
import { opaque, type Attributes, type Node, type Operation } from './operation.js';
import { between, extent, kernel, list, reads, size, writes, type Written } from './kernel-record.js';
import { before } from './runs.js';
import { formatShape, sameShape, shapeError, sizeOf, type Shape } from './shapes.js';

export interface Window {
  /** Rows and columns, like all pairs below. */
  readonly size: readonly [number, number];
  /** Distance of neighbouring windows. Default: their size. */
  readonly stride?: readonly [number, number];
  /** Rows and columns before the first and after the last ones. At most half a window. Default [0, 0]. */
  readonly padding?: readonly [number, number];
}

const NAMES = ['size', 'stride', 'padding'] as const;

/** Runs are the axis in front of channels, rows, columns and the batch. */
const keepsRunsApart = before(4);

function pooledShape(op: string, shape: Shape, attributes: Attributes): Shape {
  const [size, stride, padding] = NAMES.map((name) => pairOf(attributes, name));
  const pooled = [0, 1].map((axis) => outputSize(shape.at(axis - 3) ?? 0, size[axis], stride[axis], padding[axis], 1));
  if (shape.length < 4 || pooled.some((rows) => rows < 1) || padding.some((edge, axis) => 2 * edge > size[axis])) {
    const windows = NAMES.map((name) => `${name} ${formatShape(pairOf(attributes, name))}`).join(', ');
    throw shapeError(op, `needs [..., C, H, W, B] and windows that fit into it, got ${formatShape(shape)}, ${windows}`);
  }
  return [...shape.slice(0, -3), ...pooled, ...shape.slice(-1)];
}

/** Visits every window with the offset of its result and the offsets of its elements, row by row. */
function eachWindow(shape: Shape, attributes: Attributes, visit: (result: number, elements: number[]) => void): void {
  const [size, stride, padding] = NAMES.map((name) => pairOf(attributes, name));
  const [rows, columns, batch] = shape.slice(-3);
  const [pooledRows, pooledColumns] = pooledShape('maxPool2d', shape, attributes).slice(-3);
  const inside = (at: number, limit: number): boolean => at >= 0 && at < limit;
  let result = 0;
  for (let plane = 0; plane < sizeOf(shape) / (rows * columns * batch); plane++) {
    for (let i = 0; i < pooledRows; i++) {
      for (let j = 0; j < pooledColumns; j++) {
        const elements: number[] = [];
        for (let k = 0; k < size[0]; k++) {
          for (let l = 0; l < size[1]; l++) {
            const [row, column] = [i * stride[0] - padding[0] + k, j * stride[1] - padding[1] + l];
            if (!inside(row, rows) || !inside(column, columns)) continue;
            elements.push(((plane * rows + row) * columns + column) * batch);
          }
        }
        for (let b = 0; b < batch; b++) {
          visit(
            result++,
            elements.map((at) => at + b),
          );
        }
      }
    }
  }
}

/** Returns the offset of the first maximum. A NaN counts as the maximum. */
function argMax(values: Float64Array, elements: readonly number[]): number {
  return elements.reduce((best, at) => (values[at] > values[best] || Number.isNaN(values[at]) ? at : best));
}

const pair = list('2', extent);
const numbers = {
  family: 'pooling',
  extended: true,
  floats: {},
  ints: {
    channels: size,
    input: pair,
    output: pair,
    size: pair,
    stride: pair,
    padding: list('2', between(0, 2 ** 31 - 1)),
    batch: size,
  },
} as const;
const whole = ['channels', 'input[0]', 'input[1]', 'batch'];
const ofWindows = ['channels', 'output[0]', 'output[1]', 'batch'];

/** Among equal elements of a window the first one counts, row by row. A NaN is larger than every number. */
export const maxPool2dKernel = kernel({
  ...numbers,
  name: 'maxPool2d',
  result: 'PoolingResult::kMax',
  operands: { out: writes(...ofWindows), x: reads(...whole) },
});

/** Gives the upstream of a window to its largest element, in the order of windows. */
const maxPool2dGradKernel = kernel({
  ...numbers,
  name: 'maxPool2dGrad',
  result: 'PoolingResult::kGradient',
  operands: { out: writes(...whole), x: reads(...whole), upstream: reads(...ofWindows) },
});

function record(shape: Shape, attributes: Attributes): Written<typeof numbers> {
  const [channels, batch] = [sizeOf(shape.slice(0, -3)), shape[shape.length - 1]];
  const [input, output] = [shape, pooledShape('maxPool2d', shape, attributes)].map((one) => one.slice(-3, -1));
  const [size, stride, padding] = NAMES.map((name) => pairOf(attributes, name));
  return { channels, input, output, size, stride, padding, batch };
}

const maxPool2dGrad: Operation = {
  name: 'maxPool2dGrad',
  shape([x, upstream], attributes) {
    const expected = pooledShape('maxPool2dGrad', x.shape, attributes);
    if (sameShape(expected, upstream.shape)) return x.shape;
    const shapes = `${formatShape(expected)}, got ${formatShape(upstream.shape)}`;
    throw shapeError('maxPool2dGrad', `upstream must be ${shapes}`);
  },
  derivative: noFurtherDerivative,
  reference(node, [x, upstream]) {
    const slopes = new Float64Array(x.values.length);
    eachWindow(x.shape, node.attributes, (result, elements) => {
      slopes[argMax(x.values, elements)] += upstream.values[result];
    });
    return slopes;
  },
  keepsRunsApart,
  lowering: opaque(maxPool2dGradKernel, ({ inputs: [x], attributes }) => record(x.shape, attributes)),
};

export const poolingRows = {
  maxPool2d: {
    name: 'maxPool2d',
    shape: ([x], attributes) => pooledShape('maxPool2d', x.shape, attributes),
    derivative: (node, upstream) => [apply(maxPool2dGrad, [node.inputs[0], upstream], node.attributes)],
    reference(node, [x]) {
      const values = new Float64Array(sizeOf(node.shape));
      eachWindow(x.shape, node.attributes, (result, elements) => {
        values[result] = x.values[argMax(x.values, elements)];
      });
      return values;
    },
    keepsRunsApart,
    lowering: opaque(maxPool2dKernel, ({ inputs: [x], attributes }) => record(x.shape, attributes)),
  },
  maxPool2dGrad,
} satisfies Record<string, Operation>;

function windowAttributes(op: string, { size, stride = size, padding = [0, 0] }: Window): Attributes {
  // The rule for strides applies to the size of a window, too: whole numbers of at least 1.
  spacingAttributes(op, { stride: size });
  const { stride: checked, padding: edges } = spacingAttributes(op, { stride, padding });
  return { size, stride: checked, padding: edges };
}

/**
 * Returns the maximum of every window, x `[…, C, H, W, B]` → `[…, C, I, J, B]`. Padding is ignored. The slope goes to
 * the first of equal values; not differentiable twice.
 * @throws InputError `shape-mismatch`
 */
export function maxPool2d(x: Node, window: Window): Node {
  return apply(poolingRows.maxPool2d, [x], windowAttributes('maxPool2d', window));
}

/**
 * Returns the mean of every window, with padding counted as zeros: a convolution of each channel. Otherwise like
 * `maxPool2d`.
 */
export function averagePool2d(x: Node, window: Window): Node {
  const { size, stride, padding } = windowAttributes('averagePool2d', window);
  const [rows, columns] = pairOf({ size }, 'size');
  const leading = x.shape.slice(0, -3);
  const weights = constant(new Array<number>(rows * columns).fill(1 / (rows * columns)), [
    ...leading.map(() => 1),
    1,
    1,
    rows,
    columns,
  ]);
  const pooled = conv2d(reshape(x, [...leading, 1, ...x.shape.slice(-3)]), weights, {
    stride: pairOf({ stride }, 'stride'),
    padding: pairOf({ padding }, 'padding'),
  });
  return reshape(pooled, [...leading, ...pooled.shape.slice(-3)]);
}

/** Repeats every value over a window of `rows` × `columns`: x `[…, H, W, B]` → `[…, H · rows, W · columns, B]`. */
export function upsample2d(x: Node, [rows, columns]: readonly [number, number]): Node {
  const leading = x.shape.slice(0, -3);
  const [height, width, batch] = x.shape.slice(-3);
  const separated = reshape(x, [...leading, height, 1, width, 1, batch]);
  const spread = broadcastTo(separated, [...leading, height, rows, width, columns, batch]);
  return reshape(spread, [...leading, height * rows, width * columns, batch]);
}
