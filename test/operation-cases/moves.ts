// Images and series moved along their axes.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

/** Converts values from −2 to 2 to moves of −4 to 3 rows or columns, some mirrored. */
const movesOf = (x: Node): Node => graph.floor(graph.mul(2, graph.stopGradient(x)));

export const moves: OperationCase[] = [
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
