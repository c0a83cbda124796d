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
 * @param first activation of the first layer; the second layer has a LeakyReLU
 */
export function networkOf(
  { runs, groups, widths, batch, shares }: NetworkShape,
  [x, ...layers]: readonly Node[],
  first: Activation = leakyRelu,
): Node {
  const layer = (input: Node, i: number): Node => graph.add(graph.matmul(layers[2 * i], input), layers[2 * i + 1]);
  const flat = (node: Node): Node => graph.reshape(node, [runs, groups * widths[1], node.shape[3]]);
  const linear = shares
    ? graph.reshape(graph.add(graph.matmul(flat(layers[0]), x), flat(layers[1])), [runs, groups, widths[1], batch])
    : layer(x, 0);
  return layer(leakyRelu(layer(first(linear), 1)), 2);
}

/** Shifts units to both sides of their kink, none near it. */
function sides(bias: Node, far: number): Node {
  const units = bias.shape[2];
  const all = Array.from({ length: units }, (_, i) => (i % 3 === 1 ? -far : far));
  return graph.add(bias, graph.constant(all, [units, 1]));
}

const spread = ([x, w0, b0, w1, b1, ...last]: readonly Node[]): Node[] => [
  ...[x, w0, sides(b0, 0.5), w1, sides(b1, 1), ...last],
];

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
];
const options = { range: [-0.1, 0.1], twice: false, passesNotFinite: true } as const;

export const networks: readonly OperationCase[] = shapes.map((shape) =>
  row(
    'network',
    networkShapes(shape),
    (...nodes) => networkOf(shape, spread(nodes), shape.shares ? graph.tanh : leakyRelu),
    options,
  ),
);

const CONDITIONER: NetworkShape = { runs: 1, groups: 5, widths: [5, 9, 7, 12], batch: 67, shares: true };
const DECODER: NetworkShape = { runs: 1, groups: 3, widths: [3, 9, 8, 5], batch: 41 };

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
    (...nodes) => {
      const target = Array.from({ length: 3 * 5 * 41 }, (_, i) => Math.fround(Math.sin(i)));
      return graph.sub(graph.constant(target, [1, 3, 5, 41]), networkOf(DECODER, spread(nodes)));
    },
    options,
  ),
];
