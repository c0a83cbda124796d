// Information that two sets of numbers of the same subjects share, as a graph: the objective of deep CCA (Andrew,
// Arora, Bilmes & Livescu, ICML 2013). For Gaussians it is I(a; b) = ½ (log|C_aa| + log|C_bb| − log|C|) in nats, C the
// covariance of both together.

import {
  add,
  clamp,
  concat,
  constant,
  div,
  logAbsDet,
  matmul,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Node,
} from '../graph/index.js';

/** Added to variances, because the covariance of a mini-batch with few subjects may be singular. */
const RIDGE = 1e-3;
/**
 * Floor of determinants, of which only logarithms are used. The determinant of 40 nearly collinear numbers is about
 * 1e-120.
 */
const MIN_DETERMINANT = 1e-300;

/**
 * Returns weighted means and covariance of some numbers.
 * @param x `[runs, d, batch]`
 * @param weight of each subject, 0 or 1, `[1, 1, batch]`; default: all count
 */
export function moments(x: Node, weight: Node | undefined): { readonly mean: Node; readonly covariance: Node } {
  const batch = x.shape[2];
  // If no subject counts, the results are 0, not NaN.
  const count = weight ? clamp(sum(weight, [2], { keep: true }), 1, batch) : batch;
  const mean = div(sum(weight ? mul(x, weight) : x, [2], { keep: true }), count);
  const centred = sub(x, mean);
  const counted = weight ? mul(centred, weight) : centred;
  return { mean, covariance: div(matmul(counted, counted, { transB: true }), count) };
}

/**
 * Returns I(a; b), `[runs]`.
 * @param a `[runs, p, batch]`
 * @param b `[runs, q, batch]`
 * @param weight as for `moments`
 */
export function sharedNats(a: Node, b: Node, weight?: Node): Node {
  const [p, q] = [a.shape[1], b.shape[1]];
  const { covariance } = moments(concat([a, b], 1), weight);
  const ridged = add(covariance, constant(diagonal(p + q, RIDGE), [1, p + q, p + q]));
  const logDet = (from: number, to: number): Node => {
    const block = slice(slice(ridged, 1, from, to), 2, from, to);
    const size = to - from;
    const [runs] = block.shape;
    return reshape(logAbsDet(reshape(block, [runs, size, size, 1]), { floor: MIN_DETERMINANT }), [runs]);
  };
  return mul(sub(add(logDet(0, p), logDet(p, p + q)), logDet(0, p + q)), 0.5);
}

/**
 * Returns ‖mean‖² + ‖covariance − I‖², `[runs]`. It is 0 for white numbers with mean 0.
 * @param x `[runs, d, batch]`
 */
export function distanceFromWhite(x: Node, weight?: Node): Node {
  const d = x.shape[1];
  const { mean, covariance } = moments(x, weight);
  return add(sum(square(mean), [1, 2]), sum(square(sub(covariance, constant(diagonal(d, 1), [1, d, d]))), [1, 2]));
}

function diagonal(size: number, value: number): number[] {
  return Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? value : 0));
}
