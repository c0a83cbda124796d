// Two measurements (forms) of each latent of a table from disjoint columns. If noise acts on single columns, their
// errors are independent, so their covariance is that of the latent without error (docs/explanation/evidence.md).

import { Matrix } from 'ml-matrix';
import type { Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { principalComponents } from '../linear/index.js';
import { correlationOf } from './alignment.js';
import { kernelRidge, selectRows, type Samples } from '../metrics/index.js';
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

/** Maximum number of subjects of a curved prediction, its candidate ridges, and the share of subjects that choose. */
const MAX_CURVED = 800;
const CURVED_RIDGES = [0.03, 0.3, 3];
const CHECKED = 0.25;

/** Two measurements of a latent from disjoint columns, by unit. NaN as in `HeldOutFold.units`. */
export interface TwoForms {
  readonly a: Float64Array;
  readonly b: Float64Array;
}

/** Values of the wanted rows, by form (a, b) and latent. */
export type Forms = readonly [readonly Float64Array[], readonly Float64Array[]];

/** Numbers of the columns of each form. */
export type ColumnSets = readonly [readonly number[], readonly number[]];

/**
 * Divides the columns of a table into two disjoint sets.
 * @param latents values of the rows `seen` by latent, in standard deviations
 * @returns undefined for images and series, and for tables with fewer than two columns for each latent
 */
export function columnSets(
  { columns, values, regularArray, stored }: Modality,
  latents: readonly Float64Array[],
  seen: Int32Array,
): ColumnSets | undefined {
  if (regularArray || stored) return undefined;
  const width = columns.length;
  const at = fittedPositions(seen).slice(0, MAX_COMPARED);
  const columnAt = (column: number) => Float64Array.from(at, (i) => values[seen[i] * width + column]);
  const targets = latents.map((latent) => Float64Array.from(at, (i) => latent[i]));
  const usable = [...columns.keys()].filter((column) => !isSize(columns[column].kind) && varies(columnAt(column)));
  const two = [SAME_MEASUREMENT, COPY]
    .map((maxCorrelation) => dealt(usable.map(columnAt), targets, maxCorrelation))
    .find((sets) => sets.every((set) => set.length >= latents.length));
  const named = (set: readonly number[]) => set.map((i) => usable[i]);
  return two && [named(two[0]), named(two[1])];
}

/** Returns positions of the rows that predictions are fitted to. */
function fittedPositions(seen: Int32Array): number[] {
  const step = Math.max(1, Math.ceil(seen.length / MAX_FITTED));
  return [...seen.keys()].filter((i) => i % step === 0);
}

/**
 * Predicts latents from each of two disjoint sets of columns.
 * @param latents values of the rows `seen` by latent, in standard deviations
 * @param seen rows that the prediction is fitted to @param wanted rows to predict
 * @param predict ridge regression, or a prediction that follows curves and takes longer
 */
export function formsOf(
  { columns, values }: Modality,
  sets: ColumnSets,
  { latents, seen, wanted }: { latents: readonly Float64Array[]; seen: Int32Array; wanted: Int32Array },
  predict: Prediction = straightPrediction,
): Forms {
  const width = columns.length;
  const at = fittedPositions(seen);
  const rows = Int32Array.from(at, (i) => seen[i]);
  const targets = latents.map((latent) => Float64Array.from(at, (i) => latent[i]));
  const [a, b] = sets.map((set) => {
    const table = (of: Int32Array): Float64Array =>
      Float64Array.from({ length: of.length * set.length }, (_, i) => {
        return values[of[Math.floor(i / set.length)] * width + set[i % set.length]];
      });
    return predict({ values: table(rows), rows: rows.length, columns: set.length }, targets, table(wanted));
  });
  return [a, b];
}

/** Predicts targets of the rows of a table for wanted rows with the same columns. */
type Prediction = (
  table: Samples<Float64Array>,
  targets: readonly Float64Array[],
  wanted: Float64Array,
) => Float64Array[];

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
function straightPrediction(
  table: Samples<Float64Array>,
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

/** Predicts by kernel ridge regression on principal components. A quarter of the rows chooses the ridge. */
export function curvedPrediction(
  table: Samples<Float64Array>,
  targets: readonly Float64Array[],
  wanted: Float64Array,
): Float64Array[] {
  const step = Math.max(1, Math.ceil(table.rows / MAX_CURVED));
  const rows = Int32Array.from({ length: Math.ceil(table.rows / step) }, (_, i) => i * step);
  const fitted = selectRows(table, rows);
  const { centre, loadings, scores } = principalComponents(
    fitted,
    Math.min(MAX_COMPONENTS, Math.ceil(fitted.rows / 3)),
  );
  const variances = Array.from({ length: scores.columns }, (_, c) => {
    return scores.getColumn(c).reduce((sum, value) => sum + value ** 2, 0) / fitted.rows;
  });
  const total = variances.reduce((sum, value) => sum + value, 0);
  // Number of components of equal variance with the same spread of distances.
  const dimension = total ** 2 / variances.reduce((sum, value) => sum + value ** 2, 0);
  const scale = Math.sqrt(dimension / total);
  const weights = loadings.to2DArray();
  const inputsOf = (values: Float64Array): Samples => {
    const count = values.length / table.columns;
    const projected = new Float64Array(count * scores.columns);
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < table.columns; j++) {
        const value = scale * (values[i * table.columns + j] - centre[j]);
        for (let c = 0; c < scores.columns; c++) projected[i * scores.columns + c] += value * weights[j][c];
      }
    }
    return { values: projected, rows: count, columns: scores.columns };
  };
  const inputs = inputsOf(fitted.values);
  const means = targets.map((target) => rows.reduce((sum, row) => sum + target[row], 0) / rows.length);
  const outputs: Samples = {
    values: Float64Array.from({ length: rows.length * targets.length }, (_, i) => {
      const k = i % targets.length;
      return targets[k][rows[Math.floor(i / targets.length)]] - means[k];
    }),
    rows: rows.length,
    columns: targets.length,
  };
  const gamma = 1 / (2 * dimension);
  const isChecked = (i: number) => i % Math.round(1 / CHECKED) === 0;
  const all = Int32Array.from(rows.keys());
  const [learnt, checked] = [all.filter((i) => !isChecked(i)), all.filter(isChecked)];
  const expected = selectRows(outputs, checked).values;
  const errors = CURVED_RIDGES.map((alpha) => {
    const predict = kernelRidge(selectRows(inputs, learnt), selectRows(outputs, learnt), { alpha, gamma });
    const prediction = predict(selectRows(inputs, checked));
    return prediction.reduce((sum, value, i) => sum + (value - expected[i]) ** 2, 0);
  });
  const alpha = CURVED_RIDGES[errors.indexOf(Math.min(...errors))];
  const predictions = kernelRidge(inputs, outputs, { alpha, gamma })(inputsOf(wanted));
  return targets.map((_, k) =>
    Float64Array.from({ length: predictions.length / targets.length }, (_v, i) => predictions[i * targets.length + k]),
  );
}
