// Estimates what each batch does to a column, by a least-squares regression over the training split on indicators of
// the batches, and on the terms of causes and covariates. Only the part of the batches is removed: what causes and
// covariates do stays, also if their levels are not balanced between the batches. The standard deviations of the
// residuals give the factors. A factor also stretches the effects of causes, so the regression is repeated without it.
// The offset of a small batch is mostly noise, so offsets are shrunk at the end (empirical Bayes: Johnson, Li &
// Rabinovic 2007). Otherwise the noise would be removed from training subjects and added to held-out ones.

import { EigenvalueDecomposition, Matrix, pseudoInverse } from 'ml-matrix';
import { MIN_SCALED, withoutBatch, type BatchEffects, type Batches } from '../../data/batches.js';

/** Repetitions of the regression when factors are estimated. */
const PASSES = 3;
/** Share of a term's variance within batches below which its effect cannot be separated from theirs. */
export const MIN_WITHIN = 1e-6;
/** Share below which few subjects separate it from theirs: the error of an offset is more than four times as large. */
export const NEARLY_WITHIN = 0.05;
/** Eigenvalues below this share of the largest are taken as 0: terms are collinear. */
const TOLERANCE = 1e-9;

/** Batches of the subjects of a modality. */
interface SubjectBatches extends Batches {
  /** Position of each subject's batch; NaN for an average batch, and for subjects without the modality. */
  readonly positions: Float64Array;
  /** True if factors are estimated. */
  readonly scale: boolean;
  /** Terms of causes and covariates, terms × subjects. */
  readonly terms: readonly Float64Array[];
}

interface BatchFit {
  /** Returns the effects on a column. @param rows training rows with a value */
  readonly effects: (values: Float64Array, rows: Int32Array) => BatchEffects;
  /**
   * Returns the smallest share within batches of the variance of any combination of terms. It is 0 if a combination is
   * the same as a difference between batches, and 1 if all are independent of the batches.
   */
  readonly within: (rows: Int32Array) => number;
}

/** Returns functions that estimate the effects of batches. */
export function batchFit({ levels, positions, scale, terms }: SubjectBatches): BatchFit {
  // Columns of a table are mostly missing in the same rows, so the latest design is often the next one.
  let latest: { readonly rows: Int32Array; readonly design: Design } | undefined;
  const designOf = (rows: Int32Array): Design => {
    if (latest && isEqual(rows, latest.rows)) return latest.design;
    const design = designAt(levels.length, positions, terms, rows);
    latest = { rows, design };
    return design;
  };
  return {
    within: (rows) => designOf(rows).within,
    effects: (values, rows) => {
      const design = designOf(rows);
      let effects: BatchEffects = { offsets: levels.map(() => 0) };
      for (let pass = 0; pass < (scale ? PASSES : 1); pass++) {
        const even = Float64Array.from(rows, (row) => withoutBatch(values[row], effects, positions[row]));
        effects = composed(effects, remaining(design, even, scale));
      }
      return shrunken(design, values, rows, effects);
    },
  };
}

/**
 * Returns the effects with each shift times the reliability of its estimate, τ² / (τ² + σ² (1 / n + h)). Here h σ² is
 * the error of the slopes of the terms, which is large if a cause nearly divides the subjects as the batches do. The
 * variance τ² of the batches is estimated by moments; it is 0 if they differ no more than subjects do.
 */
function shrunken(design: Design, values: Float64Array, rows: Int32Array, effects: BatchEffects): BatchEffects {
  const { batches, counts, centred } = design;
  const { offsets, factors = offsets.map(() => 1) } = effects;
  const even = Float64Array.from(rows, (row, i) => (values[row] - offsets[batches[i]]) / factors[batches[i]]);
  const { slopes, ofBatch } = regressionOf(design, even);
  const used = counts.filter((count) => count > 0).length;
  const degrees = even.length - used - slopes.length;
  if (degrees < 1) return effects;
  const residual = squaresOf(even, { batches, counts, centred, slopes, ofBatch }).reduce((a, b) => a + b, 0) / degrees;
  const centre = weightedMean(ofBatch, counts);
  const shifts = offsets.map((offset, batch) => offset - centre * (1 - factors[batch]));
  const noises = factors.map((factor) => residual * factor ** 2);
  const total = even.length;
  const ofSlopes = slopeErrors(design);
  const [between, expected, weight] = [...counts.entries()].reduce(
    ([a, b, c], [batch, count]) => [
      a + count * shifts[batch] ** 2,
      b + ((1 - count / total) * Number(count > 0) + count * ofSlopes[batch]) * noises[batch],
      c + count * (1 - count / total),
    ],
    [0, 0, 0],
  );
  const variance = Math.max(0, (between - expected) / weight);
  return {
    ...effects,
    offsets: offsets.map((offset, batch) => {
      const noise = counts[batch] === 0 ? 0 : noises[batch] / counts[batch] + noises[batch] * ofSlopes[batch];
      return noise === 0 ? offset : offset - (shifts[batch] * noise) / (variance + noise);
    }),
  };
}

/** Returns the squared error of each batch's shift because of the slopes of the terms, relative to the noise. */
function slopeErrors({ counts, means, inverse }: Design): Float64Array {
  const terms = means[0].length;
  const centre = Array.from({ length: terms }, (_, t) =>
    weightedMean(
      Float64Array.from(means, (of) => of[t]),
      counts,
    ),
  );
  return counts.map((count, batch) => {
    if (count === 0 || terms === 0) return 0;
    const away = Matrix.columnVector(centre.map((middle, t) => means[batch][t] - middle));
    return away.transpose().mmul(inverse).mmul(away).get(0, 0);
  });
}

interface Design {
  readonly batches: Int32Array;
  /** Number of rows of each batch. */
  readonly counts: Float64Array;
  /** Terms minus their means within batches, terms × rows. */
  readonly centred: readonly Float64Array[];
  /** Means of the terms, batches × terms. */
  readonly means: readonly Float64Array[];
  /** Pseudo-inverse of the scatter of the centred terms. */
  readonly inverse: Matrix;
  readonly within: number;
}

function designAt(levels: number, positions: Float64Array, terms: readonly Float64Array[], rows: Int32Array): Design {
  const batches = Int32Array.from(rows, (row) => positions[row]);
  const counts = new Float64Array(levels);
  for (const batch of batches) counts[batch]++;
  const ofRows = terms.map((term) => Float64Array.from(rows, (row) => term[row]));
  const meansOf = ofRows.map((term) => batchMeans(term, batches, counts));
  const centred = ofRows.map((term, t) => term.map((value, i) => value - meansOf[t][batches[i]]));
  const scatter = scatterOf(centred);
  const total = scatterOf(
    ofRows.map((term) => {
      const mean = term.reduce((sum, value) => sum + value, 0) / term.length;
      return term.map((value) => value - mean);
    }),
  );
  return {
    batches,
    counts,
    centred,
    means: Array.from({ length: levels }, (_, batch) => Float64Array.from(meansOf, (means) => means[batch])),
    inverse: terms.length === 0 ? scatter : pseudoInverse(scatter, TOLERANCE * Math.max(1, rows.length)),
    within: terms.length === 0 ? 1 : smallestShare(scatter, total),
  };
}

function batchMeans(values: Float64Array, batches: Int32Array, counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length);
  for (let i = 0; i < values.length; i++) sums[batches[i]] += values[i];
  return sums.map((sum, batch) => (counts[batch] === 0 ? 0 : sum / counts[batch]));
}

function scatterOf(centred: readonly Float64Array[]): Matrix {
  const scatter = Matrix.zeros(centred.length, centred.length);
  for (const [a, first] of centred.entries()) {
    for (let b = 0; b <= a; b++) {
      const second = centred[b];
      let sum = 0;
      for (let i = 0; i < first.length; i++) sum += first[i] * second[i];
      scatter.set(a, b, sum);
      scatter.set(b, a, sum);
    }
  }
  return scatter;
}

/** Returns the smallest ratio of the scatter within batches to the total scatter, over all combinations of terms. */
function smallestShare(within: Matrix, total: Matrix): number {
  const { eigenvectorMatrix: vectors, realEigenvalues: values } = eigen(total);
  const largest = Math.max(...values);
  const used = [...values.keys()].filter((k) => values[k] > TOLERANCE * largest);
  const whitening = new Matrix(vectors.rows, used.length);
  for (const [c, k] of used.entries()) {
    for (let row = 0; row < vectors.rows; row++) whitening.set(row, c, vectors.get(row, k) / Math.sqrt(values[k]));
  }
  if (used.length === 0) return 1;
  return Math.min(...eigen(whitening.transpose().mmul(within).mmul(whitening)).realEigenvalues);
}

function eigen(symmetric: Matrix): EigenvalueDecomposition {
  return new EigenvalueDecomposition(symmetric, { assumeSymmetric: true });
}

/** Returns the slopes of the terms, and the means of the batches. */
function regressionOf({ batches, counts, centred, inverse }: Design, values: Float64Array) {
  const products = centred.map((term) => {
    let sum = 0;
    for (let i = 0; i < term.length; i++) sum += term[i] * values[i];
    return sum;
  });
  const slopes = products.length === 0 ? [] : inverse.mmul(Matrix.columnVector(products)).to1DArray();
  return { slopes, ofBatch: batchMeans(values, batches, counts) };
}

/** Returns the effects of batches that remain in the values, which are those of the rows of the design. */
function remaining(design: Design, values: Float64Array, scale: boolean): Required<BatchEffects> {
  const { batches, counts, centred, means } = design;
  const { slopes, ofBatch } = regressionOf(design, values);
  // The intercept of each batch, at the value 0 of all terms.
  const intercepts = ofBatch.map(
    (mean, batch) => mean - slopes.reduce((sum, slope, t) => sum + slope * means[batch][t], 0),
  );
  const average = weightedMean(intercepts, counts);
  const shifts = intercepts.map((intercept, batch) => (counts[batch] === 0 ? 0 : intercept - average));
  const factors = scale
    ? factorsOf(values, { batches, counts, centred, slopes, ofBatch })
    : Float64Array.from(shifts, () => 1);
  const centre = weightedMean(ofBatch, counts) - weightedMean(shifts, counts);
  return {
    // A factor stretches around the mean of the column, so that it changes no mean.
    offsets: Array.from(shifts, (shift, batch) => shift + centre * (1 - factors[batch])),
    factors: Array.from(factors),
  };
}

type FittedDesign = Pick<Design, 'batches' | 'counts' | 'centred'> & ReturnType<typeof regressionOf>;

/** Returns the sum of squared residuals of each batch. */
function squaresOf(values: Float64Array, { batches, counts, centred, slopes, ofBatch }: FittedDesign): Float64Array {
  const fitted = Float64Array.from(batches, (batch) => ofBatch[batch]);
  for (const [t, slope] of slopes.entries()) {
    const term = centred[t];
    for (let i = 0; i < term.length; i++) fitted[i] += slope * term[i];
  }
  const squares = new Float64Array(counts.length);
  for (let i = 0; i < values.length; i++) squares[batches[i]] += (values[i] - fitted[i]) ** 2;
  return squares;
}

/** Returns the standard deviation of the residuals of each batch, relative to that of all that have enough values. */
function factorsOf(values: Float64Array, fitted: FittedDesign): Float64Array {
  const { counts, slopes } = fitted;
  const squares = squaresOf(values, fitted);
  // Each batch loses a degree of freedom for its mean, and its share of those of the slopes.
  const variances = squares.map((sum, b) => sum / (counts[b] - 1 - (slopes.length * counts[b]) / values.length));
  const isScaled = variances.map((variance, b) => Number(counts[b] >= MIN_SCALED && variance > 0));
  const logs = variances.map((variance, b) => (isScaled[b] === 1 ? Math.log(variance) / 2 : 0));
  const average = weightedMean(
    logs,
    counts.map((count, b) => count * isScaled[b]),
  );
  return logs.map((log, b) => (isScaled[b] === 1 ? Math.exp(log - average) : 1));
}

/** Returns the effects of two removals after one another as one. */
function composed(first: BatchEffects, { offsets, factors }: Required<BatchEffects>): BatchEffects {
  const before = first.factors ?? offsets.map(() => 1);
  const both = factors.map((factor, batch) => before[batch] * factor);
  return {
    offsets: offsets.map((offset, batch) => first.offsets[batch] + before[batch] * offset),
    ...(both.some((factor) => factor !== 1) && { factors: both }),
  };
}

function weightedMean(values: Float64Array, weights: Float64Array): number {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return sum === 0 ? 0 : values.reduce((total, value, i) => total + weights[i] * value, 0) / sum;
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  return a === b || (a.length === b.length && a.every((row, i) => row === b[i]));
}
