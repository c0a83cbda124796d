// Convolutions of images and series, and their transposes.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import type { Attributes } from '../../src/graph/operation.js';
import { row, type OperationCase } from './case.js';

/** Builds the gradient operation itself. */
function conv2dWeights(x: Node, y: Node, attributes: Attributes): Node {
  return apply(graph.rows.conv2dWeights, [x, y], attributes);
}

const convolution = (
  op: 'conv2d' | 'conv2dTranspose',
  shapes: readonly (readonly number[])[],
  spacing: graph.TransposeSpacing = {},
  rest: Partial<OperationCase> = {},
): OperationCase => row(op, shapes, (a, b) => graph[op](a, b, spacing), { singleTolerance: 2e-5, ...rest });

type Layer = 'conv2d' | 'conv2dTranspose';
type Activation = (x: Node) => Node;

const leakyRelu: Activation = (x) => graph.leakyRelu(x, 0.2);

/** Shifts channels to both sides of the kink of an activation, none near it. */
function sides(bias: Node): Node {
  const channels = bias.shape.at(-4)!;
  const shifts = Array.from({ length: channels }, (_, i) => (i % 2 === 0 ? 40 : -40));
  return graph.add(bias, graph.constant(shifts, [channels, 1, 1, 1]));
}

/**
 * Builds two layers with biases and activations. Forward, a kernel computes a convolution with what follows it;
 * backward, one with the slope of the first activation and the gradient of its bias.
 * @param shapes of the input, and of weights and bias of each layer
 */
const layers = (
  ops: readonly [Layer, Layer],
  shapes: readonly (readonly number[])[],
  activations: readonly [Activation, Activation],
  spacings: readonly [graph.TransposeSpacing, graph.TransposeSpacing],
): OperationCase =>
  row(
    'convolutionLayers',
    shapes,
    (x, firstWeight, firstBias, secondWeight, secondBias) => {
      const linear = graph.add(graph[ops[0]](x, firstWeight, spacings[0]), sides(firstBias));
      const hidden = activations[0](linear);
      return activations[1](graph.add(graph[ops[1]](hidden, secondWeight, spacings[1]), secondBias));
    },
    { singleTolerance: 2e-5, twice: false, range: [-1, 1] },
  );

const halving = { stride: [2, 2], padding: [1, 1] } as const;

export const convolutions: OperationCase[] = [
  layers(
    ['conv2d', 'conv2d'],
    [
      [2, 3, 8, 7, 37],
      [2, 5, 3, 4, 4],
      [1, 5, 1, 1, 1],
      [2, 4, 5, 3, 3],
      [2, 4, 1, 1, 1],
    ],
    [leakyRelu, graph.tanh],
    [halving, { padding: [1, 1] }],
  ),
  layers(
    ['conv2d', 'conv2dTranspose'],
    [
      [1, 2, 4, 5, 9, 16],
      [3, 2, 6, 2, 3, 2],
      [3, 2, 6, 1, 1, 1],
      [3, 2, 6, 1, 4, 3],
      [3, 2, 3, 1, 1, 1],
    ],
    [leakyRelu, (x) => x],
    [
      { stride: [1, 2], padding: [1, 0], groups: 2 },
      { stride: [2, 1], padding: [0, 1], groups: 3, outputPadding: [1, 0] },
    ],
  ),
  layers(
    ['conv2dTranspose', 'conv2d'],
    [
      [2, 4, 3, 2, 5],
      [2, 4, 3, 4, 4],
      [2, 3, 1, 1, 1],
      [1, 2, 3, 4, 4],
      [1, 2, 1, 1, 1],
    ],
    [leakyRelu, (x) => x],
    [halving, halving],
  ),
  // Enough channels for rows to be copied together, and for several tiles of a GPU.
  layers(
    ['conv2d', 'conv2d'],
    [
      [1, 32, 6, 6, 20],
      [1, 34, 32, 4, 4],
      [1, 34, 1, 1, 1],
      [1, 33, 34, 3, 3],
      [1, 33, 1, 1, 1],
    ],
    [leakyRelu, (x) => x],
    [halving, { padding: [1, 1] }],
  ),
  convolution('conv2d', [
    [2, 3, 5, 4, 16],
    [2, 7, 3, 3, 3],
  ]),
  // Partial tiles of channels and of the batch, one image for all runs, an edge that no tap reaches.
  convolution(
    'conv2d',
    [
      [1, 5, 5, 6, 37],
      [2, 7, 5, 4, 4],
    ],
    { stride: [2, 2], padding: [1, 1] },
  ),
  convolution(
    'conv2d',
    [
      [2, 2, 6, 5, 7, 3],
      [2, 1, 9, 2, 2, 3],
    ],
    { stride: [1, 2], padding: [2, 0], dilation: [2, 3], groups: 3 },
  ),
  convolution(
    'conv2d',
    [
      [1, 1, 1, 1],
      [1, 1, 1, 1],
    ],
    { padding: [1, 2] },
  ),
  convolution('conv2d', [
    [2, 19, 1, 1, 40],
    [2, 5, 19, 1, 1],
  ]),
  convolution(
    'conv2dTranspose',
    [
      [2, 6, 4, 3, 17],
      [2, 6, 3, 4, 4],
    ],
    { stride: [2, 2], padding: [1, 1] },
  ),
  convolution(
    'conv2dTranspose',
    [
      [3, 4, 2, 5, 8],
      [1, 4, 5, 3, 2],
    ],
    { stride: [3, 2], padding: [0, 1], dilation: [1, 2], groups: 2, outputPadding: [2, 1] },
  ),
  // Enough channels for rows to be copied together, more columns than are copied together, and more elements in a row
  // than a thread block has threads. Second derivatives would use the same kernels at the same sizes.
  convolution(
    'conv2d',
    [
      [1, 32, 3, 18, 9],
      [1, 33, 32, 2, 3],
    ],
    { stride: [2, 1], padding: [1, 2], dilation: [1, 2] },
    { twice: false },
  ),
  convolution(
    'conv2dTranspose',
    [
      [1, 33, 2, 9, 9],
      [1, 33, 32, 2, 3],
    ],
    { stride: [1, 2], padding: [0, 1] },
    { twice: false },
  ),
  // Enough positions for a thread of WebGPU to compute several channels.
  convolution(
    'conv2d',
    [
      [1, 6, 16, 16, 40],
      [1, 5, 6, 1, 3],
    ],
    {},
    { twice: false },
  ),
  row(
    'conv2dWeights',
    [
      [2, 5, 6, 7, 21],
      [2, 9, 3, 4, 21],
    ],
    (x, y) => conv2dWeights(x, y, { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1, size: [4, 3] }),
    { singleTolerance: 2e-5 },
  ),
  // Few weights, and subjects that do not fill the last vector.
  row(
    'conv2dWeights',
    [
      [2, 6, 5, 6, 37],
      [2, 10, 2, 3, 37],
    ],
    (x, y) => conv2dWeights(x, y, { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 2, size: [4, 4] }),
    { singleTolerance: 2e-5 },
  ),
  row(
    'conv2dWeights',
    [
      [2, 6, 3, 9, 5],
      [1, 4, 3, 4, 5],
    ],
    (x, y) => conv2dWeights(x, y, { stride: [1, 2], padding: [1, 0], dilation: [1, 2], groups: 2, size: [3, 2] }),
  ),
  row(
    'conv2d',
    [
      [2, 3, 11, 16],
      [2, 4, 3, 5],
    ],
    (x, w) => graph.conv1d(x, w, { stride: 2, padding: 2 }),
  ),
  // One tap: a product over channels.
  row(
    'matmul',
    [
      [1, 3, 4, 5, 7],
      [2, 6, 3, 1, 1],
    ],
    (x, w) => graph.conv2d(x, w),
  ),
];
