// Total effects of observed causes on latents, in held-out subjects: each level against the reference, or the slope and
// the curve of a number (docs/explanation/evidence-statistics.md).

import { isRemovedWithBatches } from '../../data/batches.js';
import type { Cause } from '../../data/causes.js';
import { holm } from '../../quality/pair-test.js';
import { ALPHA } from '../pairs.js';
import { blockPs, blockTargets, rowsWith, type BlockTarget } from './block-effects.js';
import { causeDesign, testableLevels, type CauseDesign } from './cause-design.js';
import { studyOfCause } from './cause-study.js';
import { combineEffects, powerOf, type CombinedEffect } from './combine-effects.js';
import { NOTABLE_EFFECT, type EffectQuestion, type RawEffect, type TotalEffect, type TotalEffects } from './effects.js';
import { levelEffects, numberEffect, type FoldEffect } from './fold-effects.js';
import { gapTest } from './gap-effects.js';

/** Share of the level of all tests for shifts and curves; the rest is for changes of the spread. */
const SHIFT_SHARE = 0.8;
/** Number of values at which the curve of a continuous cause is estimated, from its 5 % to its 95 % quantile. */
const CURVE_POINTS = 9;

/** Tests all causes on all latents. */
export function totalEffects(question: EffectQuestion): TotalEffects {
  const { nodes, study, latents } = question;
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const raw = study.causes.flatMap((_, position) =>
    modalities.flatMap((modality) =>
      effectsOnModality({ ...question, study: studyOfCause(position, question) }, position, modality),
    ),
  );
  const tested = raw.filter(({ combined, latent }) => combined !== undefined && latents[latent].replicated);
  const mixed = new Set(nodes.flatMap(({ modality }, i) => (latents[i].single ? [] : [modality])));
  const isOf =
    ({ position, key, modality }: BlockTarget) =>
    (one: RawEffect) =>
      one.position === position && one.key === key && nodes[one.latent].modality === modality;
  const isConfounded = (target: BlockTarget) => raw.find(isOf(target))?.reason === 'confounded';
  const gapped = new Set(gappedEffects(raw, question));
  const targets = blockTargets(question).filter((target) => mixed.has(target.modality) && !isConfounded(target));
  const blockP = blockPs(targets, question);
  const shiftQs = holm([...tested.map(({ combined }) => combined!.p), ...blockP]).map((q) =>
    Math.min(1, q / SHIFT_SHARE),
  );
  const spreadQs = holm(tested.map(({ combined }) => combined!.spreadP)).map((q) => Math.min(1, q / (1 - SHIFT_SHARE)));
  const level = (ALPHA * SHIFT_SHARE) / Math.max(1, shiftQs.length);
  const effects = raw.map((one): TotalEffect => {
    const { latent, combined, reason, cause, level: name, units, points } = one;
    const names = { cause, ...(name !== undefined && { level: name }), latent: nodes[latent].name, units };
    if (!combined) return { ...names, verdict: 'undecided', reason };
    const { effect, spread, p, spreadP, standardError, curve, partialR2 } = combined;
    const at = tested.indexOf(one);
    const power = powerOf(NOTABLE_EFFECT, standardError, level);
    const figures = {
      ...names,
      effect,
      power,
      ...(partialR2 !== undefined && { partialR2 }),
      ...(curve && { curve: curve.map((interval, i) => ({ value: points[i], ...interval })) }),
    };
    if (at < 0) return { ...figures, verdict: 'undecided', reason: 'not-replicated' };
    const q = shiftQs[at];
    const spreadQ = spreadQs[at];
    return {
      ...figures,
      p,
      q,
      ...(gapped.has(one)
        ? { verdict: 'undecided', reason: 'gaps' }
        : judged(combined, { q, leak: leakInto(one, raw, question) })),
      spread: {
        ...spread,
        p: spreadP,
        q: spreadQ,
        verdict: spreadQ <= ALPHA && latents[latent].single && !gapped.has(one) ? 'supported' : 'undecided',
      },
    };
  });
  return {
    effects,
    blocks: targets.map((target, i) => {
      const { position, key, modality } = target;
      const { name, levels, kind } = study.causes[position];
      const q = shiftQs[tested.length + i];
      return {
        cause: name,
        ...(kind === 'categorical' && { level: levels![key] }),
        modality,
        p: blockP[i],
        q,
        verdict: q <= ALPHA && !gapped.has(raw.find(isOf(target))!) ? 'supported' : 'undecided',
      };
    }),
  };
}

function judged(
  { effect: { estimate, lower, upper }, p, sign, widening, curve = [] }: CombinedEffect,
  { q, leak }: { readonly q: number; readonly leak: number },
): Pick<TotalEffect, 'verdict' | 'reason'> {
  // p compares ranks, and the interval means. A sentence needs both, unless a number acts along a curve.
  const isClear = curve.length > 0 || (sign > 0 ? lower > 0 : upper < 0);
  if (q <= ALPHA && isClear) {
    return Math.abs(estimate) > leak ? { verdict: 'supported' } : { verdict: 'undecided', reason: 'leak' };
  }
  // A curve can bend although its slope is 0.
  const isFlat = curve.every((point) => isSmall(point.lower, point.upper));
  if (isSmall(lower, upper) && isFlat) return { verdict: 'not-supported' };
  if (p <= ALPHA && q > ALPHA) return { verdict: 'undecided', reason: 'corrected' };
  // Without the disagreement of the folds, the interval decides.
  const [low, high] = [lower, upper].map((bound) => estimate + (bound - estimate) / widening);
  const isDecided = low > 0 || high < 0 || (isSmall(low, high) && isFlat);
  return { verdict: 'undecided', reason: widening > 1 && isDecided ? 'inconsistent' : 'low-power' };
}

/** Returns the estimated effects on modalities whose missing values depend on the same level or number. */
function gappedEffects(raw: readonly RawEffect[], { nodes, splits, study, modalities = [], seed }: EffectQuestion) {
  const studies = study.causes.map((_, position) => studyOfCause(position, { study, modalities }));
  const rows = Int32Array.from(splits[0].folds.flatMap(({ encodings }) => [...encodings!.rows])).sort();
  return modalities.flatMap((modality) => {
    const ofModality = raw.filter(({ latent, combined }) => combined && nodes[latent].modality === modality.name);
    const depends = gapTest(modality, rows, studies, seed);
    const first = ofModality.filter(({ latent }) => latent === ofModality[0].latent);
    const levels = first.filter((level) => depends(level));
    return ofModality.filter((one) => levels.some(({ position, key }) => position === one.position && key === one.key));
  });
}

/** True if an interval rules out a notable effect. */
function isSmall(lower: number, upper: number): boolean {
  return lower > -NOTABLE_EFFECT && upper < NOTABLE_EFFECT;
}

/**
 * Returns the largest effect that the other latents of the modality can leave on a latent of the folds. If two folds'
 * latents correlate by r² and have independent errors, each has the share √(1 − r²) of its axis in other directions.
 */
function leakInto({ latent, position, key }: RawEffect, raw: readonly RawEffect[], question: EffectQuestion): number {
  const { nodes, latents } = question;
  const neighbours = raw.filter(
    (one) =>
      one.position === position &&
      one.key === key &&
      one.latent !== latent &&
      nodes[one.latent].modality === nodes[latent].modality,
  );
  // An estimate is larger than its effect by the squared standard error, on average.
  const square = neighbours.reduce((sum, { combined }) => {
    return sum + Math.max(0, combined!.effect.estimate ** 2 - combined!.standardError ** 2);
  }, 0);
  return latents[latent].leak * Math.sqrt(square);
}

function effectsOnModality(
  { nodes, splits, study, modalities = [] }: EffectQuestion,
  position: number,
  modality: string,
): RawEffect[] {
  const cause = study.causes[position];
  const isSameAsBatch = modalities.some((one) => one.name === modality && isRemovedWithBatches(cause.name, one));
  const columns = nodes.flatMap((node, latent) => (node.modality === modality ? [latent] : []));
  const modalityAt = [...new Set(nodes.map((node) => node.modality))].indexOf(modality);
  const folds = splits.map((split) =>
    split.folds.map(({ encodings }) => {
      const at = [...encodings!.rows.keys()].filter((i) => !Number.isNaN(encodings!.latents[columns[0]][i]));
      return { encodings: encodings!, at, rows: Int32Array.from(at, (i) => encodings!.rows[i]) };
    }),
  );
  const levels = testableLevels(cause, study, rowsWith(splits, columns[0]));
  const isCategorical = cause.kind === 'categorical';
  const keys = isCategorical ? [...cause.levels!.keys()].slice(1) : [0];
  const points = isCategorical ? [] : pointsOf(cause);
  const straight = { ...study, causes: study.causes.map((one, i) => (i === position ? linear(one) : one)) };
  const designs =
    levels.testable.size === 0
      ? []
      : folds.map((split) =>
          split.map(({ rows }) => ({
            whole: causeDesign(rows, position, study, levels),
            straight: isCategorical ? undefined : causeDesign(rows, position, straight, levels),
          })),
        );
  const isDetermined = (key: number) =>
    designs.flat().every(({ whole, straight: line }) => (line ?? whole).columnOf.has(key));
  const effectsOf = columns.map((latent) =>
    designs.map((split, s) =>
      split.map(({ whole, straight: line }, f) => {
        const { encodings, at } = folds[s][f];
        const values = Float64Array.from(at, (i) => encodings.latents[latent][i]);
        return foldEffects(cause, whole, line, values, points);
      }),
    ),
  );
  return columns.flatMap((latent, i) =>
    keys.map((key): RawEffect => {
      const names = {
        position,
        cause: cause.name,
        ...(isCategorical && { level: cause.levels![key] }),
        key,
        latent,
        isWithin: levels.isWithin,
        units: levels.units[key],
        points,
      };
      if (isSameAsBatch) return { ...names, reason: 'batch' };
      if (!levels.testable.has(key)) return { ...names, reason: 'too-few' };
      if (!isDetermined(key)) return { ...names, reason: 'confounded' };
      const combined = combineEffects(
        effectsOf[i].map((split, s) => ({
          folds: split.map((effects) => effects.get(key)!),
          agreement: splits[s].replication[modalityAt].agreement[nodes[latent].index],
        })),
        study,
      );
      return { ...names, combined };
    }),
  );
}

function foldEffects(
  cause: Cause,
  design: CauseDesign,
  straight: CauseDesign | undefined,
  values: Float64Array,
  points: readonly number[],
): ReadonlyMap<number, FoldEffect> {
  if (!straight) return levelEffects(design, values);
  return straight.columnOf.has(0)
    ? new Map([[0, numberEffect(cause, design, straight, values, points)]])
    : new Map<number, FoldEffect>();
}

/** Returns a number with its linear term alone. */
function linear(cause: Cause): Cause {
  return { ...cause, terms: cause.terms.slice(0, 1) };
}

/** Returns the values at which a curve is estimated: all levels, or evenly spaced values. */
function pointsOf({ kind, levels, values }: Cause): number[] {
  if (kind === 'ordered' && levels) return [...new Set(values)].sort((a, b) => a - b);
  const sorted = values.slice().sort();
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  const [low, high] = [quantile(0.05), quantile(0.95)];
  return Array.from({ length: CURVE_POINTS }, (_, i) => low + ((high - low) * i) / (CURVE_POINTS - 1));
}
