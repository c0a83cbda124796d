// The association of one unit, a latent or a block of mixed latents, with one outcome. A block has only joint tests,
// because its axes are arbitrary.

import type { Outcome } from '../../data/outcomes.js';
import { chiSquareTail, normalTwoSidedQuantile } from '../../causal/discovery/independence/distributions.js';
import { inverse, Matrix } from 'ml-matrix';
import { averageRanks } from '../../metrics/correlation.js';
import { coxRegression, type CoxEstimates, type CoxFailure } from '../survival/cox.js';
import { covariateColumns, levelColumns } from './covariate-columns.js';
import { jointTest, partialCorrelation, wilksTest, type LinearTest } from './linear-tests.js';
import { unitsOf, type Units } from './units.js';
import { robustTest, welchTest } from './unequal-variances.js';

/** What an estimate is. Partial if the outcome has covariates. */
export type Measure =
  /** Correlation, of a continuous outcome. */
  | 'r'
  /** Spearman's correlation, of an ordered outcome. */
  | 'rho'
  /** Share of the latent's variance between the levels of a categorical outcome. */
  | 'eta2'
  /** Ratio of the hazards for one standard deviation of the latent. */
  | 'hazard-ratio'
  /** Share of an outcome's variance, or of that of its ranks, that a block explains. */
  | 'r2'
  /** 1 − Wilks's Λ of a block and the levels of an outcome. */
  | 'wilks'
  /** Likelihood-ratio χ² of a block in a Cox regression. */
  | 'likelihood-ratio';

/** Why a pair has no test. */
export type Untested =
  | CoxFailure
  /** The unit's modality measures the outcome. */
  | 'circular'
  /** Fewer than 20 units, 10 events, or 10 degrees of freedom. */
  | 'too-few'
  /** The latent, or the outcome, is constant in these units, or covariates determine it. */
  | 'no-variation';

export interface Association {
  readonly measure: Measure;
  /** Left out if the pair was tested. */
  readonly untested?: Untested | undefined;
  /** Number of subjects, or of groups, with the latent, the outcome, and the covariates. */
  readonly units: number;
  readonly events?: number | undefined;
  readonly estimate?: number | undefined;
  /** 95 % interval of a correlation or a hazard ratio. */
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  /** The same measure without covariates; left out if the outcome has none. */
  readonly unadjusted?: number | undefined;
  /** t, F, z or χ². */
  readonly statistic?: number | undefined;
  readonly degrees?: readonly number[] | undefined;
  readonly p?: number | undefined;
}

export const MIN_UNITS = 20;
export const MIN_EVENTS = 10;
const MIN_DEGREES = 10;
const Z = normalTwoSidedQuantile(0.05);

/**
 * Tests a unit against an outcome.
 * @param latents out-of-fold latents of the unit × subjects, NaN where a subject has none
 * @param groups group of each subject, if rows belong together
 */
export function associate(
  outcome: Outcome,
  { modality, latents }: { readonly modality: string; readonly latents: readonly Float64Array[] },
  groups: readonly string[] | undefined,
): Association {
  const measure = measureOf(outcome, latents.length > 1);
  const units = unitsOf(outcome, latents, groups);
  const events = units.events?.reduce((sum, value) => sum + value, 0);
  const counts = { measure, units: units.count, ...(events !== undefined && { events }) };
  if (outcome.measuredIn.includes(modality)) return { ...counts, untested: 'circular' };
  const covariates = covariateColumns(units.covariates, outcome.terms);
  const free = units.count - covariates.length - latents.length - 1;
  if (units.count < MIN_UNITS || free < MIN_DEGREES) return { ...counts, untested: 'too-few' };
  if (events !== undefined) return { ...counts, ...hazards(units, covariates, events) };
  const test = (conditioning: readonly Float64Array[]) => linearTest(outcome, units, conditioning);
  const tested = test(covariates);
  if (!tested) return { ...counts, untested: 'no-variation' };
  return { ...counts, ...tested, ...(covariates.length > 0 && { unadjusted: test([])?.estimate }) };
}

function measureOf({ kind }: Outcome, isBlock: boolean): Measure {
  switch (kind) {
    case 'continuous':
      return isBlock ? 'r2' : 'r';
    case 'ordered':
      return isBlock ? 'r2' : 'rho';
    case 'categorical':
      return isBlock ? 'wilks' : 'eta2';
    case 'time-to-event':
      return isBlock ? 'likelihood-ratio' : 'hazard-ratio';
  }
}

function linearTest(
  { kind }: Outcome,
  { latents, values }: Units,
  covariates: readonly Float64Array[],
): LinearTest | undefined {
  const [first, ...otherLatents] = latents;
  if (kind === 'categorical') return levelsTest(latents, values, covariates);
  const isRanked = kind === 'ordered';
  if (otherLatents.length === 0) return partialCorrelation(first, values, covariates, isRanked);
  // Ranks of single latents would depend on the axes of the block.
  return jointTest(isRanked ? averageRanks(values) : values, latents, covariates);
}

/** Tests differences between levels, which may differ in their variances. The estimate is η² or 1 − Λ. */
function levelsTest(
  latents: readonly Float64Array[],
  values: Float64Array,
  covariates: readonly Float64Array[],
): LinearTest | undefined {
  const levels = levelColumns(values);
  if (levels.length === 0) return undefined;
  const isBlock = latents.length > 1;
  const size = isBlock ? wilksTest(latents, levels, covariates) : jointTest(latents[0], levels, covariates);
  const isWelch = !isBlock && covariates.length === 0;
  const test = isWelch ? welchTest(latents[0], values) : robustTest(latents, levels, covariates);
  return size && test && { estimate: size.estimate, ...test };
}

type Tested = Pick<
  Association,
  'degrees' | 'estimate' | 'lower' | 'p' | 'statistic' | 'unadjusted' | 'untested' | 'upper'
>;

function hazards(
  { latents, values: times, events, clusters }: Units,
  covariates: readonly Float64Array[],
  count: number,
): Tested {
  if (count < Math.max(MIN_EVENTS, 2 * (covariates.length + latents.length))) return { untested: 'too-few' };
  const fit = (columns: readonly Float64Array[]) => coxRegression({ times, events: events!, columns, clusters });
  const all = fit([...latents, ...covariates]);
  if (all.verdict !== 'estimated') return { untested: all.verdict };
  const alone = covariates.length > 0 ? fit(latents) : undefined;
  const unadjusted = alone?.verdict === 'estimated' ? alone : undefined;
  if (latents.length > 1) {
    // With clusters, no likelihood ratio is valid, so the test is Wald's with the robust covariance.
    const without = fit(covariates);
    if (without.verdict !== 'estimated') return { untested: without.verdict };
    const ratio = 2 * (all.logLikelihood.fitted - without.logLikelihood.fitted);
    const statistic = clusters ? wald(all, latents.length) : ratio;
    return { estimate: statistic, statistic, degrees: [latents.length], p: chiSquareTail(statistic, latents.length) };
  }
  const [coefficient, error] = [all.coefficients[0], all.standardErrors[0]];
  return {
    estimate: Math.exp(coefficient),
    lower: Math.exp(coefficient - Z * error),
    upper: Math.exp(coefficient + Z * error),
    ...(unadjusted && { unadjusted: Math.exp(unadjusted.coefficients[0]) }),
    statistic: coefficient / error,
    degrees: [],
    p: all.ps[0],
  };
}

/** Returns Wald's χ² of the first coefficients together. */
function wald({ coefficients, covariance }: CoxEstimates, tested: number): number {
  const positions = Array.from({ length: tested }, (_, i) => i);
  const values = Matrix.columnVector(positions.map((i) => coefficients[i]));
  const inner = inverse(covariance.selection(positions, positions), true);
  return values.transpose().mmul(inner).mmul(values).get(0, 0);
}
