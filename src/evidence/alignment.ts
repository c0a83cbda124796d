// Compares the latents of a fold with those of the fitted model. A fold may find the same subspace with other axes.
// Therefore an orthogonal map rotates the subspace before single latents are compared (Procrustes; Schönemann 1966).
// The replication of single latents is measured without that map, against the agreement of random axes.

import { Matrix, SVD } from 'ml-matrix';
import { assign, randomRotation } from '../metrics/index.js';
import { normalScores } from '../quality/pair-test.js';
import { RandomStream } from '../random/random-stream.js';

/** Number of random rotations that determine the agreement by chance. */
const ROTATIONS = 400;
const ROTATION_STREAM = 0x42000;

/**
 * Returns the orthogonal map, latents × latents, that minimises the distance of a fold's latents from the reference.
 * @param reference normal scores by latent @param latents normal scores by latent, for the same subjects
 */
export function procrustes(reference: readonly Float64Array[], latents: readonly Float64Array[]): Matrix {
  const { leftSingularVectors: u, rightSingularVectors: v } = new SVD(crossCorrelations(latents, reference));
  return u.mmul(v.transpose());
}

/** Returns normal scores times an orthogonal map, by latent. */
export function rotated(latents: readonly Float64Array[], map: Matrix): Float64Array[] {
  return Array.from({ length: map.columns }, (_, to) => {
    const result = new Float64Array(latents[0].length);
    latents.forEach((latent, from) => {
      const share = map.get(from, to);
      for (let i = 0; i < result.length; i++) result[i] += share * latent[i];
    });
    return result;
  });
}

/** Returns the correlations of two lists of normal scores of the same subjects, first × second. */
export function crossCorrelations(first: readonly Float64Array[], second: readonly Float64Array[]): Matrix {
  return new Matrix(first.map((a) => second.map((b) => correlationOf(a, b))));
}

/** Returns Pearson's correlation; 0 if one of the two is constant. */
export function correlationOf(a: Float64Array, b: Float64Array): number {
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    sumA += a[i];
    sumB += b[i];
  }
  const [meanA, meanB] = [sumA / a.length, sumB / b.length];
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB];
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  const scale = Math.sqrt(squareA * squareB);
  return scale > 0 ? Math.max(-1, Math.min(1, product / scale)) : 0;
}

/** Returns the partner of each first latent. The assignment maximises the sum of |correlation|. */
export function partners(correlations: Matrix): readonly number[] {
  const values = Float64Array.from(correlations.to1DArray(), Math.abs);
  const table = { values, rows: correlations.rows, columns: correlations.columns };
  return [...assign(table, { goal: 'maximum' }).columnOfRow];
}

/** Agreement of two fits to disjoint subjects on the latents of a modality. */
export interface Replication {
  /** By latent, |correlation| of the partners in the two fits, over the subjects who have the modality. */
  readonly agreement: readonly number[];
  /** By latent, the mean agreement of random axes in the same two subspaces. */
  readonly chance: readonly number[];
  /** By latent, the share of random axes with at least the same agreement; 0 for a modality of one latent. */
  readonly p: readonly number[];
  /** Mean squared canonical correlation of the two subspaces. */
  readonly subspace: number;
}

/**
 * Compares two fits to disjoint subjects.
 * @param order partners in the first and in the second fit of the fitted model's latents
 */
export function replication(
  first: readonly Float64Array[],
  second: readonly Float64Array[],
  order: readonly [readonly number[], readonly number[]],
  seed: number,
): Replication {
  const [a, b] = [first, second].map((latents, f) => order[f].map((latent) => latents[latent]));
  const size = a.length;
  const correlations = crossCorrelations(a, b);
  const agreement = Array.from({ length: size }, (_, i) => Math.abs(correlations.get(i, i)));
  const whiteA = inverseRoot(crossCorrelations(a, a));
  const whiteB = inverseRoot(crossCorrelations(b, b));
  const inner = whiteA.mmul(correlations).mmul(whiteB);
  const canonical = new SVD(inner).diagonal.map((rho) => Math.min(1, rho));
  const subspace = canonical.reduce((sum, rho) => sum + rho ** 2, 0) / size;
  if (size === 1) return { agreement, chance: [0], p: [0], subspace };
  const random = new RandomStream(seed, ROTATION_STREAM);
  const reached = agreement.map(() => new Array<number>());
  for (let draw = 0; draw < ROTATIONS; draw++) {
    const other = inner.mmul(new Matrix(randomRotation(size, random).map((row) => [...row])));
    const partner = partners(other);
    partner.forEach((j, i) => reached[i].push(Math.abs(other.get(i, j))));
  }
  return {
    agreement,
    chance: reached.map((values) => values.reduce((sum, value) => sum + value, 0) / ROTATIONS),
    p: reached.map((values, i) => (1 + values.filter((value) => value >= agreement[i]).length) / (1 + ROTATIONS)),
    subspace,
  };
}

/** Returns the inverse symmetric square root of correlations. Directions without variance are mapped to 0. */
function inverseRoot(correlations: Matrix): Matrix {
  const { leftSingularVectors: u, diagonal } = new SVD(correlations);
  const scales = diagonal.map((value) => (value > 1e-9 ? 1 / Math.sqrt(value) : 0));
  return u.clone().mulRowVector(scales).mmul(u.transpose());
}

/** Returns normal scores of some rows of a table's columns. @param values rows × width */
export function scoresOf(
  values: Float32Array,
  width: number,
  columns: readonly number[],
  rows: Int32Array,
): Float64Array[] {
  return columns.map((column) => normalScores(Float64Array.from(rows, (row) => values[row * width + column])));
}
