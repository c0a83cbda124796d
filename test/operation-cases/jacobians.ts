// Mean absolute derivatives of latents by their parents.

import * as graph from '../../src/graph/index.js';
import type { Node } from '../../src/graph/index.js';
import { row, type OperationCase } from './case.js';

/**
 * Latents, parents, rows of the sensitivity and of θ, width and subjects. The cases have one of each; remainders of 32
 * subjects and of 8 warps; several rounds of both.
 */
export const jacobians: OperationCase[] = [
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
   * Returns inputs for which the derivatives J have both signs by subject and parent and are not near 0, where |J| has
   * a kink. Units are on both sides of their kinks.
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
    row('meanAbsJacobian', shapes, (...nodes) => graph.meanAbsJacobian(...spread(nodes), 0.2), {
      range,
      twice: false,
      passesNotFinite: true,
    }),
    row(
      'meanAbsJacobianGrad',
      [...shapes, of(parents)],
      (...nodes) => graph.meanAbsJacobianGrad(...spread(nodes), nodes[6], 0.2),
      { range, differentiable: false },
    ),
  ];
});
