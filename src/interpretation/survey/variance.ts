// Variances of estimates from a survey: Taylor linearisation with strata and primary sampling units, or replicate
// weights. Subjects that are not in an estimate stay in the design (domain estimation).
//
// Sources: Binder 1983; Lumley, Complex Surveys (2010). The results agree with R's package survey.

import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { ReplicateWeights, SurveyDesign } from '../../data/survey.js';
import { InputError } from '../../errors/errors.js';

/** A statistic of a weighted sample. */
export interface Statistic {
  /** Returns the estimates for weights of all rows. */
  readonly estimate: (weights: Float64Array) => readonly number[];
  /** Returns the influence of each row on each estimate, without its weight; 0 outside of the domain. */
  readonly influence: (estimates: readonly number[]) => readonly Float64Array[];
}

export interface SurveyEstimates {
  readonly estimates: readonly number[];
  readonly covariance: Matrix;
  /** Degrees of freedom of the design: units − strata in the domain, or those of the replicates. */
  readonly degrees: number;
  /** Number of rows in the domain. */
  readonly rows: number;
}

/** Smallest eigenvalue, relative to the largest, that counts for the rank of replicate weights. */
const MIN_EIGENVALUE = 1e-10;

/**
 * Returns estimates with their covariance.
 *
 * @param domain 1 for rows that enter the estimates; rows with a weight of 0 do not
 * @throws InputError `invalid-survey` for a stratum of one unit, if the design says so
 */
export function estimated(design: SurveyDesign, domain: Uint8Array, statistic: Statistic): SurveyEstimates {
  const within = (weights: Float64Array) => weights.map((weight, row) => (domain[row] === 1 ? weight : 0));
  const weights = within(design.weights);
  const estimates = statistic.estimate(weights);
  const rows = weights.reduce((count, weight) => count + Number(weight > 0), 0);
  const { replicates } = design;
  if (replicates) {
    const inDomain = replicates.weights.map(within);
    const covariance = replicateCovariance(replicates, inDomain.map(statistic.estimate));
    return { estimates, covariance, degrees: rankOf([weights, ...inDomain]) - 1, rows };
  }
  const scores = statistic.influence(estimates).map((influence) => influence.map((value, row) => value * weights[row]));
  return { estimates, covariance: linearised(design, scores, weights), degrees: degreesOf(design, weights), rows };
}

/** Returns the number of units minus the number of strata with a row of a positive weight. */
function degreesOf({ strata, units }: SurveyDesign, weights: Float64Array): number {
  const seen = { units: new Set<number>(), strata: new Set<number>() };
  for (const [row, weight] of weights.entries()) {
    if (weight <= 0) continue;
    seen.units.add(units[row]);
    seen.strata.add(strata[row]);
  }
  return seen.units.size - seen.strata.size;
}

/** Returns the covariance of totals of scores, between units within strata. */
function linearised(
  { strata, units, unitsOfStratum, lonely }: SurveyDesign,
  scores: readonly Float64Array[],
  weights: Float64Array,
): Matrix {
  const size = scores.length;
  const covariance = Matrix.zeros(size, size);
  const totals = new Map<number, Map<number, Float64Array>>();
  for (const [row, weight] of weights.entries()) {
    if (weight <= 0) continue;
    const stratum = totals.get(strata[row]) ?? new Map<number, Float64Array>();
    totals.set(strata[row], stratum);
    const total = stratum.get(units[row]) ?? new Float64Array(size);
    stratum.set(units[row], total);
    for (let k = 0; k < size; k++) total[k] += scores[k][row];
  }
  for (const [stratum, ofUnits] of totals) {
    const count = unitsOfStratum[stratum];
    if (count === 1 && lonely === 'fail') throw lonelyStratum();
    if (count === 1 && lonely === 'certainty') continue;
    // Units without a row in the domain have a total of 0. The scores of all strata have a mean of 0.
    const centre = new Float64Array(size);
    if (count > 1) for (const total of ofUnits.values()) for (let k = 0; k < size; k++) centre[k] += total[k] / count;
    const scale = count > 1 ? count / (count - 1) : 1;
    const deviations = [...ofUnits.values()].map((total) => total.map((value, k) => value - centre[k]));
    const absent = count - ofUnits.size;
    for (let j = 0; j < size; j++) {
      for (let k = 0; k < size; k++) {
        const products = deviations.reduce((sum, deviation) => sum + deviation[j] * deviation[k], 0);
        covariance.set(j, k, covariance.get(j, k) + scale * (products + absent * centre[j] * centre[k]));
      }
    }
  }
  return covariance;
}

function replicateCovariance({ scale, factors }: ReplicateWeights, estimates: readonly (readonly number[])[]): Matrix {
  const size = estimates[0].length;
  const counted = estimates.filter((_, r) => factors[r] > 0);
  const means = Float64Array.from({ length: size }, (_, k) => {
    return counted.reduce((sum, values) => sum + values[k], 0) / counted.length;
  });
  const deviation = (r: number, k: number) => estimates[r][k] - means[k];
  const sum = (j: number, k: number) =>
    estimates.reduce((s, _, r) => s + factors[r] * deviation(r, j) * deviation(r, k), 0);
  const covariance = Matrix.zeros(size, size);
  for (let j = 0; j < size; j++) for (let k = 0; k < size; k++) covariance.set(j, k, scale * sum(j, k));
  return covariance;
}

/** Returns the rank of columns. */
function rankOf([, ...columns]: readonly Float64Array[]): number {
  const norm = (column: Float64Array) => Math.sqrt(column.reduce((sum, value) => sum + value * value, 0)) || 1;
  const unit = columns.map((column) => {
    const length = norm(column);
    return column.map((value) => value / length);
  });
  const gram = Matrix.zeros(unit.length, unit.length);
  for (let j = 0; j < unit.length; j++) {
    for (let k = 0; k <= j; k++) {
      let sum = 0;
      for (let row = 0; row < unit[j].length; row++) sum += unit[j][row] * unit[k][row];
      gram.set(j, k, sum);
      gram.set(k, j, sum);
    }
  }
  const values = new EigenvalueDecomposition(gram, { assumeSymmetric: true }).realEigenvalues;
  const largest = Math.max(...values);
  return values.filter((value) => value > MIN_EIGENVALUE * largest).length;
}

/**
 * Returns the weights of the stratified jackknife (JKn): each replicate leaves out one unit, and the other units of its
 * stratum stand for it. Strata of one unit add no replicate.
 */
export function jackknife({ weights, strata, units, unitsOfStratum }: SurveyDesign): ReplicateWeights {
  const present = Array.from(unitsOfStratum, () => new Set<number>());
  for (const [row, unit] of units.entries()) if (weights[row] > 0) present[strata[row]].add(unit);
  const replicates: { readonly weights: Float64Array; readonly factor: number }[] = [];
  for (const [stratum, count] of unitsOfStratum.entries()) {
    if (count < 2) continue;
    // Units without a row here differ in their number only.
    const absent = Array.from({ length: count - present[stratum].size }, () => -1);
    for (const unit of [...present[stratum], ...absent]) {
      const replicate = weights.map((weight, row) => {
        if (strata[row] !== stratum) return weight;
        return units[row] === unit ? 0 : (weight * count) / (count - 1);
      });
      replicates.push({ weights: replicate, factor: (count - 1) / count });
    }
  }
  return {
    weights: replicates.map((replicate) => replicate.weights),
    scale: 1,
    factors: Float64Array.from(replicates, ({ factor }) => factor),
  };
}

function lonelyStratum(): InputError {
  return new InputError(
    'invalid-survey',
    'a stratum of the survey has one sampled unit, so its variance is unknown; merge strata, or write lonely: adjust ' +
      'or lonely: certainty',
  );
}
