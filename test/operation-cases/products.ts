// Products of matrices, with either or both transposed, and of batches of matrices.

import * as graph from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

export const products: OperationCase[] = [
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
