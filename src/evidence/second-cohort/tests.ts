// Tests each hypothesis of a first study once in a second cohort (docs/explanation/evidence-statistics.md).

import { normalTwoSided } from '../../causal/index.js';
import { hasCopiedRows } from '../../quality/index.js';
import { correlationOf } from '../alignment.js';
import { totalEffects, type TotalEffect } from '../causes/index.js';
import { isEnough } from '../folds.js';
import type { Interval } from '../interval.js';
import { combined, leadingPair, testPair, unitsOfBoth, type UnitsOfBoth } from '../pairs.js';
import { pooledTest } from '../pooled-test.js';
import { latentVariables } from '../variables.js';
import { cohortUnits, type CohortUnits, type SecondCohort } from './cohort.js';
import type { Hypothesis, ReplicationReason, TestedHypothesis } from './hypotheses.js';
import { directionOf, judged, oneSided, type RawTest } from './verdicts.js';

/** Half the width of a 95 % interval, in standard errors. */
const NORMAL_95 = 1.959964;

/**
 * Tests each hypothesis once, in the direction of the first study if it has one. p is corrected for all tests (Holm).
 * @throws what `crossFit` throws
 */
export async function testHypotheses(
  hypotheses: readonly Hypothesis[],
  cohort: SecondCohort,
): Promise<TestedHypothesis[]> {
  const { dataset, config } = cohort;
  const lacking = hasCopiedRows(dataset) ? 'copied-rows' : isEnough(dataset, config.seed) ? undefined : 'too-few';
  if (lacking) return judged(hypotheses.map((one) => untestable(one, missingPart(one, cohort) ?? lacking)));
  const units = await cohortUnits(cohort);
  const effects = effectsOf(hypotheses, units);
  return judged(
    hypotheses.map((one): RawTest => {
      const missing = missingPart(one, cohort);
      if (missing) return untestable(one, missing);
      if (one.kind === 'pair') return pairTest(one, units);
      return one.kind === 'link' ? linkTest(one, units) : effectTest(one, effects);
    }),
  );
}

function untestable(hypothesis: Hypothesis, reason: ReplicationReason, subjects = 0): RawTest {
  return { hypothesis, reason, subjects };
}

/** Returns which part of a hypothesis the cohort lacks, if any. */
function missingPart(
  { kind, first, second, conditioning = [] }: Hypothesis,
  { dataset: { modalities, causes = [] } }: Pick<SecondCohort, 'dataset'>,
): ReplicationReason | undefined {
  const isOfCause = kind !== 'pair' && kind !== 'link';
  const has = (name: string) => modalities.some((one) => name === one.name || name.startsWith(`${one.name}.`));
  const measured = isOfCause ? [second] : [first, second, ...conditioning];
  if (!measured.every(has)) return 'modality-missing';
  return isOfCause && !causes.some(({ name }) => name === first) ? 'cause-missing' : undefined;
}

/**
 * Tests a pair of modalities: the correlation of the combinations of latents that are most correlated in the first
 * study. If that study has no clear correlation, as for a U-shape, or its latents are not known, any association.
 */
function pairTest(hypothesis: Hypothesis, units: CohortUnits): RawTest {
  const { nodes, split, crossFitted, cohort, permutations } = units;
  const { first, second } = hypothesis;
  const names = [first, second].map((modality) => nodes.filter((node) => node.modality === modality));
  const columns = names.map((some) => some.map((node) => nodes.indexOf(node)));
  const components = [first, second].map((modality) => crossFitted.components?.get(modality));
  const width = Math.min(...[first, second].map((modality) => crossFitted.widths?.get(modality) ?? Infinity));
  const any = testPair(columns, components, crossFitted, { permutations, width });
  const { subjects } = any;
  if (any.folds.length === 0) return untestable(hypothesis, 'too-few', subjects);
  const weights = directionOf(hypothesis) === 0 ? undefined : weightsOf(names, cohort.firstLatents);
  if (!weights) return { hypothesis, subjects, p: any.p, estimate: any.correlation };
  const folds = split.folds.map((fold) => unitsOfBoth(fold, columns[0], columns[1]));
  const { estimate, z } = frozenCorrelation(folds, weights);
  const p = oneSided(normalTwoSided(z), Math.sign(z), directionOf(hypothesis));
  return { hypothesis, subjects, p, estimate, anyAssociation: any.p };
}

type Weights = readonly [readonly number[], readonly number[]];

/** Returns the combinations of latents that are most correlated among the subjects of the first study. */
function weightsOf(
  names: readonly (readonly { readonly name: string }[])[],
  latents: SecondCohort['firstLatents'],
): Weights | undefined {
  const sides = names.map((some) => some.flatMap(({ name }) => latents?.get(name) ?? []));
  if (sides.some((side, i) => side.length < names[i].length)) return undefined;
  const [one, other] = [sides[0][0], sides[1][0]];
  const rows = [...one.keys()].filter((row) => !Number.isNaN(one[row]) && !Number.isNaN(other[row]));
  const at = (values: Float64Array) => Float64Array.from(rows, (row) => values[row]);
  const [a, b] = sides.map((side) => side.map(at));
  return leadingPair({ a, b });
}

/** Returns the mean correlation of two fixed combinations over the folds of the cohort (Fisher 1921). */
function frozenCorrelation(
  folds: readonly UnitsOfBoth[],
  [u, v]: Weights,
): { readonly estimate: Interval; readonly z: number } {
  const sizes = folds.map(({ units, lost }) => Math.max(1, units - lost - 3));
  const free = sizes.reduce((sum, size) => sum + size, 0);
  const mean = folds.reduce((sum, { a, b }, f) => {
    const correlation = correlationOf(combined(a, u), combined(b, v));
    return sum + (sizes[f] / free) * Math.atanh(Math.max(-0.999999, Math.min(0.999999, correlation)));
  }, 0);
  const half = NORMAL_95 / Math.sqrt(free);
  return {
    estimate: { estimate: Math.tanh(mean), lower: Math.tanh(mean - half), upper: Math.tanh(mean + half) },
    z: mean * Math.sqrt(free),
  };
}

/** Tests a link given the latents that explained most of it in the first study. */
function linkTest(hypothesis: Hypothesis, { nodes, within }: CohortUnits): RawTest {
  const { first, second, conditioning = [] } = hypothesis;
  const sources = nodes.map(({ modality }) => modality);
  const at = (name: string) => nodes.findIndex((node) => node.name === name);
  const question = { x: at(first), y: at(second), conditioning: conditioning.map(at) };
  const subjects = within.folds.reduce((sum, { units }) => {
    const [x, y] = [units[question.x], units[question.y]];
    return sum + x.filter((value, i) => !Number.isNaN(value) && !Number.isNaN(y[i])).length;
  }, 0);
  if (![question.x, question.y].every((latent) => isMeasured(within.folds, latent))) {
    return untestable(hypothesis, 'not-measured', subjects);
  }
  const test = pooledTest([within.folds.map((fold) => latentVariables(fold, sources))], question);
  if (test.folds.length === 0) return untestable(hypothesis, 'too-few', subjects);
  const { correlation, lower, upper, isIdentified } = test;
  return {
    hypothesis,
    subjects,
    p: oneSided(test.p, Math.sign(correlation), directionOf(hypothesis)),
    estimate: { estimate: correlation, lower, upper },
    isIdentified,
  };
}

/**
 * True if the two forms of a latent correlate: then its columns have something in common in this cohort, too. A latent
 * without forms counts as measured, because nothing is known about its errors.
 */
function isMeasured(folds: CohortUnits['within']['folds'], latent: number): boolean {
  const known = folds.flatMap(({ forms }) => {
    const two = forms[latent];
    if (!two) return [];
    const rows = [...two.a.keys()].filter((row) => !Number.isNaN(two.a[row]) && !Number.isNaN(two.b[row]));
    const [a, b] = [two.a, two.b].map((form) => Float64Array.from(rows, (row) => form[row]));
    return [{ correlation: correlationOf(a, b), size: Math.max(1, rows.length - 3) }];
  });
  if (known.length < folds.length) return true;
  const free = known.reduce((sum, { size }) => sum + size, 0);
  const mean = known.reduce((sum, { correlation, size }) => {
    return sum + (size / free) * Math.atanh(Math.min(0.999999, correlation));
  }, 0);
  return mean > NORMAL_95 / Math.sqrt(free);
}

type Effects = ReturnType<typeof totalEffects>;

/** Tests the causes, if any hypothesis is about one of them. */
function effectsOf(
  hypotheses: readonly Hypothesis[],
  { cohort: { dataset, config }, nodes, split, latents }: CohortUnits,
): Effects {
  const { causes, groups, covariates, modalities, ids } = dataset;
  if (!causes || hypotheses.every(({ kind }) => kind === 'pair' || kind === 'link')) return { effects: [], blocks: [] };
  // Only modalities whose single latents are mixed are tested as a whole.
  const blocks = new Set(hypotheses.flatMap(({ kind, second }) => (kind === 'block' ? [second] : [])));
  const judgedLatents = latents.map((latent, i) => ({ ...latent, single: !blocks.has(nodes[i].modality) }));
  const study = { causes, groups, covariates };
  return totalEffects({ nodes, splits: [split], latents: judgedLatents, study, modalities, ids, seed: config.seed });
}

function effectTest(hypothesis: Hypothesis, { effects, blocks }: Effects): RawTest {
  const { kind, first, second, level } = hypothesis;
  const isSame = (one: { readonly cause: string; readonly level?: string | undefined }) =>
    one.cause === first && one.level === level;
  if (kind === 'block') {
    const block = blocks.find((one) => isSame(one) && one.modality === second);
    const ofModality = effects.find((one) => isSame(one) && one.latent.startsWith(`${second}.`));
    const { units = 0 } = ofModality ?? {};
    const reason = ofModality && untestableReason(ofModality);
    return block && !reason ? { hypothesis, subjects: units, p: block.p } : untestable(hypothesis, reason ?? 'too-few');
  }
  const total = effects.find((one) => isSame(one) && one.latent === second);
  const reason = total ? untestableReason(total) : 'too-few';
  if (!total?.effect || reason) return untestable(hypothesis, reason ?? 'too-few', total?.units);
  const figures = kind === 'spread' ? total.spread : { ...total.effect, p: total.p };
  if (figures?.p === undefined) return untestable(hypothesis, 'too-few', total.units);
  const { estimate, lower, upper, p } = figures;
  const sign = Math.sign(kind === 'spread' ? Math.log(estimate) : estimate);
  return {
    hypothesis,
    subjects: total.units,
    p: oneSided(p, sign, directionOf(hypothesis)),
    estimate: { estimate, lower, upper },
  };
}

/** Returns why a cohort cannot test an effect; undefined if it can. */
function untestableReason({ reason, effect }: TotalEffect): ReplicationReason | undefined {
  if (reason === 'gaps' || reason === 'confounded' || reason === 'batch' || reason === 'too-few') return reason;
  if (reason === 'not-replicated') return 'not-measured';
  return effect ? undefined : 'too-few';
}
