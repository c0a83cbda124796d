// Two measurements (forms) of each latent of a table from disjoint columns. If noise acts on single columns, their
// errors are independent, so their covariance is that of the latent without error (docs/explanation/evidence.md).

import { Matrix } from 'ml-matrix';
import type { Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { principalComponents } from '../linear/index.js';
import { correlationOf } from './alignment.js';
import { varies } from '../metrics/vectors.js';

/**
 * Columns with a higher correlation count as one measurement taken twice and stay together. If this leaves too few
 * measurements, as for the trials of one test, only copies stay together.
 */
const SAME_MEASUREMENT = 0.9;
const COPY = 0.99;
/** Maximum number of principal components of a form that predict the latents. */
const MAX_COMPONENTS = 50;
/** Maximum number of subjects for the fit of the prediction, and for the comparison of columns. */
const MAX_FITTED = 5000;
const MAX_COMPARED = 500;
/** Candidate ridges for generalised cross-validation, relative to the mean variance of a component. */
const RIDGES = [1e-4, 1e-3, 1e-2, 1e-1, 1];

/** Two measurements of a latent from disjoint columns, by unit. NaN as in `HeldOutFold.units`. */
export interface TwoForms {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Values of the wanted rows, by form (a, b) and latent. */
export type Forms = readonly [readonly Float64Array[], readonly Float64Array[]];

/**
 * Predicts latents from each of two disjoint sets of columns.
 * @param latents values of the rows `seen` by latent, in standard deviations
 * @param seen rows that the prediction is fitted to @param wanted rows to predict
 * @returns undefined for images and series, and for tables with fewer than two columns for each latent
 */
export function formsOf(
  { columns, values, regularArray, stored }: Modality,
  latents: readonly Float64Array[],
  seen: Int32Array,
  wanted: Int32Array,
): Forms | undefined {
  if (regularArray || stored) return undefined;
  const width = columns.length;
  const step = Math.max(1, Math.ceil(seen.length / MAX_FITTED));
  const at = [...seen.keys()].filter((i) => i % step === 0);
  const rows = Int32Array.from(at, (i) => seen[i]);
  const targets = latents.map((latent) => Float64Array.from(at, (i) => latent[i]));
  const columnAt = (column: number, of: Int32Array) => Float64Array.from(of, (row) => values[row * width + column]);
  const compared = rows.subarray(0, MAX_COMPARED);
  const usable = [...columns.keys()].filter(
    (column) => !isSize(columns[column].kind) && varies(columnAt(column, compared)),
  );
  const sets = [SAME_MEASUREMENT, COPY]
    .map((maxCorrelation) =>
      dealt(
        usable.map((column) => columnAt(column, compared)),
        targets.map((target) => target.subarray(0, compared.length)),
        maxCorrelation,
      ),
    )
    .find((two) => two.every((set) => set.length >= latents.length))
    ?.map((set) => set.map((i) => usable[i]));
  if (!sets) return undefined;
  const [a, b] = sets.map((set) => {
    const table = (of: Int32Array): Float64Array =>
      Float64Array.from({ length: of.length * set.length }, (_, i) => {
        return values[of[Math.floor(i / set.length)] * width + set[i % set.length]];
      });
    return predicted({ values: table(rows), rows: rows.length, columns: set.length }, targets, table(wanted));
  });
  return [a, b];
}

/**
 * Divides columns into two sets. Columns of one measurement stay together. The measurements of each latent alternate
 * between the sets.
 */
function dealt(
  columns: readonly Float64Array[],
  latents: readonly Float64Array[],
  maxCorrelation: number,
): [number[], number[]] {
  const clusters = clustersOf(columns, maxCorrelation).map((members) => {
    const strengths = latents.map((latent) => Math.abs(correlationOf(columns[members[0]], latent)));
    const strength = Math.max(...strengths);
    return { members, latent: strengths.indexOf(strength), strength };
  });
  clusters.sort((x, y) => x.latent - y.latent || y.strength - x.strength || x.members[0] - y.members[0]);
  const sets: [number[], number[]] = [[], []];
  // The pattern a, b, b, a avoids that one set always gets the stronger column of a pair.
  clusters.forEach(({ members }, i) => sets[(i + 1) % 4 < 2 ? 0 : 1].push(...members));
  return sets;
}

/** Groups columns with a higher correlation by single linkage. */
function clustersOf(columns: readonly Float64Array[], maxCorrelation: number): number[][] {
  const clusterOf = [...columns.keys()];
  const root = (i: number): number => (clusterOf[i] === i ? i : root(clusterOf[i]));
  for (let i = 0; i < columns.length; i++) {
    for (let j = 0; j < i; j++) {
      const [x, y] = [root(i), root(j)];
      if (x !== y && Math.abs(correlationOf(columns[i], columns[j])) > maxCorrelation) {
        clusterOf[Math.max(x, y)] = Math.min(x, y);
      }
    }
  }
  const clusters = new Map<number, number[]>();
  for (const i of columns.keys()) clusters.set(root(i), [...(clusters.get(root(i)) ?? []), i]);
  return [...clusters.values()];
}

/** Predicts by ridge regression on principal components. Generalised cross-validation chooses the ridge. */
function predicted(
  table: { readonly values: Float64Array; readonly rows: number; readonly columns: number },
  targets: readonly Float64Array[],
  wanted: Float64Array,
): Float64Array[] {
  const { rows, columns } = table;
  const { centre, loadings, scores } = principalComponents(table, Math.min(MAX_COMPONENTS, Math.ceil(rows / 3)));
  const variances = Array.from({ length: scores.columns }, (_, c) => {
    return scores.getColumn(c).reduce((sum, value) => sum + value ** 2, 0);
  });
  const average = variances.reduce((sum, value) => sum + value, 0) / Math.max(1, variances.length);
  const weights = targets.map((target) => {
    const mean = target.reduce((sum, value) => sum + value, 0) / rows;
    const covariances = variances.map((_, c) => {
      return scores.getColumn(c).reduce((sum, value, i) => sum + value * (target[i] - mean), 0);
    });
    const total = target.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    const errors = RIDGES.map((ridge) => {
      const shrunk = variances.map((variance) => variance / (variance + ridge * average));
      const explained = variances.reduce(
        (sum, variance, c) => sum + (2 * shrunk[c] - shrunk[c] ** 2) * (covariances[c] ** 2 / variance),
        0,
      );
      const degrees = shrunk.reduce((sum, value) => sum + value, 1);
      return degrees < rows ? (total - explained) / (1 - degrees / rows) ** 2 : Infinity;
    });
    const ridge = RIDGES[errors.indexOf(Math.min(...errors))];
    const coefficients = covariances.map((value, c) => value / (variances[c] + ridge * average));
    return loadings.mmul(Matrix.columnVector(coefficients)).getColumn(0);
  });
  return weights.map((weight) =>
    Float64Array.from({ length: wanted.length / columns }, (_, i) => {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += weight[c] * (wanted[i * columns + c] - centre[c]);
      return sum;
    }),
  );
}
