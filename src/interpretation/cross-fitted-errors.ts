// Cross-fitted regressions of the columns of a modality on latents: how well latents predict columns of subjects who
// did not determine the coefficients.

import { inverse, Matrix } from 'ml-matrix';
import type { Table } from '../quality/index.js';
import { permutation, seedKey } from '../random/streams.js';
import { rowsByGroup } from '../data/split.js';

const FOLDS = 10;
/** Philox stream of the folds. */
const FOLD_STREAM = 0x30003;
/** Ridge relative to the trace, because latents may be collinear. */
const RIDGE = 1e-10;

/** Returns the fold of each subject, at random but the same for all rows of a group. */
export function foldsOf(subjects: number, groups: readonly string[] | undefined, seed: number): Uint8Array {
  const units = groups ? [...rowsByGroup(groups).values()] : Array.from({ length: subjects }, (_, row) => [row]);
  const order = permutation(seedKey(seed), FOLD_STREAM, 0, units.length);
  const folds = new Uint8Array(subjects);
  order.forEach((unit, position) => {
    for (const row of units[unit]) folds[row] = position % FOLDS;
  });
  return folds;
}

/** Squared errors of predictions, summed over the columns of each subject. */
export interface CrossFittedErrors {
  /** Errors of the means of the other folds. */
  readonly baseline: Float64Array;
  /** Errors of regressions on each set of features. */
  readonly sets: readonly Float64Array[];
}

/**
 * Predicts each column by least squares on sets of features, with the coefficients of the other folds.
 * @param features a value per subject, without missing ones
 * @param table subjects × columns
 * @param sets positions of the features of each regression
 */
export function crossFittedErrors(
  features: readonly Float64Array[],
  { samples, observed }: Table,
  folds: Uint8Array,
  sets: readonly (readonly number[])[],
): CrossFittedErrors {
  const { rows, columns, values } = samples;
  const baseline = new Float64Array(rows);
  const errors = sets.map(() => new Float64Array(rows));
  const subsets = [[], ...sets].map((set) => Int32Array.from([0, ...set.map((feature) => feature + 1)]));
  const design = [new Float64Array(rows).fill(1), ...features];
  // Without missing values all columns have the same products of features.
  let shared: readonly (readonly Float64Array[])[] | undefined;
  for (let column = 0; column < columns; column++) {
    const isKnown = (row: number): boolean => observed?.[row * columns + column] !== 0;
    const { gram, cross } = productsOf(design, folds, isKnown, (row) => values[row * columns + column]);
    const inverses = shared ?? inversesOf(gram, subsets);
    if (!observed) shared = inverses;
    subsets.forEach((subset, s) => {
      const into = s === 0 ? baseline : errors[s - 1];
      const weights = inverses[s].map((ofFold, fold) => weightsOf(ofFold, subset, cross[fold]));
      for (let row = 0; row < rows; row++) {
        if (!isKnown(row)) continue;
        const coefficients = weights[folds[row]];
        let rest = values[row * columns + column];
        for (let i = 0; i < subset.length; i++) rest -= coefficients[i] * design[subset[i]][row];
        into[row] += rest ** 2;
      }
    });
  }
  return { baseline, sets: errors };
}

/** Returns products of features with each other and with a column, by fold: sums over subjects of the other folds. */
function productsOf(
  design: readonly Float64Array[],
  folds: Uint8Array,
  isKnown: (row: number) => boolean,
  valueOf: (row: number) => number,
): { readonly gram: readonly Float64Array[]; readonly cross: readonly Float64Array[] } {
  const size = design.length;
  const gram = Array.from({ length: FOLDS }, () => new Float64Array(size * size));
  const cross = Array.from({ length: FOLDS }, () => new Float64Array(size));
  for (let row = 0; row < folds.length; row++) {
    if (!isKnown(row)) continue;
    const [ofFold, withColumn] = [gram[folds[row]], cross[folds[row]]];
    const value = valueOf(row);
    for (let i = 0; i < size; i++) {
      const left = design[i][row];
      withColumn[i] += left * value;
      for (let j = 0; j <= i; j++) ofFold[i * size + j] += left * design[j][row];
    }
  }
  return { gram: ofOthers(gram), cross: ofOthers(cross) };
}

/** Returns for each fold the sum over the other folds. */
function ofOthers(sums: readonly Float64Array[]): Float64Array[] {
  const total = sums[0].map((_, at) => sums.reduce((sum, ofFold) => sum + ofFold[at], 0));
  return sums.map((ofFold) => total.map((sum, at) => sum - ofFold[at]));
}

/** Returns the inverse products of features, size × size, by subset and fold. */
function inversesOf(gram: readonly Float64Array[], subsets: readonly Int32Array[]): Float64Array[][] {
  return subsets.map((subset) =>
    gram.map((ofFold) => {
      const size = Math.sqrt(ofFold.length);
      const at = (i: number, j: number): number => {
        const [low, high] = [Math.min(subset[i], subset[j]), Math.max(subset[i], subset[j])];
        return ofFold[high * size + low];
      };
      const matrix = new Matrix(Array.from(subset, (_, i) => Array.from(subset, (__, j) => at(i, j))));
      const ridge = Matrix.eye(subset.length).mul(RIDGE * matrix.trace());
      return Float64Array.from(inverse(matrix.add(ridge)).to1DArray());
    }),
  );
}

/** Returns the coefficients of a subset. */
function weightsOf(inverseProducts: Float64Array, subset: Int32Array, cross: Float64Array): Float64Array {
  const size = subset.length;
  const weights = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) weights[i] += inverseProducts[i * size + j] * cross[subset[j]];
  }
  return weights;
}
