// Canonical correlations of what several modalities say of the same subjects, in a graph: deep CCA's objective (Andrew,
// Arora, Bilmes & Livescu, ICML 2013). For Gaussians the information that two sets of numbers share is
// I(a; b) = ½ (log|C_aa| + log|C_bb| − log|C|), C the covariance of both together, in nats.

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

/** Added to variances: of few subjects in a mini-batch a covariance may be singular. */
const RIDGE = 1e-3;
/** Only logarithms are taken: of 40 numbers that are all but collinear the determinant is some 1e-120. */
const MIN_DETERMINANT = 1e-300;

/**
 * Weighted means and covariance of some numbers.
 * @param x `[runs, d, batch]`
 * @param weight of each subject, 0 or 1, `[1, 1, batch]`; all count when left out
 */
export function moments(x: Node, weight: Node | undefined): { readonly mean: Node; readonly covariance: Node } {
  const batch = x.shape[2];
  // Of nobody nothing is known: 0, not NaN.
  const count = weight ? clamp(sum(weight, [2], { keep: true }), 1, batch) : batch;
  const mean = div(sum(weight ? mul(x, weight) : x, [2], { keep: true }), count);
  const centred = sub(x, mean);
  const counted = weight ? mul(centred, weight) : centred;
  return { mean, covariance: div(matmul(counted, counted, { transB: true }), count) };
}

/**
 * I(a; b), `[runs]`.
 * @param a `[runs, p, batch]` @param b `[runs, q, batch]`
 * @param weight as of `moments`
 */
export function sharedNats(a: Node, b: Node, weight?: Node): Node {
  const [p, q] = [a.shape[1], b.shape[1]];
  const { covariance } = moments(concat([a, b], 1), weight);
  const ridged = add(covariance, constant(diagonal(p + q, RIDGE), [1, p + q, p + q]));
  const logDet = (from: number, to: number): Node => {
    const own = slice(slice(ridged, 1, from, to), 2, from, to);
    const size = to - from;
    return reshape(logAbsDet(reshape(own, [own.shape[0], size, size, 1]), { floor: MIN_DETERMINANT }), [own.shape[0]]);
  };
  return mul(sub(add(logDet(0, p), logDet(p, p + q)), logDet(0, p + q)), 0.5);
}

/** ‖mean‖² + ‖covariance − I‖², `[runs]`: 0 for numbers of mean 0 that are white. @param x `[runs, d, batch]` */
export function distanceFromWhite(x: Node, weight?: Node): Node {
  const d = x.shape[1];
  const { mean, covariance } = moments(x, weight);
  return add(sum(square(mean), [1, 2]), sum(square(sub(covariance, constant(diagonal(d, 1), [1, d, d]))), [1, 2]));
}

function diagonal(size: number, value: number): number[] {
  return Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? value : 0));
}
