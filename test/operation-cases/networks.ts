// Three consecutive layers, which CUDA computes with one kernel, and their gradients, with another
// (docs/explanation/kernels.md, "network"). Other backends compute products.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

type Activation = (x: Node) => Node;

const leakyRelu: Activation = (x) => graph.leakyRelu(x, 0.2);

export interface NetworkShape {
  readonly runs: number;
  readonly groups: number;
  /** Inputs, hidden widths, outputs. */
  readonly widths: readonly [number, number, number, number];
  readonly batch: number;
  /** True if all groups read the same input. The first layer is then one product. */
  readonly shares?: true;
}

/** Returns the shapes of the input, the weights and the biases. */
export function networkShapes({ runs, groups, widths, batch, shares }: NetworkShape): number[][] {
  const layers = [0, 1, 2].flatMap((i) => [
    [runs, groups, widths[i + 1], widths[i]],
    [runs, groups, widths[i + 1], 1],
  ]);
  return [shares ? [runs, widths[0], batch] : [runs, groups, widths[0], batch], ...layers];
}

/**
 * Builds a network.
 * @param first activation of the first layer
 * @param second activation of the second layer
 */
export function networkOf(
  { runs, groups, widths, batch, shares }: NetworkShape,
  [x, ...layers]: readonly Node[],
  first: Activation = leakyRelu,
  second: Activation = leakyRelu,
): Node {
  const layer = (input: Node, i: number): Node => graph.add(graph.matmul(layers[2 * i], input), layers[2 * i + 1]);
  const flat = (node: Node): Node => graph.reshape(node, [runs, groups * widths[1], node.shape[3]]);
  const linear = shares
    ? graph.reshape(graph.add(graph.matmul(flat(layers[0]), x), flat(layers[1])), [runs, groups, widths[1], batch])
    : layer(x, 0);
  return layer(second(layer(first(linear), 1)), 2);
}

/** Shifts units to both sides of their kink, none near it. With `sign` 1, all shifts are positive. */
function sides(bias: Node, far: number, sign: number): Node {
  const units = bias.shape[2];
  const all = Array.from({ length: units }, (_, i) => (i % 3 === 1 ? sign * far : far));
  return graph.add(bias, graph.constant(all, [units, 1]));
}

const spread = ([x, w0, b0, w1, b1, ...last]: readonly Node[], sign = -1): Node[] => [
  ...[x, w0, sides(b0, 0.5, sign), w1, sides(b1, 1, sign), ...last],
];

/**
 * The network of magnitudes: all activations are 0 at 0 and have slopes of at most 1, so without them every value is at
 * least as large.
 */
const sizesOf = (shape: NetworkShape, nodes: readonly Node[]): Node =>
  networkOf(
    shape,
    spread(nodes, 1),
    (x) => x,
    (x) => x,
  );

/**
 * A value has three products of two rounded factors. A slope by weights has the value (6), the products back (2 each,
 * at most 4), and the product with a layer, which has at most 4 roundings; in each case 12 in all. The slope of a tanh
 * is 1 − h². It adds 2 |h δh|, at most 4 roundings of |u|² for an activation of u, which is below 0.7 in these cases.
 */
const roundings = { value: 6, slope: 14 } as const;

/**
 * One of each; remainders of 4 units and of 32 subjects; parts of the batch and of a shared input; the maximum of
 * weights.
 */
const shapes: readonly NetworkShape[] = [
  { runs: 1, groups: 1, widths: [1, 1, 1, 1], batch: 1 },
  { runs: 2, groups: 3, widths: [3, 5, 4, 2], batch: 7 },
  { runs: 1, groups: 2, widths: [30, 64, 64, 6], batch: 100 },
  { runs: 1, groups: 4, widths: [8, 16, 16, 15], batch: 65, shares: true },
  { runs: 1, groups: 1, widths: [17, 33, 7, 19], batch: 131 },
  { runs: 1, groups: 1, widths: [100, 64, 64, 6], batch: 33 },
  // Steps of 64 subjects on CUDA, because there are many.
  { runs: 1, groups: 8, widths: [4, 24, 40, 6], batch: 1021 },
  { runs: 2, groups: 4, widths: [3, 64, 64, 7], batch: 1022 },
  { runs: 1, groups: 8, widths: [3, 88, 80, 9], batch: 1021 },
];
const options = { range: [-0.1, 0.1], twice: false, passesNotFinite: true } as const;

export const networks: readonly OperationCase[] = shapes.map((shape) =>
  row(
    'network',
    networkShapes(shape),
    (...nodes) => networkOf(shape, spread(nodes), shape.shares ? graph.tanh : leakyRelu),
    { ...options, rounded: { sizes: (...nodes) => sizesOf(shape, nodes), roundings } },
  ),
);

const CONDITIONER: NetworkShape = { runs: 1, groups: 5, widths: [5, 9, 7, 12], batch: 67, shares: true };
const DECODER: NetworkShape = { runs: 1, groups: 3, widths: [3, 9, 8, 5], batch: 41 };
const TARGET = Array.from({ length: 3 * 5 * 41 }, (_, i) => Math.fround(Math.sin(i)));

/**
 * Networks with what follows their outputs: the log density of the input under a mixture, and the difference from a
 * target.
 */
export const endings: readonly OperationCase[] = [
  row(
    'network',
    networkShapes(CONDITIONER),
    (...nodes) => {
      const theta = networkOf(CONDITIONER, spread(nodes), graph.tanh);
      return graph.mixtureLogDensity(nodes[0], theta, { logScaleMin: -1.5, logScaleMax: 1.5 });
    },
    options,
  ),
  row(
    'network',
    networkShapes(DECODER),
    (...nodes) => graph.sub(graph.constant(TARGET, [1, 3, 5, 41]), networkOf(DECODER, spread(nodes))),
    {
      ...options,
      rounded: {
        sizes: (...nodes) => graph.add(graph.constant(TARGET.map(Math.abs), [1, 3, 5, 41]), sizesOf(DECODER, nodes)),
        roundings,
      },
    },
  ),
];
