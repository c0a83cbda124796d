// Element-wise operations of one tensor, and of two whose shapes may differ.

import * as graph from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

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

export const elementwise: OperationCase[] = [
  ...Object.entries(unary).flatMap(([op, spec]) =>
    SIZES.map((shape) => ({ ...row(op, [shape], spec.build), ...spec })),
  ),
  ...Object.entries(binary).flatMap(([op, spec]) => PAIRS.map((pair) => ({ ...row(op, pair, spec.build), ...spec }))),
  row('select', [[2, 5], [2, 1], [5]], (c, a, b) => graph.select(graph.greater(c, 0), a, b)),
];
