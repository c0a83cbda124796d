// Cox regression: how the hazard of an event depends on columns, h(t | x) = h₀(t) exp(xβ). Ties as in Efron (1977), by
// Newton's method. For clusters of subjects, standard errors are those of Lin & Wei (1989). Equal to R's coxph
// (test/golden/make_survival.R).

import { inverse, Matrix } from 'ml-matrix';
import { normalTwoSided } from '../../causal/discovery/independence/distributions.js';
import { InputError } from '../../errors/errors.js';
import { determinedColumns } from '../../evidence/causes/clustered-regression.js';
import { forEachEvent, type RiskModel } from './risk-sums.js';
import { timeGroups, type SurvivalTimes, type TimeGroup } from './survival-times.js';

/** Why a regression has no estimates. */
export type CoxFailure =
  /** No subject has the event. */
  | 'no-events'
  /** A column is constant, or a combination of other columns. */
  | 'collinear'
  /** A column separates subjects with the event from those at risk without, so its coefficient is infinite. */
  | 'separated'
  /** Newton's method did not converge. */
  | 'not-converged';

export interface CoxEstimates {
  readonly verdict: 'estimated';
  readonly subjects: number;
  readonly events: number;
  /** Logarithms of hazard ratios for one unit of each column. */
  readonly coefficients: Float64Array;
  /** Covariance of the coefficients from the information; with clusters, robust. */
  readonly covariance: Matrix;
  readonly standardErrors: Float64Array;
  /** p of each coefficient by Wald's test, two-sided. */
  readonly ps: Float64Array;
  /** Logarithm of the partial likelihood without and with the columns. */
  readonly logLikelihood: { readonly empty: number; readonly fitted: number };
  /** xβ of each subject; the means of the columns have 0. */
  readonly linearPredictor: Float64Array;
}

export interface CoxFailed {
  readonly verdict: CoxFailure;
  readonly subjects: number;
  readonly events: number;
}

export interface CoxInput extends SurvivalTimes {
  /** Columns × subjects, finite. */
  readonly columns: readonly Float64Array[];
  /** Cluster of each subject, if subjects of a cluster are not independent. */
  readonly clusters?: readonly (string | number)[] | undefined;
  /** Weight of each subject, above 0. Standard errors do not know where weights come from. Default: 1. */
  readonly weights?: Float64Array | undefined;
}

const MAX_STEPS = 60;
const MAX_HALVINGS = 30;
/** The likelihood has converged if a step raises it by less than this share. */
const FLAT = 1e-11;
/** Change of the linear predictors, in logarithms of hazards, below which the coefficients have converged. */
const STILL = 1e-9;
/**
 * Change of a linear predictor per step above which coefficients diverge if the likelihood is flat. A separated column
 * moves by about 1 in every step. Near a maximum, Newton's method moves by much less than 10⁻³.
 */
const DIVERGING = 1e-3;

/**
 * Fits a Cox regression. A regression without a finite maximum has a verdict and no figures.
 * @throws InputError `lengths-differ`, `invalid-outcome`
 */
export function coxRegression({ columns, clusters, weights, ...outcome }: CoxInput): CoxEstimates | CoxFailed {
  const subjects = outcome.times.length;
  if (columns.some(({ length }) => length !== subjects)) {
    throw new InputError('lengths-differ', `coxRegression: each column must have ${subjects} values, as the times`);
  }
  const groups = timeGroups(outcome);
  const events = groups.reduce((sum, { deaths }) => sum + deaths.length, 0);
  const failed = (verdict: CoxFailure): CoxFailed => ({ verdict, subjects, events });
  if (events === 0) return failed('no-events');
  if (determinedColumns([new Float64Array(subjects).fill(1), ...columns]).length <= columns.length) {
    return failed('collinear');
  }
  const scaled = columns.map(standardised);
  const model = scaled.map(({ values }) => values);
  const fit = newton(groups, { columns: model, weights });
  if (typeof fit === 'string') return failed(fit);
  const { beta, information, empty, fitted } = fit;
  const naive = columns.length > 0 ? inverse(information) : information;
  const unscaled = clusters ? robustCovariance({ groups, columns: model, beta, clusters, weights }, naive) : naive;
  const covariance = Matrix.zeros(columns.length, columns.length);
  for (let i = 0; i < columns.length; i++) {
    for (let j = 0; j < columns.length; j++) {
      covariance.set(i, j, unscaled.get(i, j) / (scaled[i].sd * scaled[j].sd));
    }
  }
  const coefficients = beta.map((value, i) => value / scaled[i].sd);
  const standardErrors = coefficients.map((_, i) => Math.sqrt(covariance.get(i, i)));
  return {
    ...{ verdict: 'estimated', subjects, events, coefficients, covariance, standardErrors },
    ps: coefficients.map((value, i) => normalTwoSided(value / standardErrors[i])),
    logLikelihood: { empty, fitted },
    linearPredictor: predictors(model, beta),
  };
}

function standardised(column: Float64Array): { readonly values: Float64Array; readonly sd: number } {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  const sd = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
  return { values: column.map((value) => (value - mean) / sd), sd };
}

function predictors(columns: readonly Float64Array[], beta: Float64Array): Float64Array {
  const sums = new Float64Array(columns[0]?.length ?? 0);
  for (const [i, column] of columns.entries()) {
    for (let row = 0; row < sums.length; row++) sums[row] += beta[i] * column[row];
  }
  return sums;
}

/** Returns the model at some coefficients. Risks are relative to the largest one, which prevents overflow. */
export function riskModel(
  columns: readonly Float64Array[],
  linear: Float64Array,
): RiskModel & { readonly top: number } {
  let top = -Infinity;
  for (const value of linear) top = Math.max(top, value);
  return { columns, risks: linear.map((value) => Math.exp(value - top)), top };
}

interface Likelihood {
  readonly value: number;
  readonly score: Float64Array;
  readonly information: Matrix;
}

type WeightedColumns = Pick<RiskModel, 'columns' | 'weights'>;

function likelihoodAt(
  groups: readonly TimeGroup[],
  { columns, weights }: WeightedColumns,
  beta: Float64Array,
): Likelihood {
  const linear = columns.length === 0 ? new Float64Array(subjectsOf(groups)) : predictors(columns, beta);
  const model = { ...riskModel(columns, linear), weights };
  let value = 0;
  const score = new Float64Array(columns.length);
  const information = Matrix.zeros(columns.length, columns.length);
  for (const { deaths } of groups) {
    for (const subject of deaths) {
      const weight = weights?.[subject] ?? 1;
      value += weight * (linear[subject] - model.top);
      for (const [i, column] of columns.entries()) score[i] += weight * column[subject];
    }
  }
  forEachEvent(groups, model, ({ weight, total, means, covariance }) => {
    value -= weight * Math.log(total);
    for (let i = 0; i < score.length; i++) score[i] -= weight * means[i];
    information.add(covariance.mul(weight));
  });
  return { value, score, information };
}

function subjectsOf(groups: readonly TimeGroup[]): number {
  return groups.reduce((sum, { deaths, censored }) => sum + deaths.length + censored.length, 0);
}

interface Maximum {
  readonly beta: Float64Array;
  readonly information: Matrix;
  readonly empty: number;
  readonly fitted: number;
}

/** Maximises the partial likelihood from 0. A step that lowers it is halved. */
function newton(groups: readonly TimeGroup[], model: WeightedColumns): Maximum | CoxFailure {
  const { columns } = model;
  let beta = new Float64Array(columns.length);
  let here = likelihoodAt(groups, model, beta);
  const empty = here.value;
  if (columns.length === 0) return { beta, information: here.information, empty, fitted: empty };
  for (let step = 0; step < MAX_STEPS; step++) {
    const direction = solved(here);
    if (!direction) return 'separated';
    const change = predictors(columns, direction).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    if (change < STILL) return { beta, information: here.information, empty, fitted: here.value };
    let next: Likelihood | undefined;
    let size = 1;
    for (let halving = 0; halving < MAX_HALVINGS; halving++, size /= 2) {
      const tried = beta.map((value, i) => value + size * direction[i]);
      const there = likelihoodAt(groups, model, tried);
      // Rounding may lower a likelihood at its maximum.
      if (there.value >= here.value - FLAT * Math.abs(here.value)) {
        next = there;
        beta = tried;
        break;
      }
    }
    if (!next) return 'not-converged';
    const isFlat = next.value - here.value <= FLAT * Math.max(1, Math.abs(here.value));
    here = next;
    if (!isFlat) continue;
    if (change > DIVERGING) return 'separated';
    if (step > MAX_STEPS / 2) return { beta, information: here.information, empty, fitted: here.value };
  }
  return 'not-converged';
}

/** Returns the step of Newton's method; undefined if the information is singular. */
function solved({ score, information }: Likelihood): Float64Array | undefined {
  const scale = score.map((_, i) => Math.sqrt(information.get(i, i)));
  if (scale.some((value) => !(value > 1e-7))) return undefined;
  const scaled = Matrix.zeros(score.length, score.length);
  for (let i = 0; i < score.length; i++) {
    for (let j = 0; j < score.length; j++) scaled.set(i, j, information.get(i, j) / (scale[i] * scale[j]));
  }
  let step: Matrix;
  try {
    step = inverse(scaled).mmul(Matrix.columnVector(score.map((value, i) => value / scale[i])));
  } catch {
    return undefined;
  }
  const direction = score.map((_, i) => step.get(i, 0) / scale[i]);
  return direction.every(Number.isFinite) ? direction : undefined;
}

interface ClusteredModel {
  readonly groups: readonly TimeGroup[];
  readonly columns: readonly Float64Array[];
  readonly beta: Float64Array;
  readonly clusters: readonly (string | number)[];
  readonly weights?: Float64Array | undefined;
}

/** Returns VUᵀUV, where U has the sums of score residuals of each cluster and V is the inverse information. */
function robustCovariance(
  { groups, columns, beta, clusters, weights }: ClusteredModel,
  inverseInformation: Matrix,
): Matrix {
  const residuals = scoreResiduals(groups, columns, predictors(columns, beta), weights);
  const positions = new Map([...new Set(clusters)].map((cluster, position) => [cluster, position]));
  const sums = Matrix.zeros(positions.size, columns.length);
  for (const [i, column] of residuals.entries()) {
    for (const [row, value] of column.entries()) {
      const position = positions.get(clusters[row])!;
      sums.set(position, i, sums.get(position, i) + (weights?.[row] ?? 1) * value);
    }
  }
  const changes = sums.mmul(inverseInformation);
  return changes.transpose().mmul(changes);
}

/** Returns the contribution of each subject to the score, without its weight, columns × subjects. */
export function scoreResiduals(
  groups: readonly TimeGroup[],
  columns: readonly Float64Array[],
  linear: Float64Array,
  weights?: Float64Array,
): Float64Array[] {
  const { risks } = riskModel(columns, linear);
  const residuals = columns.map(() => new Float64Array(linear.length));
  /** By group: hazard, and hazard × means, of all its events. For tied events, parts that count for themselves. */
  const hazards = new Map<TimeGroup, { all: number; tied: number; means: Float64Array; tiedMeans: Float64Array }>();
  forEachEvent(groups, { columns, risks, weights }, ({ group, weight, total, leftOut, means }) => {
    const width = columns.length;
    const known = hazards.get(group) ?? {
      ...{ all: 0, tied: 0 },
      ...{ means: new Float64Array(width), tiedMeans: new Float64Array(width) },
    };
    hazards.set(group, known);
    const share = weight / total;
    known.all += share;
    known.tied += (1 - leftOut) * share;
    for (let i = 0; i < width; i++) {
      known.means[i] += means[i] * share;
      known.tiedMeans[i] += (1 - leftOut) * means[i] * share;
      for (const subject of group.deaths) {
        residuals[i][subject] += (columns[i][subject] - means[i]) / group.deaths.length;
      }
    }
  });
  let hazard = 0;
  const means = new Float64Array(columns.length);
  for (const group of groups) {
    const now = hazards.get(group);
    for (const [i, column] of columns.entries()) {
      // Subjects with the event see the earlier events, and part of those at their time.
      const [ofDeaths, meansOfDeaths] = [hazard + (now?.tied ?? 0), means[i] + (now?.tiedMeans[i] ?? 0)];
      for (const subject of group.deaths) {
        residuals[i][subject] -= risks[subject] * (column[subject] * ofDeaths - meansOfDeaths);
      }
      means[i] += now?.means[i] ?? 0;
      const ofOthers = hazard + (now?.all ?? 0);
      for (const subject of group.censored) {
        residuals[i][subject] -= risks[subject] * (column[subject] * ofOthers - means[i]);
      }
    }
    hazard += now?.all ?? 0;
  }
  return residuals;
}
