// Determinants of small matrices of different sizes and signs.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

/** Adds about 2√d to the diagonal of [..., d, d, B], so that finite differences meet no singular matrix. */
function regular(matrix: Node): Node {
  const d = matrix.shape[matrix.shape.length - 2];
  const diagonal = Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? Math.ceil(2 * Math.sqrt(d)) : 0));
  return graph.add(matrix, graph.constant(diagonal, [d, d, 1]));
}

function logAbsDetGrad(matrix: Node, upstream: Node): Node {
  const [slope] = graph.grad(graph.mul(graph.logAbsDet(matrix), graph.stopGradient(upstream)), [matrix]);
  return slope;
}

export const determinants: OperationCase[] = [
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
