// LSTM and GRU whose input is the contribution to the gates, and whole LSTM layers.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { apply } from '../../src/graph/node.js';
import { row, type OperationCase } from './case.js';

/** Numbers of units with other kernels on a GPU. Inputs are small enough for the precision of long sums. */
const MANY_UNITS = [33, 70, 132];
const manyUnits: Partial<OperationCase> = { twice: false, range: [-0.5, 0.5] };

export const recurrences: OperationCase[] = [
  ...MANY_UNITS.map((units) =>
    row(
      'lstm',
      [
        [4 * units, 3, 5],
        [4 * units, units],
      ],
      (p, w) => graph.lstm(p, w, { reverse: true }),
      manyUnits,
    ),
  ),
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
    (saved, w, up) => apply(graph.rows.lstmGrad, [graph.tanh(saved), w, up], { reverse: false }),
    { differentiable: false },
  ),
];

/** Builds a layer of 3 units from weights [of h, of x, bias]. */
const layerOf = (x: Node, w: Node, reverse = false, steps?: Node): Node => {
  const depth = w.shape.length - 1;
  const [states, inputs, bias] = [
    [0, 3],
    [3, w.shape[depth] - 1],
    [w.shape[depth] - 1, w.shape[depth]],
  ].map(([from, to]) => graph.slice(w, depth, from, to));
  return graph.lstmLayer(x, { states, inputs, bias }, { reverse, ...(steps && { steps }) });
};

export const layers: OperationCase[] = [
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
      const saved = graph.stopGradient(apply(graph.rows.lstmLayer, [x, w], attributes));
      return apply(graph.rows.lstmLayerGrad, [saved, x, w, up], attributes);
    },
    { differentiable: false },
  ),
];

export const gatedUnits: OperationCase[] = [
  ...MANY_UNITS.map((units) =>
    row(
      'gru',
      [
        [3 * units, 3, 5],
        [3 * units, units + 1],
      ],
      (p, w) => graph.gru(p, w, { reverse: true }),
      manyUnits,
    ),
  ),
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
    (saved, w, up) => apply(graph.rows.gruGrad, [graph.tanh(saved), w, up], { reverse: false }),
    { differentiable: false },
  ),
];
