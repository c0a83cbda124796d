// Which latents, links, loadings, and effects of a fit differ between groups of subjects. All latents are out-of-fold.
// The latents of a block have arbitrary axes, so a block has joint tests only: the smallest p of its latents, times
// their number.

import { unitsOf as latentUnits } from '../../causal/blocks.js';
import { conclusionsOf, type LinkConclusion } from '../../conclusions/index.js';
import type { Cause } from '../../data/causes.js';
import type { Subgroups } from '../../data/subgroups.js';
import { orthonormalBasis, without } from '../../evidence/causes/clustered-regression.js';
import { holm } from '../../quality/pair-test.js';
import { outcomeUnits, type OutcomeInput, type OutcomeUnit } from '../outcomes/results.js';
import {
  brownForsytheTest,
  deviationOf,
  differenceOf,
  interval95,
  welchTest,
  type GroupFigure,
  type Interval95,
} from './equality.js';
import { correlationDifference, correlationInterval, groupCorrelation } from './group-correlation.js';
import { compareMeans } from './group-means.js';
import { designOf, regress } from './robust-regression.js';
import { comparedSample, type ComparedSample } from './sample.js';

export type SubgroupInput = Pick<OutcomeInput, 'graph' | 'outOfFold' | 'summary'> & {
  readonly dataset: OutcomeInput['dataset'] & { readonly causes?: readonly Cause[] | undefined };
  readonly subgroups: Subgroups;
};

/** Why nothing was compared. */
export type Uncompared =
  /** Fewer than two groups have 20 subjects, or 10 more than coefficients. */
  | 'too-few'
  /** Covariates determine the groups or the variable, or it does not vary. */
  | 'no-variation'
  /** The modality of the latent has the column of the groups. */
  | 'circular'
  /** The values of the cause were observed and not assigned. */
  | 'observed-cause';

/** A figure of one group. */
export interface ComparedGroup {
  readonly name: string;
  readonly subjects: number;
  /** True if the group has enough subjects. */
  readonly isCompared: boolean;
  /** Left out for blocks. A spread has no interval (NaN). */
  readonly figure?: Interval95 | undefined;
  /** Difference from the first compared group. */
  readonly difference?: Interval95 | undefined;
}

export interface Comparison {
  readonly groups: readonly ComparedGroup[];
  readonly p: number;
  readonly uncompared?: Uncompared | undefined;
}

/** q is p corrected for all tests of one table (Holm); NaN without a test. */
export type Corrected<T> = T & { readonly q: number };

/** Corrects p for all tests. */
export function corrected<T extends { readonly p: number }>(tests: readonly T[]): Corrected<T>[] {
  const qs = holm(tests.flatMap(({ p }) => (Number.isNaN(p) ? [] : [p])));
  let next = 0;
  return tests.map((one) => ({ ...one, q: Number.isNaN(one.p) ? NaN : qs[next++] }));
}

/** A latent or block in the groups. */
export interface ComparedLatent {
  readonly unit: OutcomeUnit;
  readonly means: Corrected<Comparison>;
  /** Standard deviations, without intervals. */
  readonly spreads: Corrected<Comparison>;
}

/** Compares the means and the spreads of all latents. */
export function compareLatents(input: SubgroupInput): ComparedLatent[] {
  const units = outcomeUnits(input);
  const tests = corrected(units.flatMap((unit) => [meansOf(input, unit), spreadsOf(input, unit)]));
  return units.map((unit, u) => ({ unit, means: tests[2 * u], spreads: tests[2 * u + 1] }));
}

function meansOf({ subgroups, dataset }: SubgroupInput, { latents, modality }: OutcomeUnit): Comparison {
  const sample = comparedSample(subgroups, latents, dataset.groups);
  if (subgroups.measuredIn.includes(modality)) return nothing(subgroups, sample, 'circular');
  if (!('compared' in sample)) return nothing(subgroups, sample, 'too-few');
  const { variables, groups, compared, covariates } = sample;
  const all = variables.map((values) => compareMeans(values, groups, compared.length, covariates));
  if (all.includes(undefined)) return nothing(subgroups, sample, 'no-variation');
  const [{ intervals: figures, differences }] = all.map((one) => one!);
  return {
    groups: groupsOf(subgroups, sample, latents.length === 1 ? { figures, differences } : {}),
    p: smallest(all.map((one) => one!.test.p)),
  };
}

function spreadsOf({ subgroups, dataset }: SubgroupInput, { latents, modality }: OutcomeUnit): Comparison {
  const sample = comparedSample(subgroups, latents, dataset.groups);
  if (subgroups.measuredIn.includes(modality)) return nothing(subgroups, sample, 'circular');
  if (!('compared' in sample)) return nothing(subgroups, sample, 'too-few');
  const parts = sample.variables.map((values) => sample.compared.map((_, g) => residualsOf(sample, values, g)));
  const tests = parts.map(brownForsytheTest);
  if (tests.includes(undefined)) return nothing(subgroups, sample, 'no-variation');
  const figures = parts[0].map((values) => ({ estimate: deviationOf(values), lower: NaN, upper: NaN }));
  return {
    groups: groupsOf(subgroups, sample, latents.length === 1 ? { figures } : {}),
    p: smallest(tests.map((one) => one!.p)),
  };
}

/** Returns what covariates leave of a variable in a group, with the spread that it has without them. */
function residualsOf({ rowsOf, covariates }: ComparedSample, values: Float64Array, group: number): Float64Array {
  const rows = rowsOf(group);
  const at = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]);
  if (covariates.length === 0) return at(values);
  const basis = orthonormalBasis([new Float64Array(rows.length).fill(1), ...covariates.map(at)]);
  const scale = Math.sqrt((rows.length - 1) / (rows.length - basis.length));
  return without(at(values), basis).map((value) => scale * value);
}

/** A link of the fit in the groups. */
export interface ComparedLink {
  readonly first: string;
  readonly second: string;
  /** Verdict on the link in all subjects together. */
  readonly verdict: LinkConclusion['verdict'];
  readonly plain: Corrected<ComparedCorrelation>;
  /** The correlation given other latents. Left out for blocks, and if the fit conditions on none. */
  readonly partial?: Corrected<ComparedCorrelation> | undefined;
  /** Names of these latents. */
  readonly conditioning: readonly string[];
}

export interface ComparedCorrelation extends Comparison {
  /** The correlation in all compared subjects together, and the mean of those in the groups. Left out for blocks. */
  readonly together?: Interval95 | undefined;
  readonly inside?: Interval95 | undefined;
}

/** Compares the correlations of the supported and undecided links between modalities. */
export function compareLinks(input: SubgroupInput): ComparedLink[] {
  const { links, latents } = conclusionsOf(input.graph, input.summary);
  const units = outcomeUnits(input);
  const unitOf = new Map(
    latentUnits(latents).flatMap(({ members }, u) => members.map((i) => [latents[i].name, units[u]] as const)),
  );
  const seen = new Set<string>();
  const compared = links.flatMap(({ first, second, verdict, isWithin, conditioning, same }) => {
    const [a, b] = [unitOf.get(first), unitOf.get(second)];
    if (isWithin || verdict === 'not-supported' || !a || !b || a === b) return [];
    const key = [a.name, b.name].sort().join(' ');
    if (seen.has(key)) return [];
    seen.add(key);
    const known = conditioning.flatMap((name) => unitOf.get(name) ?? []);
    const isPartial = !a.isBlock && !b.isBlock && !same && known.length > 0 && known.length === conditioning.length;
    const tests = [correlationsOf(input, [a, b], []), ...(isPartial ? [correlationsOf(input, [a, b], known)] : [])];
    const names = isPartial ? [...new Set(known.map(({ name }) => name))] : [];
    return [{ first: a.name, second: b.name, verdict, conditioning: names, tests }];
  });
  const tests = corrected(compared.flatMap((one) => one.tests));
  let next = 0;
  return compared.map(({ tests: { length }, ...link }): ComparedLink => {
    const plain = tests[next++];
    return { ...link, plain, ...(length > 1 && { partial: tests[next++] }) };
  });
}

function correlationsOf(
  { subgroups, dataset }: SubgroupInput,
  [a, b]: readonly [OutcomeUnit, OutcomeUnit],
  conditioning: readonly OutcomeUnit[],
): ComparedCorrelation {
  const conditions = conditioning.flatMap(({ latents }) => latents);
  const ends = [...a.latents, ...b.latents];
  const sample = comparedSample(subgroups, [...ends, ...conditions], dataset.groups, 2 + conditions.length);
  if (!('compared' in sample)) return nothing(subgroups, sample, 'too-few');
  const { variables, covariates, compared, groups, rowsOf } = sample;
  const correlation = ([i, j]: readonly [number, number], rows: Int32Array) => {
    const at = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]);
    const controls = [...variables.slice(ends.length), ...covariates].map(at);
    return groupCorrelation(at(variables[i]), at(variables[j]), controls);
  };
  const pairs = a.latents.flatMap((_first, i) => b.latents.map((_second, j) => [i, a.latents.length + j] as const));
  const all = pairs.map((pair) => compared.map((_, g) => correlation(pair, rowsOf(g))));
  const scale = { intervals: correlationInterval, differences: correlationDifference };
  const comparison = equality(subgroups, sample, all, scale);
  const everyone = Int32Array.from(groups.keys());
  const together = pairs.length === 1 && !comparison.uncompared ? correlation(pairs[0], everyone) : undefined;
  if (!together) return comparison;
  const inside = meanFigure(all[0].flatMap((figure) => figure ?? []));
  return { ...comparison, together: correlationInterval(together), inside: correlationInterval(inside) };
}

/** Returns the mean of figures, weighted by their precision. */
function meanFigure(figures: readonly GroupFigure[]): GroupFigure {
  const weights = figures.map(({ variance }) => 1 / variance);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return {
    estimate: figures.reduce((total, { estimate }, g) => total + (weights[g] / sum) * estimate, 0),
    variance: 1 / sum,
    degrees: figures.reduce((total, { degrees }) => total + degrees, 0),
  };
}

/** An effect of a cause on a latent in the groups. */
export interface ComparedEffect extends Comparison {
  readonly cause: string;
  /** Level that is compared with the reference; left out for numbers. */
  readonly level?: string | undefined;
  readonly reference?: string | undefined;
  readonly unit: OutcomeUnit;
}

/** Compares the effects of causes, which are effects only if the designer assigned the cause. */
export function compareEffects(input: SubgroupInput): Corrected<ComparedEffect>[] {
  const { dataset, subgroups } = input;
  const units = outcomeUnits(input);
  const tests = (dataset.causes ?? []).flatMap((cause) =>
    contrastsOf(cause).flatMap(({ values, ...contrast }) =>
      units.map((unit): ComparedEffect => {
        const of = { cause: cause.name, ...contrast, unit };
        const sample = comparedSample(subgroups, [values, ...unit.latents], dataset.groups, 2);
        if (!cause.assigned) return { ...of, ...nothing(subgroups, sample, 'observed-cause') };
        if (!('compared' in sample)) return { ...of, ...nothing(subgroups, sample, 'too-few') };
        const [, ...latents] = sample.variables;
        // A level is 0 or 1; a number is in its standard deviations.
        const regressor = contrast.level === undefined ? sample.variables[0] : indicatorOf(sample.variables[0]);
        const all = latents.map((latent) => sample.compared.map((_, g) => slopeOf(sample, regressor, latent, g)));
        return {
          ...of,
          ...equality(subgroups, sample, all, { intervals: interval95, differences: differenceOf }),
        };
      }),
    ),
  );
  return corrected(tests);
}

interface Contrast {
  readonly values: Float64Array;
  readonly level?: string | undefined;
  readonly reference?: string | undefined;
}

/** Returns the regressors of a cause: one for each level but the reference, which is the first, or the number. */
function contrastsOf({ kind, levels, values }: Cause): Contrast[] {
  if (kind !== 'categorical' || !levels) return [{ values }];
  return levels.slice(1).map((level, i) => ({
    ...{ level, reference: levels[0] },
    values: values.map((value) => (value === 0 || value === i + 1 ? Number(value > 0) : NaN)),
  }));
}

/** Returns 1 for the larger value of a standardised variable with two values. */
function indicatorOf(values: Float64Array): Float64Array {
  return values.map((value) => Number(value > 0));
}

function slopeOf(
  { rowsOf, covariates }: ComparedSample,
  regressor: Float64Array,
  outcome: Float64Array,
  group: number,
): GroupFigure | undefined {
  const rows = rowsOf(group);
  const at = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]);
  const design = designOf([new Float64Array(rows.length).fill(1), at(regressor), ...covariates.map(at)]);
  const position = design.positions.indexOf(1);
  if (position < 0) return undefined;
  const { coefficients, covariance, degrees } = regress(design, at(outcome));
  return { estimate: coefficients[position], variance: covariance([position]).get(0, 0), degrees };
}

interface Scale {
  readonly intervals: (figure: GroupFigure) => Interval95;
  readonly differences: (first: GroupFigure, other: GroupFigure) => Interval95;
}

/**
 * Tests that figures are equal in the compared groups that have them.
 * @param all by tested variable or pair, one figure for each compared group
 */
export function equality(
  subgroups: Subgroups,
  sample: ComparedSample,
  all: readonly (readonly (GroupFigure | undefined)[])[],
  { intervals, differences }: Scale,
): Comparison {
  const isKnown = (figure: GroupFigure | undefined) => figure !== undefined && figure.variance > 0;
  const positions = [...sample.compared.keys()].filter((g) => all.every((figures) => isKnown(figures[g])));
  const known = all.map((figures) => positions.map((g) => figures[g]!));
  const tests = known.flatMap((figures) => welchTest(figures) ?? []);
  if (tests.length < all.length) return nothing(subgroups, sample, 'no-variation');
  const [figures] = known;
  const sizes = sample.sizes.slice();
  for (const [i, g] of positions.entries()) {
    const { subjects } = figures[i];
    if (subjects !== undefined) sizes[sample.compared[g]] = subjects;
  }
  const [first, ...rest] = figures;
  const shown = {
    figures: figures.map(intervals),
    differences: rest.map((figure) => differences(first, figure)),
  };
  const compared = positions.map((g) => sample.compared[g]);
  return {
    groups: groupsOf(subgroups, { sizes, compared }, all.length === 1 ? shown : {}),
    p: smallest(tests.map(({ p }) => p)),
  };
}

/** Returns the smallest p, times the number of tests. */
function smallest(ps: readonly number[]): number {
  return Math.min(1, Math.min(...ps) * ps.length);
}

/** Returns a comparison without a test. */
export function nothing(
  { levels }: Subgroups,
  { sizes }: Pick<ComparedSample, 'sizes'>,
  uncompared: Uncompared,
): Comparison {
  const groups = levels.map((name, g) => ({ name, subjects: sizes[g], isCompared: false }));
  return { groups, p: NaN, uncompared };
}

function groupsOf(
  { levels }: Subgroups,
  { sizes, compared }: Pick<ComparedSample, 'compared' | 'sizes'>,
  { figures, differences }: { readonly figures?: readonly Interval95[]; readonly differences?: readonly Interval95[] },
): ComparedGroup[] {
  return levels.map((name, level): ComparedGroup => {
    const g = compared.indexOf(level);
    const difference = differences?.[g - 1];
    return {
      ...{ name, subjects: sizes[level], isCompared: g >= 0 },
      ...(figures && g >= 0 && { figure: figures[g] }),
      ...(difference && { difference }),
    };
  });
}
