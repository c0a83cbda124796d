// DAGMA's measure of cycles (Bello, Aragam & Ravikumar, NeurIPS 2022): h(W) = −log det(s I − W ∘ W) + d log s, 0 exactly
// for acyclic W and positive otherwise wherever the spectral radius of W ∘ W is below s.

import { InputError } from '../errors.js';
import { constant, logAbsDet, mul, neg, reshape, square, sub, type Node } from '../graph/index.js';
import { formatShape, shapeError } from '../graph/shapes.js';

export interface AcyclicityOptions {
  /**
   * s: the largest spectral radius of W ∘ W at which h is defined; default 1. For weights in [0, 1], as gates are, s = d
   * keeps every W inside.
   */
  readonly scale?: number;
}

/**
 * h(W) `[runs]` of adjacencies W `[runs, d, d]`, d ≤ 64, as −log|det(I − W ∘ W / s)|; its gradient is
 * 2 (s I − W ∘ W)⁻ᵀ ∘ W. Where the spectral radius reaches s, h is 19.4 and its gradient finite; beyond, it measures nothing.
 * Throws InputError `shape-mismatch` for other shapes and `out-of-range` for a scale that is not positive.
 */
export function acyclicityPenalty(weights: Node, { scale = 1 }: AcyclicityOptions = {}): Node {
  const [runs, d, columns] = weights.shape;
  if (weights.shape.length !== 3 || d !== columns) {
    throw shapeError('acyclicityPenalty', `needs weights [runs, d, d], got ${formatShape(weights.shape)}`);
  }
  if (!(scale > 0 && Number.isFinite(scale))) {
    throw new InputError('out-of-range', `[acyclicityPenalty] needs a positive scale, got ${scale}`);
  }
  const identity = Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? 1 : 0));
  const matrix = sub(constant(identity, [1, d, d]), mul(square(weights), 1 / scale));
  return reshape(neg(logAbsDet(reshape(matrix, [runs, d, d, 1]))), [runs]);
}
