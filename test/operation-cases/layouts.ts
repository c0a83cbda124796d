// Operations that move elements to another shape, order or tensor.

import * as graph from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

export const layouts: OperationCase[] = [
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
