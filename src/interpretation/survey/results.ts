// What a fit says about the population of a survey: links and pairs of modalities, outcomes, and means in subgroups.
// All figures have the weights and variances of the design. A block of mixed latents has arbitrary axes, so it has only
// joint tests: the smallest p of its latents, times their number.

import { unitsOf as latentUnits } from '../../causal/blocks.js';
import { conclusionsOf } from '../../conclusions/index.js';
import { hasOutcome, type MeasuredOutcome, type Outcome } from '../../data/outcomes.js';
import type { StudySurvey, SurveyDesign, SurveySubgroup } from '../../data/survey.js';
import { InputError } from '../../errors/errors.js';
import { averageRanks } from '../../metrics/correlation.js';
import { benjaminiHochberg, holm } from '../../quality/pair-test.js';
import { covariateColumns, levelColumns } from '../outcomes/covariate-columns.js';
import { outcomeUnits, type OutcomeInput, type OutcomeUnit } from '../outcomes/results.js';
import { figure, surveyCorrelation, surveyMeans, surveyPartialCorrelation, type SurveyFigure } from './moments.js';
import { surveyRegression, waldTest } from './regression.js';

export type SurveyInput = Pick<OutcomeInput, 'dataset' | 'graph' | 'outOfFold' | 'summary'> & {
  readonly design: SurveyDesign;
};

/** Minimum number of subjects of a test, and of degrees of freedom. */
export const MIN_SUBJECTS = 20;
export const MIN_DEGREES = 2;

/** A pair of modalities or a link that the fit supports, in the population. */
export interface SurveyAssociation {
  readonly what: 'link' | 'modalities';
  readonly first: string;
  readonly second: string;
  /** Correlation in the subjects, each of whom counts once; of the pair of latents with the smallest p. */
  readonly unweighted: number;
  /** The same in the population. The interval is left out if several pairs of latents were tested. */
  readonly weighted: Omit<SurveyFigure, 'p'>;
  /** Number of pairs of latents. */
  readonly tests: number;
  /** p of the association, times the number of pairs of latents. */
  readonly p: number;
  /** The same for all rows (Holm). */
  readonly q: number;
  readonly subjects: number;
  readonly degrees: number;
  /** Correlation of the two latents of a link in the population, given the latents of the fit's test of the link. */
  readonly partial?: (SurveyFigure & { readonly conditioning: readonly string[] }) | undefined;
}

/** Returns the pairs of modalities and the links that a fit supports, tested with the design. */
export function surveyAssociations(input: SurveyInput): SurveyAssociation[] {
  const { graph, summary, design } = input;
  const conclusions = conclusionsOf(graph, summary);
  const units = outcomeUnits(input);
  const unitOf = new Map(
    latentUnits(conclusions.latents).flatMap(({ members }, u) => {
      return members.map((i) => [conclusions.latents[i].name, units[u]] as const);
    }),
  );
  const links = conclusions.links.flatMap(({ first, second, verdict, isWithin, conditioning }) => {
    const ends = [unitOf.get(first), unitOf.get(second)];
    if (verdict !== 'supported' || isWithin || !ends[0] || !ends[1]) return [];
    return [{ a: ends[0], b: ends[1], conditioning: conditioning.map((name) => unitOf.get(name)) }];
  });
  const isNew = ({ a, b }: { readonly a: OutcomeUnit; readonly b: OutcomeUnit }, at: number) =>
    links.findIndex((one) => (a === one.a && b === one.b) || (a === one.b && b === one.a)) === at;
  const pairs = conclusions.pairs.filter(({ verdict }) => verdict === 'supported');
  const of = (modality: string) => units.filter((unit) => unit.modality === modality).flatMap(({ latents }) => latents);
  const tested = [
    ...pairs.map(({ first, second }) => ({
      ...{ what: 'modalities' as const, first, second },
      ...jointCorrelation(design, of(first), of(second)),
    })),
    ...links.filter(isNew).map(({ a, b, conditioning }) => ({
      ...{ what: 'link' as const, first: a.name, second: b.name },
      ...jointCorrelation(design, a.latents, b.latents),
      ...partialOf(design, [a, b], conditioning),
    })),
  ];
  const qs = holm(tested.map(({ p }) => (Number.isNaN(p) ? 1 : p)));
  return tested.map((one, i) => ({ ...one, q: Number.isNaN(one.p) ? NaN : qs[i] }));
}

/** Returns the partial correlation; nothing for blocks, and if the fit's test has variables that are no latents. */
function partialOf(
  design: SurveyDesign,
  [a, b]: readonly [OutcomeUnit, OutcomeUnit],
  conditioning: readonly (OutcomeUnit | undefined)[],
): Pick<SurveyAssociation, 'partial'> {
  const known = [...new Set(conditioning)].flatMap((unit) => (unit && unit !== a && unit !== b ? [unit] : []));
  if (a.latents.length > 1 || b.latents.length > 1 || conditioning.includes(undefined)) return {};
  const columns = known.flatMap(({ latents }) => latents);
  const { rows, degrees, ...partial } = surveyPartialCorrelation(design, [a.latents[0], b.latents[0]], columns);
  if (rows < MIN_SUBJECTS || degrees < MIN_DEGREES) return {};
  return { partial: { ...partial, conditioning: known.map(({ name }) => name) } };
}

type JointCorrelation = Pick<SurveyAssociation, 'degrees' | 'p' | 'subjects' | 'tests' | 'unweighted' | 'weighted'>;

/** Returns the pair of latents with the smallest p, times the number of pairs. */
function jointCorrelation(
  design: SurveyDesign,
  first: readonly Float64Array[],
  second: readonly Float64Array[],
): JointCorrelation {
  const pairs = first.flatMap((a) => second.map((b) => [a, b] as const));
  const tests = pairs.map((pair) => ({ pair, ...surveyCorrelation(design, pair) }));
  const best = tests.reduce((a, b) => (b.p < a.p || Number.isNaN(a.p) ? b : a));
  const { pair, estimate, error, low, high, degrees, rows } = best;
  const enough = rows >= MIN_SUBJECTS && degrees >= MIN_DEGREES;
  const isSingle = pairs.length === 1;
  const equal = { ...design, weights: design.weights.map((weight) => Number(weight > 0)), replicates: undefined };
  return {
    unweighted: surveyCorrelation({ ...equal, lonely: 'adjust' }, pair).estimate,
    weighted: { estimate, error, low: isSingle ? low : NaN, high: isSingle ? high : NaN },
    tests: pairs.length,
    p: enough ? Math.min(1, best.p * pairs.length) : NaN,
    subjects: rows,
    degrees,
  };
}

/** An outcome and a latent or block, in the population. */
export interface SurveyOutcome {
  readonly outcome: Outcome;
  readonly unit: OutcomeUnit;
  /**
   * Difference of the latent, in its standard deviations, for one standard deviation of a number (or of the ranks of an
   * ordered outcome), or between the second and the first of two levels. Left out for blocks and more levels.
   */
  readonly effect?: SurveyFigure | undefined;
  readonly p: number;
  /** p corrected for all tests (Benjamini & Hochberg). */
  readonly q: number;
  readonly subjects: number;
  readonly degrees: number;
  /** Why nothing was tested. */
  readonly untested?: 'circular' | 'collinear' | 'event' | 'too-few' | undefined;
}

/** Returns the regressions of latents on outcomes and their covariates. */
export function surveyOutcomes(input: SurveyInput, outcomes: readonly Outcome[]): SurveyOutcome[] {
  const units = outcomeUnits(input);
  const tested = outcomes.flatMap((outcome) =>
    units.map((unit) => ({ outcome, unit, ...outcomeTest(input.design, outcome, unit) })),
  );
  const qs = benjaminiHochberg(tested.map(({ p }) => p));
  return tested.map((one, i) => ({ ...one, q: qs[i] }));
}

type OutcomeTest = Omit<SurveyOutcome, 'outcome' | 'q' | 'unit'>;
const nothing = { p: NaN, subjects: 0, degrees: 0 };

function outcomeTest(design: SurveyDesign, outcome: Outcome, unit: OutcomeUnit): OutcomeTest {
  if (outcome.kind === 'time-to-event') return { ...nothing, untested: 'event' };
  if (outcome.measuredIn.includes(unit.modality)) return { ...nothing, untested: 'circular' };
  const variables = [...unit.latents, ...outcome.covariates.map(({ values }) => values)];
  const rows = [...design.weights.keys()].filter(
    (row) =>
      design.weights[row] > 0 && hasOutcome(outcome, row) && variables.every((values) => !Number.isNaN(values[row])),
  );
  if (rows.length < MIN_SUBJECTS) return { ...nothing, subjects: rows.length, untested: 'too-few' };
  const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
  const covariates = outcome.covariates.map((covariate) => ({ ...covariate, values: at(covariate.values) }));
  const terms = termsOf(outcome, at(outcome.values));
  const columns = [...terms, ...covariateColumns(covariates, outcome.terms)];
  const spread = (values: readonly Float64Array[]) =>
    values.map((column) => {
      const whole = new Float64Array(design.weights.length).fill(NaN);
      for (const [i, row] of rows.entries()) whole[row] = column[i];
      return whole;
    });
  try {
    const regressions = unit.latents.map((latent) => surveyRegression(design, latent, spread(columns)));
    const [{ degrees, rows: subjects, coefficients }] = regressions;
    const enough = degrees >= MIN_DEGREES && terms.length > 0;
    if (!enough) return { ...nothing, subjects, degrees, untested: 'too-few' };
    const ps = regressions.map(
      (one) =>
        waldTest(
          one,
          terms.map((_, k) => k + 1),
        ).p,
    );
    const isSingle = unit.latents.length === 1 && terms.length === 1;
    return {
      ...(isSingle && { effect: coefficients[1] }),
      p: Math.min(1, Math.min(...ps) * ps.length),
      subjects,
      degrees,
    };
  } catch (cause) {
    if (!(cause instanceof InputError && cause.code === 'collinear-columns')) throw cause;
    return { ...nothing, subjects: rows.length, untested: 'collinear' };
  }
}

/** Returns the columns of an outcome: a standardised number or rank, or an indicator of each level but one. */
function termsOf({ kind }: MeasuredOutcome, values: Float64Array): Float64Array[] {
  if (kind === 'categorical') return levelColumns(values);
  const numbers = kind === 'ordered' ? averageRanks(values) : values;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const sd = Math.sqrt(numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (numbers.length - 1));
  return sd > 0 ? [numbers.map((value) => (value - mean) / sd)] : [];
}

/** The mean of a latent in the population, or in a subgroup of it. */
export interface SurveyMean {
  readonly unit: OutcomeUnit;
  /** Undefined for the whole population. */
  readonly subgroup?: { readonly name: string; readonly level: string } | undefined;
  /** Left out for blocks. */
  readonly mean?: SurveyFigure | undefined;
  readonly subjects: number;
  /** p of equal means in all levels of the subgroup, and p corrected for all such tests (Benjamini & Hochberg). */
  readonly p?: number | undefined;
  readonly q?: number | undefined;
}

/** Returns the means of all latents, by the levels of the subgroups. */
export function surveySubgroupMeans(input: SurveyInput, { subgroups }: Pick<StudySurvey, 'subgroups'>): SurveyMean[] {
  const units = outcomeUnits(input);
  const { design } = input;
  const tests = units.flatMap((unit) =>
    subgroups.map((subgroup) => ({ unit, subgroup, p: subgroupTest(design, unit, subgroup) })),
  );
  const qs = benjaminiHochberg(tests.map(({ p }) => p));
  return units.flatMap((unit) => [
    { unit, ...meanOf(design, unit) },
    ...subgroups.flatMap((subgroup) => {
      const test = tests.findIndex((one) => one.unit === unit && one.subgroup === subgroup);
      return subgroup.levels.flatMap((level, position) => {
        const domain = Uint8Array.from(subgroup.values, (value) => Number(value === position));
        const mean = meanOf(design, unit, domain);
        if (mean.subjects === 0) return [];
        return [{ unit, subgroup: { name: subgroup.name, level }, ...mean, p: tests[test].p, q: qs[test] }];
      });
    }),
  ]);
}

function meanOf(
  design: SurveyDesign,
  { latents }: OutcomeUnit,
  domain?: Uint8Array,
): Pick<SurveyMean, 'mean' | 'subjects'> {
  const subjects = [...design.weights.keys()].filter(
    (row) =>
      design.weights[row] > 0 && (domain?.[row] ?? 1) === 1 && latents.every((values) => !Number.isNaN(values[row])),
  ).length;
  if (latents.length > 1 || subjects < 2) return { subjects };
  const { estimates, covariance, degrees } = surveyMeans(design, latents, domain);
  return { mean: figure(estimates[0], Math.sqrt(covariance.get(0, 0)), degrees), subjects };
}

/** Returns p of equal means of the levels; NaN if it cannot be tested. */
function subgroupTest(design: SurveyDesign, { latents }: OutcomeUnit, { values }: SurveySubgroup): number {
  const outcome = { values, kind: 'categorical', name: '', column: '', covariates: [], terms: 'linear' } as const;
  const unit = { latents, name: '', modality: '', verdict: undefined, isBlock: latents.length > 1 };
  return outcomeTest(design, { ...outcome, measuredIn: [] }, unit).p;
}
