// Sums, maxima, running sums and softmax over some axes.

import * as graph from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

export const reductions: OperationCase[] = [
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
  row('cumulativeSum', [[2, 3, 16]], (x) => graph.cumulativeSum(x, 1), { passesNotFinite: true }),
  row('cumulativeSum', [[3, 5, 2, 131]], (x) => graph.cumulativeSum(x, 1, { reverse: true }), {
    passesNotFinite: true,
  }),
  row('cumulativeSum', [[37, 67]], (x) => graph.cumulativeSum(x, -1, { reverse: true }), { passesNotFinite: true }),
  row('cumulativeSum', [[67, 1031]], (x) => graph.cumulativeSum(x, 0), { passesNotFinite: true }),
  row('cumulativeSum', [[2, 1, 4]], (x) => graph.cumulativeSum(x, 1), { passesNotFinite: true }),
];

export const softmaxes: OperationCase[] = [
  row('softmax', [[2, 3, 16]], (x) => graph.softmax(x, 1), { passesNotFinite: true }),
  row('softmax', [[3, 5, 2, 131]], (x) => graph.softmax(x, 1), { passesNotFinite: true }),
  row('softmax', [[37, 7]], (x) => graph.softmax(x, -1), { passesNotFinite: true }),
  row('softmax', [[67, 259]], (x) => graph.softmax(x, 0), { passesNotFinite: true }),
  row('softmax', [[2, 1, 4]], (x) => graph.softmax(x, 1), { passesNotFinite: true }),
];
