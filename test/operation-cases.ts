// The table of operations that tests walk through: each operation on shapes with ones, primes and powers of two.
// Used for gradients against finite differences and for the native kernels against the float64 reference.

import * as graph from '../src/graph/index.js';
import type { Node } from '../src/graph/index.js';
import { apply } from '../src/graph/node.js';
import type { Attributes } from '../src/graph/operation.js';
import { evaluate } from '../src/graph/reference.js';
import { sizeOf } from '../src/graph/shapes.js';
import { generator, single, uniforms } from './numbers.js';

export interface OperationCase {
  readonly op: string;
  readonly title: string;
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Node[]) => Node;
  /** Range the inputs are drawn from; default [−2, 2]. */
  readonly range?: readonly [number, number];
  /** False where the operation has no derivative. */
  readonly differentiable?: boolean;
  /** False where second derivatives do not exist. */
  readonly twice?: boolean;
  /** True if the result is not finite where the reference's is not, whatever the inputs. */
  readonly passesNotFinite?: true;
  /** How far single precision may be off, relative to the largest element; default 1e-5. */
  readonly singleTolerance?: number;
}

const LIMITS = { logScaleMin: -1.5, logScaleMax: 1.5 };
const SIZES: readonly (readonly number[])[] = [[1], [1, 1, 7], [3, 5, 16], [2, 64], [13, 1]];

const unary: Record<string, Omit<OperationCase, 'op' | 'title' | 'shapes'>> = {
  neg: { build: graph.neg },
  abs: { build: graph.abs },
  sign: { build: graph.sign, differentiable: false },
  exp: { build: graph.exp },
  log: { build: graph.log, range: [0.2, 3] },
  log1p: { build: graph.log1p, range: [-0.7, 3] },
  tanh: { build: graph.tanh },
  sigmoid: { build: graph.sigmoid },
  sqrt: { build: graph.sqrt, range: [0.2, 3] },
  square: { build: graph.square },
  reciprocal: { build: graph.reciprocal, range: [0.3, 3] },
  erf: { build: graph.erf },
  normalCdf: { build: graph.normalCdf },
  normalQuantile: { build: graph.normalQuantile, range: [0.02, 0.98] },
  softplus: { build: graph.softplus },
  leakyRelu: { build: (x) => graph.leakyRelu(x, 0.2) },
  leakyStep: { build: (x) => graph.leakyStep(x, 0.2), differentiable: false },
  step: { build: graph.step, differentiable: false },
  clamp: { build: (x) => graph.clamp(x, -1, 0.5) },
  inside: { build: (x) => graph.inside(x, -1, 0.5), differentiable: false },
  floor: { build: graph.floor, differentiable: false },
  stopGradient: { build: graph.stopGradient, differentiable: false },
};

const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[1], [1]],
  [
    [2, 3, 8],
    [2, 3, 8],
  ],
  [
    [2, 5, 7],
    [5, 1],
  ],
  [
    [1, 4, 1],
    [3, 1, 16],
  ],
  [[], [3, 2]],
];

const binary: Record<string, Omit<OperationCase, 'op' | 'title' | 'shapes'>> = {
  add: { build: graph.add },
  sub: { build: graph.sub },
  mul: { build: graph.mul },
  div: { build: graph.div, range: [0.4, 2] },
  maximum: { build: graph.maximum },
  minimum: { build: graph.minimum },
  greater: { build: graph.greater, differentiable: false },
};

const row = (
  op: string,
  shapes: readonly (readonly number[])[],
  build: OperationCase['build'],
  rest: Partial<OperationCase> = {},
): OperationCase => ({ op, title: shapes.map((shape) => `[${shape.join(', ')}]`).join(' '), shapes, build, ...rest });

/** [..., 1 + 3K, B] or [..., 3K, B] beside z [..., B]. */
const withRows = (z: readonly number[], rows: number): number[] => [...z.slice(0, -1), rows, z[z.length - 1]];

/**
 * Derivatives of the sensitivity are differences of terms up to (1/σ)² times larger than their result, and ε, which
 * they are made of, is itself off by 1e-7.
 */
const STEEP = { singleTolerance: 2e-4 };

const mixtures: OperationCase[] = [
  { z: [1], count: 1 },
  { z: [2, 3, 17], count: 5 },
  { z: [3, 64], count: 2 },
].flatMap(({ z, count }) => [
  row('mixtureLogDensity', [z, withRows(z, 3 * count)], (x, theta) => graph.mixtureLogDensity(x, theta, LIMITS), {
    twice: false,
  }),
  row(
    'mixtureLogDensityGrad',
    [z, withRows(z, 3 * count), z],
    (x, theta, up) => graph.mixtureLogDensityGrad(x, theta, up, LIMITS),
    { differentiable: false },
  ),
  row('mixtureEpsilon', [z, withRows(z, 3 * count)], (x, theta) => graph.mixtureEpsilon(x, theta, LIMITS), STEEP),
  row('mixtureSensitivity', [z, withRows(z, 3 * count)], (x, theta) => graph.mixtureSensitivity(x, theta, LIMITS), {
    twice: false,
    ...STEEP,
  }),
  row(
    'mixtureSensitivityGrad',
    [z, withRows(z, 3 * count), withRows(z, 1 + 3 * count)],
    (x, theta, up) => graph.mixtureSensitivityGrad(x, theta, up, LIMITS),
    { differentiable: false, ...STEEP },
  ),
]);

/**
 * Latents, parents, rows of the sensitivity and of θ, width, subjects: one of each, remainders of 32 subjects and of 8
 * warps, several rounds of both.
 */
const jacobians: OperationCase[] = [
  { runs: 1, latents: 1, parents: 1, rows: 1, size: 1, hidden: 1, batch: 1 },
  { runs: 2, latents: 3, parents: 3, rows: 3, size: 2, hidden: 5, batch: 7 },
  { runs: 1, latents: 2, parents: 17, rows: 9, size: 9, hidden: 16, batch: 131 },
  { runs: 3, latents: 4, parents: 4, rows: 16, size: 15, hidden: 16, batch: 64 },
  { runs: 1, latents: 1, parents: 37, rows: 13, size: 3, hidden: 23, batch: 33 },
].flatMap(({ runs, latents, parents, rows, size, hidden, batch }) => {
  const of = (...matrix: readonly number[]): number[] => [runs, latents, ...matrix];
  const layers = [of(rows, batch), of(hidden, batch), of(hidden, batch)];
  const shapes = [...layers, of(hidden, parents), of(hidden, hidden), of(size, hidden)];
  /**
   * Derivatives J of either sign by subject and parent, none near 0, where |J| has its kink; units on both sides of
   * theirs.
   */
  const spread = ([s, a, b, v, w, x]: readonly Node[]) => {
    const [steep, signs] = [batch, parents].map((count) =>
      Array.from({ length: count }, (_, i) => Number(i % 3 === 1)),
    );
    const first = graph.add(a, graph.constant(steep, [batch]));
    const weight = graph.mul(v, graph.sub(1, graph.mul(graph.constant(signs, [parents]), 2)));
    return [s, first, graph.sub(b, 0.5), [weight, w, x]] as const;
  };
  const range = [0.1, 0.9] as const;
  return [
    row('meanAbsJacobian', shapes, (...own) => graph.meanAbsJacobian(...spread(own), 0.2), {
      range,
      twice: false,
      passesNotFinite: true,
    }),
    row(
      'meanAbsJacobianGrad',
      [...shapes, of(parents)],
      (...own) => graph.meanAbsJacobianGrad(...spread(own), own[6], 0.2),
      { range, differentiable: false },
    ),
  ];
});

/** Adds some 2√d to the diagonal of [..., d, d, B], so that differences find no singular matrix nearby. */
function regular(matrix: Node): Node {
  const d = matrix.shape[matrix.shape.length - 2];
  const diagonal = Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? Math.ceil(2 * Math.sqrt(d)) : 0));
  return graph.add(matrix, graph.constant(diagonal, [d, d, 1]));
}

const determinants: OperationCase[] = [
  [1, 1, 1],
  [3, 2, 2, 17],
  [2, 3, 3, 16],
  [5, 2, 3, 3, 1],
  [4, 4, 37],
  [19, 7, 7, 1],
  [2, 16, 16, 3],
  [64, 64, 2],
].flatMap((shape) => {
  const single = [...shape.slice(0, -3), ...shape.slice(-1)];
  return [
    row('logAbsDet', [shape], (a) => graph.logAbsDet(regular(a)), { twice: false }),
    row('logAbsDetGrad', [shape, single], (a, up) => logAbsDetGrad(regular(a), up), { differentiable: false }),
    row('detSign', [shape], graph.detSign, { differentiable: false }),
  ];
});

/** The gradient operation by itself. */
function conv2dWeights(x: Node, y: Node, attributes: Attributes): Node {
  return apply(graph.rows.conv2dWeights, [x, y], attributes);
}

function logAbsDetGrad(matrix: Node, upstream: Node): Node {
  const [slope] = graph.grad(graph.mul(graph.logAbsDet(matrix), graph.stopGradient(upstream)), [matrix]);
  return slope;
}

const products: OperationCase[] = [
  row(
    'matmul',
    [
      [1, 1],
      [1, 1],
    ],
    (a, b) => graph.matmul(a, b),
  ),
  row(
    'matmul',
    [
      [3, 7, 5],
      [3, 5, 16],
    ],
    (a, b) => graph.matmul(a, b),
  ),
  row(
    'matmul',
    [
      [3, 5, 7],
      [3, 5, 16],
    ],
    (a, b) => graph.matmul(a, b, { transA: true }),
  ),
  row(
    'matmul',
    [
      [2, 7, 5],
      [2, 16, 5],
    ],
    (a, b) => graph.matmul(a, b, { transB: true }),
  ),
  row(
    'matmul',
    [
      [2, 5, 7],
      [2, 16, 5],
    ],
    (a, b) => graph.matmul(a, b, { transA: true, transB: true }),
  ),
  row(
    'matmul',
    [
      [1, 4, 3],
      [5, 3, 8],
    ],
    (a, b) => graph.matmul(a, b),
  ),
  row(
    'matmul',
    [
      [2, 1, 6, 3],
      [3, 3, 8],
    ],
    (a, b) => graph.matmul(a, b),
  ),
  row(
    'matmul',
    [
      [2, 4, 1],
      [2, 1, 32],
    ],
    (a, b) => graph.matmul(a, b),
  ),
  row(
    'matmul',
    [
      [64, 16],
      [16, 128],
    ],
    (a, b) => graph.matmul(a, b),
  ),
  row(
    'matmul',
    [
      [2, 67, 131],
      [2, 131, 37],
    ],
    (a, b) => graph.matmul(a, b),
  ),
];

const reductions: OperationCase[] = [
  row('sum', [[2, 3, 16]], (x) => graph.sum(x, [2])),
  row('sum', [[2, 3, 16]], (x) => graph.sum(x, [0, 2], { keep: true })),
  row('sum', [[4, 7, 5]], (x) => graph.sum(x, [1])),
  row('sum', [[3, 37, 1]], (x) => graph.sum(x, [-1, -2])),
  row('sum', [[5]], (x) => graph.sum(x, [0])),
  row('sum', [[2, 3, 1000]], (x) => graph.mean(x, [1, 2])),
  row('sum', [[3, 2053]], (x) => graph.mean(x, [1])),
  row('max', [[2, 3, 16]], (x) => graph.max(x, [2])),
  row('max', [[2, 7, 4]], (x) => graph.max(x, [1], { keep: true })),
  row('max', [[2, 1]], (x) => graph.max(x, [1])),
];

const softmaxes: OperationCase[] = [
  row('softmax', [[2, 3, 16]], (x) => graph.softmax(x, 1), { passesNotFinite: true }),
  row('softmax', [[3, 5, 2, 131]], (x) => graph.softmax(x, 1), { passesNotFinite: true }),
  row('softmax', [[37, 7]], (x) => graph.softmax(x, -1), { passesNotFinite: true }),
  row('softmax', [[67, 259]], (x) => graph.softmax(x, 0), { passesNotFinite: true }),
  row('softmax', [[2, 1, 4]], (x) => graph.softmax(x, 1), { passesNotFinite: true }),
];

const convolution = (
  op: 'conv2d' | 'conv2dTranspose',
  shapes: readonly (readonly number[])[],
  spacing: graph.TransposeSpacing = {},
  rest: Partial<OperationCase> = {},
): OperationCase => row(op, shapes, (a, b) => graph[op](a, b, spacing), { singleTolerance: 2e-5, ...rest });

const convolutions: OperationCase[] = [
  convolution('conv2d', [
    [2, 3, 5, 4, 16],
    [2, 7, 3, 3, 3],
  ]),
  // Tiles of channels and of the batch that are not whole, one picture for all runs, an edge that no tap reaches.
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
  // Channels enough that rows are copied together, columns more than are copied at once; more elements in a row than a
  // thread block has threads. Second derivatives would meet the same kernels at the same sizes.
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
  row(
    'conv2dWeights',
    [
      [2, 5, 6, 7, 21],
      [2, 9, 3, 4, 21],
    ],
    (x, y) => conv2dWeights(x, y, { stride: [2, 2], padding: [1, 1], dilation: [1, 1], groups: 1, size: [4, 3] }),
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

/** Values far from equal ones, so that a small step changes no place of a largest one. */
const spread = (x: Node): Node => graph.mul(x, 3);

const poolings: OperationCase[] = [
  row('maxPool2d', [[2, 3, 6, 4, 16]], (x) => graph.maxPool2d(spread(x), { size: [2, 2] }), { twice: false }),
  row(
    'maxPool2d',
    [[2, 2, 7, 9, 5]],
    (x) => graph.maxPool2d(spread(x), { size: [3, 3], stride: [2, 2], padding: [1, 1] }),
    { twice: false },
  ),
  row(
    'maxPool2d',
    [[1, 1, 5, 1, 131]],
    (x) => graph.maxPool2d(spread(x), { size: [4, 2], stride: [1, 3], padding: [2, 1] }),
    { twice: false, passesNotFinite: true },
  ),
  row(
    'maxPool2dGrad',
    [
      [2, 2, 7, 9, 5],
      [2, 2, 3, 4, 5],
    ],
    (x, up) => apply(graph.rows.maxPool2dGrad, [x, up], { size: [3, 3], stride: [2, 2], padding: [0, 0] }),
    { differentiable: false },
  ),
  row('conv2d', [[2, 3, 5, 7, 9]], (x) => graph.averagePool2d(x, { size: [3, 2], stride: [1, 2], padding: [1, 0] })),
  row('reshape', [[2, 3, 2, 3, 5]], (x) => graph.square(graph.upsample2d(x, [2, 3]))),
];

/** Of values from −2 to 2: from −4 to 3 rows or columns, some mirrored. */
const movesOf = (x: Node): Node => graph.floor(graph.mul(2, graph.stopGradient(x)));

const moves: OperationCase[] = [
  row(
    'moveImages',
    [
      [2, 3, 4, 5, 16],
      [2, 3, 16],
    ],
    (x, by) => graph.moveImages(x, movesOf(by), { edge: 'wrap' }),
  ),
  row(
    'moveImages',
    [
      [2, 3, 7, 4, 37],
      [1, 3, 37],
    ],
    (x, by) => graph.moveImages(x, movesOf(by), { edge: 'zero' }),
  ),
  row(
    'moveImages',
    [
      [1, 1, 3, 1, 70],
      [2, 3, 70],
    ],
    (x, by) => graph.moveImages(x, movesOf(by), { edge: 'wrap' }),
  ),
  row(
    'moveImages',
    [
      [3, 33],
      [1, 2, 3, 33],
    ],
    (by, x) => graph.moveImages(x, by, { edge: 'zero' }),
    { passesNotFinite: true },
  ),
  row(
    'moveImages',
    [
      [2, 3, 11, 19],
      [2, 1, 19],
    ],
    (x, by) => graph.moveSeries(x, movesOf(by), { edge: 'zero' }),
  ),
];

const recurrences: OperationCase[] = [
  row(
    'lstm',
    [
      [2, 12, 5, 16],
      [2, 12, 3],
    ],
    (p, w) => graph.lstm(p, w),
    { twice: false },
  ),
  row(
    'lstm',
    [
      [1, 4, 1, 1],
      [1, 4, 1],
    ],
    (p, w) => graph.lstm(p, w),
    { twice: false },
  ),
  row(
    'lstm',
    [
      [2, 20, 7, 37],
      [2, 20, 5],
      [2, 1, 7, 37],
    ],
    (p, w, steps) => graph.lstm(p, w, { reverse: true, steps: graph.stopGradient(graph.step(graph.add(steps, 1))) }),
    { twice: false },
  ),
  row(
    'lstm',
    [
      [68, 4, 3],
      [68, 17],
      [1, 4, 3],
    ],
    (p, w, steps) => graph.lstm(p, w, { steps: graph.step(steps) }),
    { twice: false },
  ),
  row(
    'lstmGrad',
    [
      [2, 18, 4, 19],
      [2, 12, 3],
      [2, 3, 4, 19],
    ],
    (kept, w, up) => apply(graph.rows.lstmGrad, [graph.tanh(kept), w, up], { reverse: false }),
    { differentiable: false },
  ),
];

const gatedUnits: OperationCase[] = [
  row(
    'gru',
    [
      [2, 9, 5, 16],
      [2, 9, 4],
    ],
    (p, w) => graph.gru(p, w),
    { twice: false },
  ),
  row(
    'gru',
    [
      [3, 1, 1],
      [3, 2],
    ],
    (p, w) => graph.gru(p, w),
    { twice: false },
  ),
  row(
    'gru',
    [
      [2, 15, 7, 37],
      [2, 15, 6],
      [2, 1, 7, 37],
    ],
    (p, w, steps) => graph.gru(p, w, { reverse: true, steps: graph.stopGradient(graph.step(graph.add(steps, 1))) }),
    { twice: false },
  ),
  row(
    'gruGrad',
    [
      [2, 15, 4, 70],
      [2, 9, 4],
      [2, 3, 4, 70],
    ],
    (kept, w, up) => apply(graph.rows.gruGrad, [graph.tanh(kept), w, up], { reverse: false }),
    { differentiable: false },
  ),
];

/** Of weights [of h, of x, bias] of 3 units. */
const layerOf = (x: Node, w: Node, reverse = false, steps?: Node): Node => {
  const depth = w.shape.length - 1;
  const [states, inputs, bias] = [
    [0, 3],
    [3, w.shape[depth] - 1],
    [w.shape[depth] - 1, w.shape[depth]],
  ].map(([from, to]) => graph.slice(w, depth, from, to));
  return graph.lstmLayer(x, { states, inputs, bias }, { reverse, ...(steps && { steps }) });
};

const layers: OperationCase[] = [
  row(
    'lstmLayer',
    [
      [2, 2, 5, 16],
      [2, 12, 6],
    ],
    (x, w) => layerOf(x, w),
    { twice: false },
  ),
  row(
    'lstmLayer',
    [
      [1, 4, 70],
      [12, 5],
    ],
    (x, w) => layerOf(x, w),
    { twice: false },
  ),
  row(
    'lstmLayer',
    [
      [2, 15, 6, 37],
      [2, 12, 19],
      [2, 1, 6, 37],
    ],
    (x, w, steps) => layerOf(x, w, true, graph.stopGradient(graph.step(graph.add(steps, 1)))),
    { twice: false },
  ),
  row(
    'lstmLayerGrad',
    [
      [2, 2, 4, 19],
      [2, 12, 6],
      [2, 3, 4, 19],
    ],
    (x, w, up) => {
      const attributes = { reverse: false };
      const kept = graph.stopGradient(apply(graph.rows.lstmLayer, [x, w], attributes));
      return apply(graph.rows.lstmLayerGrad, [kept, x, w, up], attributes);
    },
    { differentiable: false },
  ),
];

const layouts: OperationCase[] = [
  row('reshape', [[2, 3, 4]], (x) => graph.square(graph.reshape(x, [6, 4]))),
  row('reshape', [[2, 12]], (x) => graph.square(graph.reshape(x, [2, 3, 4]))),
  row('broadcastTo', [[3, 1]], (x) => graph.square(graph.broadcastTo(x, [2, 3, 5]))),
  row('permute', [[2, 3, 5]], (x) => graph.square(graph.permute(x, [2, 0, 1]))),
  row('permute', [[2, 3, 5, 4]], (x) => graph.square(graph.permute(x, [0, 3, 1, 2]))),
  row('slice', [[2, 7, 4]], (x) => graph.square(graph.slice(x, 1, 2, 5))),
  row('slice', [[2, 7]], (x) => graph.square(graph.slice(x, -1, 0, 1))),
  row(
    'concat',
    [
      [2, 1, 4],
      [2, 3, 4],
      [2, 2, 4],
    ],
    (...xs) => graph.square(graph.concat(xs, 1)),
  ),
  row(
    'concat',
    [
      [3, 2],
      [3, 5],
    ],
    (a, b) => graph.concat([a, b, graph.tanh(a)], -1),
  ),
];

/** Cases over floating-point inputs. `gather` and the random operations have tests of their own. */
export const operationCases: readonly OperationCase[] = [
  ...Object.entries(unary).flatMap(([op, spec]) =>
    SIZES.map((shape) => ({ ...row(op, [shape], spec.build), ...spec })),
  ),
  ...Object.entries(binary).flatMap(([op, spec]) => PAIRS.map((pair) => ({ ...row(op, pair, spec.build), ...spec }))),
  row('select', [[2, 5], [2, 1], [5]], (c, a, b) => graph.select(graph.greater(c, 0), a, b)),
  ...products,
  ...reductions,
  ...softmaxes,
  ...convolutions,
  ...poolings,
  ...moves,
  ...recurrences,
  ...layers,
  ...gatedUnits,
  ...layouts,
  ...mixtures,
  ...determinants,
  ...jacobians,
];

/** Single precision leaves about 1e-7 per operation; sums and steep functions lose a little more. */
export function singleTolerance({ singleTolerance: own = 1e-5 }: OperationCase): number {
  return own;
}

/** A row as the outputs of one entry, with values for its parameters that single precision holds exactly. */
export function operationEntry(row: OperationCase): {
  outputs: Record<string, Node>;
  parameters: Record<string, Float64Array>;
} {
  const next = generator(`${row.op} ${row.title}`.length * 271);
  const nodes = row.shapes.map((shape, i) => graph.parameter(`p${i}`, shape));
  const parameters = Object.fromEntries(
    row.shapes.map((shape, i) => [`p${i}`, single(uniforms(sizeOf(shape), next, row.range ?? [-2, 2]))]),
  );
  return { outputs: outputsOf(row, nodes), parameters };
}

/** Values, gradients and second derivatives of a case, as the outputs of one entry. */
function outputsOf(row: OperationCase, nodes: readonly Node[]): Record<string, Node> {
  const value = row.build(...nodes);
  const outputs: Record<string, Node> = { value };
  if (row.differentiable === false) return outputs;
  const slopes = graph.grad(graph.square(value), nodes);
  slopes.forEach((slope, i) => (outputs[`slope${i}`] = slope));
  if (row.twice === false) return outputs;
  const penalty = slopes.map((slope) => graph.sum(graph.square(slope), [...slope.shape.keys()]));
  graph
    .grad(
      penalty.reduce((a, b) => graph.add(a, b)),
      nodes,
    )
    .forEach((slope, i) => (outputs[`second${i}`] = slope));
  return outputs;
}

/**
 * Factors that were rounded on the way to a result: two per product, of which slopes take a second and their slopes two
 * more.
 */
const ROUNDINGS = { value: 2, slope: 4, second: 8 };

/**
 * How far each element of each output of a matmul case may be off when products round their factors by at most `unit`,
 * relative.
 */
export function roundingTolerances(row: OperationCase, unit: number): Float32Array[] {
  const { outputs, parameters } = operationEntry(row);
  // All are sums of products with factors above 0, so that they are the sizes of their terms where the inputs are above
  // 0.
  const positive = Object.fromEntries(Object.entries(parameters).map(([name, own]) => [name, own.map(Math.abs)]));
  const sizes = evaluate(Object.values(outputs), { parameters: positive });
  return Object.keys(outputs).map((name, i) => {
    const roundings = ROUNDINGS[name.replace(/\d+$/, '') as keyof typeof ROUNDINGS];
    const relative = (1 + unit) ** roundings - 1 + singleTolerance(row);
    return Float32Array.from(sizes[i], (size) => relative * size);
  });
}
