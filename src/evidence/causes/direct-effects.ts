// Direct effects of observed causes: what remains of a total effect given the parents of the latent. The parents come
// from the model of the other fold, and their coefficients from the tested fold. Latents are measured with error, and a
// parent with errors explains too little, so the tests are those of links (docs/explanation/evidence-statistics.md).

import { termsAt, type Cause } from '../../data/causes.js';
import { meanAndSd } from '../../metrics/vectors.js';
import { holm } from '../../quality/pair-test.js';
import type { HeldOutFold } from '../cross-fit.js';
import type { Measured, PartialCovariance } from '../error-aware.js';
import { ALPHA } from '../pairs.js';
import type { Interval } from '../interval.js';
import { foldCovariance, pooled, pooledInterval, type PooledTest } from '../pooled-test.js';
import { LINK_ALPHA } from '../searched-link.js';
import { heldCauses, studyOfCause } from './cause-study.js';
import { unitMeans, unitTerms, unitValues } from './cause-variables.js';
import { ClusteredRegression, determinedColumns } from './clustered-regression.js';
import { NOTABLE_EFFECT, type DirectEffect, type EffectQuestion, type TotalEffect } from './effects.js';

/** Maximum number of other moved latents that are conditioned on, one at a time. */
const MAX_OTHERS = 8;

/** A supported total effect, with the positions of its cause, level and latent. */
interface SupportedEffect {
  readonly effect: TotalEffect;
  readonly cause: number;
  readonly level: number;
  readonly latent: number;
}

/** Returns each effect with its direct part, if its total is supported. */
export function withDirectEffects(effects: readonly TotalEffect[], question: EffectQuestion): TotalEffect[] {
  const { nodes, study } = question;
  const supported = effects
    .filter(({ verdict }) => verdict === 'supported')
    .map((effect): SupportedEffect => {
      const cause = study.causes.findIndex(({ name }) => name === effect.cause);
      const level = effect.level === undefined ? 0 : study.causes[cause].levels!.indexOf(effect.level);
      return { effect, cause, level, latent: nodes.findIndex(({ name }) => name === effect.latent) };
    });
  const tests = supported.map((one) => directTest(one, supported, question));
  const tested = tests.filter((test) => test !== undefined);
  const corrected = holm(tested.map(({ worst }) => worst.test.p));
  const results = new Map<TotalEffect, DirectEffect>();
  supported.forEach(({ effect }, i) => {
    const test = tests[i];
    results.set(
      effect,
      test
        ? judged(test, corrected[tested.indexOf(test)], question)
        : { verdict: 'undecided', reason: 'no-graph', through: [], parents: [] },
    );
  });
  return effects.map((effect) => {
    const direct = results.get(effect);
    return direct ? { ...effect, direct } : effect;
  });
}

interface Conditioned {
  readonly test: PooledTest;
  /** Effect of the cause in the unit of its total effect; undefined if a fold has too few units. */
  readonly effect: Interval | undefined;
  /** Positions of the latents that every fold conditions on. */
  readonly conditioning: readonly number[];
  /** True if all folds condition on the same latents. */
  readonly isAgreed: boolean;
}

interface DirectTest {
  /** The least significant test. */
  readonly worst: Conditioned;
  /** Positions of the parents in the models of all folds. */
  readonly parents: readonly number[];
  /** Positions of the latents of `worst.conditioning` without which something remains. */
  readonly needed: readonly number[];
  /** False if nothing remains given a latent that comes later in the graphs of the folds. */
  readonly isOrdered: boolean;
}

/** Returns the least significant test of what remains of an effect; undefined if nothing can be tested. */
function directTest(
  one: SupportedEffect,
  supported: readonly SupportedEffect[],
  question: EffectQuestion,
): DirectTest | undefined {
  const { splits } = question;
  const folds = splits.map((split) => split.folds.map((fold) => foldOf(fold, one, question)));
  if (!folds.flat().every((fold) => fold !== undefined)) return undefined;
  const known = folds as readonly (readonly FoldOfEffect[])[];
  const moved = supported
    .filter(({ cause, level, latent }) => cause === one.cause && level === one.level && latent !== one.latent)
    .sort((a, b) => (a.effect.p ?? 1) - (b.effect.p ?? 1))
    .slice(0, MAX_OTHERS)
    .map(({ latent }) => latent);
  const testsOf = (setOf: (fold: FoldOfEffect) => readonly number[]) =>
    [true, false].map((powers) => conditioned(known, setOf, powers));
  const testsGiven = (other?: number) =>
    testsOf(({ parents: set }) => (other === undefined || set.includes(other) ? set : [...set, other]));
  const isDescendant = (other: number) => known.flat().some(({ descendants }) => descendants.has(other));
  const ofLargestP = (tests: readonly Conditioned[]) => tests.reduce((a, b) => (b.test.p > a.test.p ? b : a));
  const worst = ofLargestP([
    ...testsGiven(),
    ...moved.filter((other) => !isDescendant(other)).flatMap((other) => testsGiven(other)),
  ]);
  // Given an effect of the latent, some of the effect remains, unless the graphs of the folds direct a link wrongly.
  const after = moved.filter(isDescendant).flatMap((other) => testsGiven(other));
  const parents = known[0][0].parents.filter((parent) => known.flat().every((fold) => fold.parents.includes(parent)));
  const isNeeded = (latent: number) =>
    ofLargestP(testsOf(() => worst.conditioning.filter((one) => one !== latent))).test.p <= LINK_ALPHA;
  const needed = worst.test.p > LINK_ALPHA && worst.isAgreed ? worst.conditioning.filter(isNeeded) : [];
  return { worst, parents, needed, isOrdered: after.length === 0 || ofLargestP(after).test.p <= LINK_ALPHA };
}

/** Tests what remains given a set of latents in each fold. */
function conditioned(
  splits: readonly (readonly FoldOfEffect[])[],
  setOf: (fold: FoldOfEffect) => readonly number[],
  powers: boolean,
): Conditioned {
  const tests = splits.map((split) => split.map((fold) => conditional(fold, setOf(fold), powers)));
  const all = tests.flat();
  const known = all.flatMap(({ covariance }) => covariance ?? []);
  const keyOf = (latents: readonly number[]) => [...latents].sort((a, b) => a - b).join();
  return {
    test: pooled(tests.map((split) => split.map(({ covariance }) => covariance))),
    effect:
      known.length < all.length
        ? undefined
        : pooledInterval(
            known.map(({ slope }) => slope),
            known.map(({ slopeError }) => slopeError),
            splits.length,
          ),
    conditioning: all[0].conditioning.filter((latent) =>
      all.every(({ conditioning }) => conditioning.includes(latent)),
    ),
    isAgreed: new Set(all.map(({ conditioning }) => keyOf(conditioning))).size === 1,
  };
}

/** A fold with the cause and the latents as variables: the cause first, then latents, then terms of other causes. */
interface FoldOfEffect {
  readonly variables: readonly Measured[];
  readonly latent: number;
  readonly otherTerms: readonly number[];
  readonly parents: readonly number[];
  readonly descendants: ReadonlySet<number>;
}

function foldOf(fold: HeldOutFold, { cause: position, level, latent }: SupportedEffect, question: EffectQuestion) {
  const { encodings, ids } = fold;
  const { nodes, ids: rowIds } = question;
  const study = studyOfCause(position, question);
  if (study.hasBatchUnits) return undefined;
  const cause = study.causes[position];
  const names = study.groups ?? rowIds;
  const values = unitValues(ids, names, cause.values);
  if (!encodings?.parents) return undefined;
  const { parents, units, forms, rows, latents: encoded } = encodings;
  const isCategorical = cause.kind === 'categorical';
  const at = Int32Array.from(ids.keys()).filter(
    (unit) => !Number.isNaN(values[unit]) && (!isCategorical || values[unit] === 0 || values[unit] === level),
  );
  if (at.length === 0) return undefined;
  const pick = (of: Float64Array) => Float64Array.from(at, (unit) => of[unit]);
  const exact = (whole: Float64Array, name: string): Measured => ({
    whole,
    a: whole,
    b: whole,
    source: `cause ${name}`,
  });
  const term = Float64Array.from(at, (unit) =>
    isCategorical ? Number(values[unit] === level) : termsAt(cause, values[unit])[0],
  );
  const spread = study.groups ? spreadOfGroups(cause, encoded[latent], { rows, ids, names }) : 1;
  const scaled = (of: Float64Array) => {
    const sd = referenceSd(cause, of, values) / spread;
    return sd > 0 ? of.map((value) => value / sd) : of;
  };
  const latents = units.map((of, i): Measured => {
    const { modality, name } = nodes[i];
    const [whole, two] =
      i === latent ? [scaled(of), forms[i] && { a: scaled(forms[i].a), b: scaled(forms[i].b) }] : [of, forms[i]];
    const all = pick(whole);
    // Without forms the errors of a latent are unknown, also those that it shares with latents of its modality.
    return two
      ? { whole: all, a: pick(two.a), b: pick(two.b), source: modality }
      : { whole: all, a: all, b: all, source: `latent ${name}`, isUnmeasured: true };
  });
  const terms = [
    ...unitTerms(ids, names, heldCauses(study.causes, position)),
    ...(study.covariates ?? []).map((column) => unitMeans(ids, names, column)),
  ].map(pick);
  const constant = new Float64Array(at.length).fill(1);
  const free = determinedColumns([constant, term, ...terms]).filter((column) => column > 1);
  const otherTerms = free.map((column, i) => exact(terms[column - 2], `term ${i}`));
  return {
    variables: [exact(term, cause.name), ...latents, ...otherTerms],
    latent,
    otherTerms: otherTerms.map((_, i) => 1 + latents.length + i),
    parents: parents[latent].filter((parent) => parent >= 0),
    descendants: descendantsOf(latent, parents),
  } satisfies FoldOfEffect;
}

function descendantsOf(latent: number, parents: readonly (readonly number[])[]): Set<number> {
  const descendants = new Set<number>();
  const todo = [latent];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    const parent = at;
    parents.forEach((of, child) => {
      if (!of.includes(parent) || descendants.has(child)) return;
      descendants.add(child);
      todo.push(child);
    });
  }
  return descendants;
}

function conditional(
  { variables, latent, otherTerms }: FoldOfEffect,
  conditioning: readonly number[],
  powers: boolean,
): {
  readonly covariance: PartialCovariance | undefined;
  readonly conditioning: readonly number[];
} {
  const positions = [...conditioning.map((parent) => 1 + parent), ...otherTerms];
  const covariance = foldCovariance(variables, { x: 0, y: 1 + latent, conditioning: positions }, powers);
  return { covariance, conditioning };
}

/**
 * Returns the standard deviation of a latent with the reference level, or around the curve of a number, in which total
 * effects are measured.
 * @param latent NaN for values that are not known @param values of the cause
 */
function referenceSd(cause: Cause, latent: Float64Array, values: Float64Array): number {
  const isKnown = (at: number) => !Number.isNaN(latent[at]) && !Number.isNaN(values[at]);
  const known = [...latent.keys()].filter((at) => isKnown(at) && (cause.kind !== 'categorical' || values[at] === 0));
  const y = Float64Array.from(known, (at) => latent[at]);
  if (cause.kind === 'categorical' || known.length <= 1 + cause.terms.length) return meanAndSd(y).sd;
  const terms = cause.terms.map((_, term) => Float64Array.from(known, (at) => termsAt(cause, values[at])[term]));
  const columns = [y.map(() => 1), ...terms];
  const determined = determinedColumns(columns).map((column) => columns[column]);
  return meanAndSd(new ClusteredRegression({ columns: determined }).fit(y).residuals).sd;
}

/** Returns the standard deviation of means of groups, relative to that of rows, in which total effects are measured. */
function spreadOfGroups(
  cause: Cause,
  latent: Float64Array,
  {
    rows,
    ids,
    names,
  }: { readonly rows: Int32Array; readonly ids: readonly string[]; readonly names: readonly string[] },
): number {
  const column = new Float64Array(names.length).fill(NaN);
  rows.forEach((row, i) => (column[row] = latent[i]));
  const ofRows = referenceSd(cause, column, cause.values);
  const ofGroups = referenceSd(cause, unitMeans(ids, names, column), unitValues(ids, names, cause.values));
  return ofRows > 0 ? ofGroups / ofRows : 1;
}

/** @param q p corrected for the number of direct tests */
function judged({ worst, parents, needed, isOrdered }: DirectTest, q: number, { nodes }: EffectQuestion): DirectEffect {
  const { test, effect, conditioning, isAgreed } = worst;
  const through = conditioning.map((latent) => nodes[latent].name);
  const figures = {
    through,
    parents: parents.map((latent) => nodes[latent].name),
    ...effect,
    p: test.p,
    q,
  };
  const excludesZero = test.lower > 0 || test.upper < 0;
  if (q <= ALPHA && test.hasOneSign && excludesZero) {
    return isOrdered ? { ...figures, verdict: 'direct' } : { ...figures, verdict: 'undecided', reason: 'order' };
  }
  if (!test.isIdentified) return { ...figures, verdict: 'undecided', reason: 'not-measured' };
  const isSmall = effect !== undefined && effect.lower > -NOTABLE_EFFECT && effect.upper < NOTABLE_EFFECT;
  const isNone = test.p > LINK_ALPHA && isSmall;
  if (!isNone) return { ...figures, verdict: 'undecided', reason: excludesZero ? 'inconsistent' : 'low-power' };
  if (through.length === 0 || !isAgreed) return { ...figures, verdict: 'undecided', reason: 'parents-differ' };
  return { ...figures, needed: needed.map((latent) => nodes[latent].name), verdict: 'through' };
}
