// Element-wise operations of one tensor, and of two whose shapes may differ.

import * as graph from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import type { Operation } from '../../src/graph/operation.js';
import { row, type OperationCase } from './case.js';

const SIZES: readonly (readonly number[])[] = [[1], [1, 1, 7], [3, 5, 16], [2, 64], [13, 1]];

type Spec = Omit<OperationCase, 'op' | 'title' | 'shapes'>;

/** What differs from the case of a function that is defined and differentiable everywhere. */
const special: Record<string, Partial<Spec>> = {
  log: { range: [0.2, 3] },
  log1p: { range: [-0.7, 3] },
  sqrt: { range: [0.2, 3] },
  reciprocal: { range: [0.3, 3] },
  normalQuantile: { range: [0.02, 0.98] },
  leakyRelu: { build: (x) => graph.leakyRelu(x, 0.2) },
  leakyStep: { build: (x) => graph.leakyStep(x, 0.2), differentiable: false },
  clamp: { build: (x) => graph.clamp(x, -1, 0.5) },
  inside: { build: (x) => graph.inside(x, -1, 0.5), differentiable: false },
  sign: { differentiable: false },
  step: { differentiable: false },
  floor: { differentiable: false },
  stopGradient: { differentiable: false },
};

const unary = Object.entries<Operation>(graph.unaryRows).map(([op, operation]): [string, Spec] => [
  op,
  { build: (x) => apply(operation, [x]), ...special[op] },
]);

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

const binary: Record<string, Spec> = {
  add: { build: graph.add },
  sub: { build: graph.sub },
  mul: { build: graph.mul },
  div: { build: graph.div, range: [0.4, 2] },
  maximum: { build: graph.maximum },
  minimum: { build: graph.minimum },
  greater: { build: graph.greater, differentiable: false },
};

export const elementwise: OperationCase[] = [
  ...unary.flatMap(([op, spec]) => SIZES.map((shape) => ({ ...row(op, [shape], spec.build), ...spec }))),
  ...Object.entries(binary).flatMap(([op, spec]) => PAIRS.map((pair) => ({ ...row(op, pair, spec.build), ...spec }))),
  row('select', [[2, 5], [2, 1], [5]], (c, a, b) => graph.select(graph.greater(c, 0), a, b)),
];
