// Operations that make images smaller or larger.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import { row, type OperationCase } from './case.js';

/** Scales values, so that a small step does not change the position of a maximum. */
const spread = (x: Node): Node => graph.mul(x, 3);

export const poolings: OperationCase[] = [
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
