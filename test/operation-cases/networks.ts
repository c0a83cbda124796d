// Three layers one after the other, which CUDA has as one kernel, and their gradients as another (docs/engine.md,
// "network"); elsewhere products.

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
  /** Whether all groups read the same input, whose first layer is one product. */
  readonly shares?: true;
}

/** Input, then weights and biases. */
export function networkShapes({ runs, groups, widths, batch, shares }: NetworkShape): number[][] {
  const layers = [0, 1, 2].flatMap((i) => [
    [runs, groups, widths[i + 1], widths[i]],
    [runs, groups, widths[i + 1], 1],
  ]);
  return [shares ? [runs, widths[0], batch] : [runs, groups, widths[0], batch], ...layers];
}

/** @param first activation of the first layer; of the second a LeakyReLU */
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

/** One of each; remainders of 4 units and of 32 subjects; parts of the batch and of a shared input; the most weights. */
const shapes: readonly NetworkShape[] = [
  { runs: 1, groups: 1, widths: [1, 1, 1, 1], batch: 1 },
  { runs: 2, groups: 3, widths: [3, 5, 4, 2], batch: 7 },
  { runs: 1, groups: 2, widths: [30, 64, 64, 6], batch: 100 },
  { runs: 1, groups: 4, widths: [8, 16, 16, 15], batch: 65, shares: true },
  { runs: 1, groups: 1, widths: [17, 33, 7, 19], batch: 131 },
  { runs: 1, groups: 1, widths: [100, 64, 64, 6], batch: 33 },
];

export const networks: readonly OperationCase[] = shapes.map((own) => {
  /** Units on either side of their kink, none near it. */
  const sides = (bias: Node, far: number): Node => {
    const units = bias.shape[2];
    const all = Array.from({ length: units }, (_, i) => (i % 3 === 1 ? -far : far));
    return graph.add(bias, graph.constant(all, [units, 1]));
  };
  const build = (...[x, w0, b0, w1, b1, ...last]: Node[]): Node =>
    networkOf(own, [x, w0, sides(b0, 0.5), w1, sides(b1, 1), ...last], own.shares ? graph.tanh : leakyRelu);
  return row('network', networkShapes(own), build, { range: [-0.1, 0.1], twice: false, passesNotFinite: true });
});
