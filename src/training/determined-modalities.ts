// Modalities that the other ones determine, in fits with observed causes: all their encodings are functions of the
// encodings of other modalities, like a camera and a sensor of the same light. Given those, they have no density,
// so no search on moments and no flow can tell which of both causes the other one: the likelihood grows without limit
// in either direction. So the search leaves such a modality out, and it joins last. A level that acts on the modality
// itself shows in what the others leave of its encodings; then the modality takes part in the search.

import { studentTwoSided } from '../causal/discovery/independence/distributions.js';
import { causeTerms, termCount, type Cause } from '../data/causes.js';
import { kernelRidge, pearson, type Samples } from '../metrics/index.js';
import { meanAndSd } from '../metrics/vectors.js';
import { latentLayout } from '../networks/layout.js';
import type { Subspaces } from './component-stage.js';
import type { SparsityConfig } from './fit-schema.js';

/**
 * Minimum R² of every encoding of a determined modality, in validation subjects. In ten simulated light tunnels, the
 * worst encoding of the camera had 0.994 and more with 2,000 subjects, but once 0.981 with 1,000. The light sensors,
 * given the camera, had at most 0.984. Latents with private noise stay far below.
 */
const MIN_R2 = 0.98;
/** Level of the tests of residuals on causes, divided by their number (Bonferroni). */
const ALPHA_OF_TESTS = 0.01;
/**
 * Smallest slope of a residual on a term that counts, in standard deviations of the encoding per standard deviation of
 * the term: an arm of half the subjects moves it by 0.04. Regression with a ridge shifts residuals of exact copies by
 * 0.0002, of the light tunnel's camera by 0.005.
 */
const MIN_SLOPE = 0.02;
/** Numbers of training subjects: a regression on the first number is quick, and one on the second decides. */
const MAX_TRAINING = [1000, 2000] as const;
/** Only from this R² on in the quick regression is there another one. */
const NEAR_R2 = 0.95;
const MAX_HELD_OUT = 1000;
/** With fewer subjects, a regression is too uncertain to leave a modality out of the search. */
const MIN_SUBJECTS = 200;
/** Ridge of the kernel matrix. With 0.01, more of the camera's colours is unexplained in nine of ten light tunnels. */
const RIDGE = 0.001;

type CausedSubspaces = Subspaces & { readonly causes: readonly Cause[] };

/**
 * Returns the positions of the modalities that the remaining ones determine, in ascending order. The one that is
 * determined best is taken first, and the others are compared without it: of two copies, one remains. A modality on
 * which a cause acts, according to the study or to the residuals of its encodings, is never determined.
 */
export function determinedModalities(subspaces: CausedSubspaces, { graph }: Pick<SparsityConfig, 'graph'>): number[] {
  const { modalities, causes } = subspaces;
  const named = new Set(causes.flatMap(({ targets = {} }) => Object.values(targets).flat()));
  const isNamed = (m: number): boolean =>
    [...named].some((target) => target === modalities[m].name || target.startsWith(`${modalities[m].name}.`));
  const remaining = [...modalities.keys()];
  const determined: number[] = [];
  for (;;) {
    const scores = remaining.map((m) => {
      const predictors = remaining.filter((other) => other !== m && (graph !== 'ordered' || other < m));
      return isNamed(m) || predictors.length === 0 ? -Infinity : minR2(subspaces, m, predictors);
    });
    const best = scores.indexOf(Math.max(...scores));
    if (!(scores[best] >= MIN_R2)) return determined.sort((a, b) => a - b);
    determined.push(...remaining.splice(best, 1));
  }
}

/** Returns the subspaces without some modalities. */
export function withoutModalities<Of extends Subspaces>(subspaces: Of, omitted: readonly number[]): Of {
  const { modalities, values, present, columns } = subspaces;
  const { latents, modalityOf } = latentLayout(modalities);
  const retained = modalityOf.flatMap((m, latent) => (omitted.includes(m) ? [] : [latent]));
  const rows = values.length / latents;
  const left = new Float32Array(rows * retained.length);
  for (let row = 0; row < rows; row++) {
    retained.forEach((latent, i) => (left[row * retained.length + i] = values[row * latents + latent]));
  }
  const remains = (_: unknown, m: number): boolean => !omitted.includes(m);
  return {
    ...subspaces,
    modalities: modalities.filter(remains),
    values: left,
    ...(present && { present: present.filter(remains) }),
    ...(columns && { columns: columns.filter(remains) }),
  };
}

/**
 * Returns the smallest R² of the encodings of a modality given those of other ones; −∞ for too few subjects, and if
 * the residuals depend on a cause.
 */
function minR2(subspaces: CausedSubspaces, m: number, predictors: readonly number[]): number {
  const [quickCount, maxCount] = MAX_TRAINING;
  const rows = subjectsWith(subspaces, [m, ...predictors]);
  if (rows.train.length < MIN_SUBJECTS || rows.heldOut.length < MIN_SUBJECTS / 2) return -Infinity;
  const first = regressionOf(subspaces, [m, predictors], { ...rows, train: rows.train.subarray(0, quickCount) });
  const isEnough = rows.train.length <= quickCount || Math.min(...first.r2) < NEAR_R2;
  const { residuals, r2 } = isEnough
    ? first
    : regressionOf(subspaces, [m, predictors], { ...rows, train: rows.train.subarray(0, maxCount) });
  return dependOnCauses(residuals, r2, subspaces.causes, rows.heldOut) ? -Infinity : Math.min(...r2);
}

interface Rows {
  readonly train: Int32Array;
  readonly heldOut: Int32Array;
}

/** Returns the training subjects and at most 1,000 validation subjects that have all these modalities. */
function subjectsWith({ present, split }: CausedSubspaces, needed: readonly number[]): Rows {
  const complete = (rows: Int32Array): Int32Array =>
    rows.filter((row) => needed.every((one) => present?.[one][row] !== 0));
  return { train: complete(split.train), heldOut: complete(split.validation).subarray(0, MAX_HELD_OUT) };
}

/** Predicts the encodings of a modality from those of other ones. Residuals and R² are those of held-out subjects. */
function regressionOf(
  { modalities, values }: CausedSubspaces,
  [m, predictors]: readonly [number, readonly number[]],
  { train, heldOut }: Rows,
): { readonly residuals: Samples; readonly r2: readonly number[] } {
  const layout = latentLayout(modalities);
  const columnsOf = (positions: readonly number[]): number[] =>
    layout.modalityOf.flatMap((one, latent) => (positions.includes(one) ? [latent] : []));
  const samples = (rows: Int32Array, columns: readonly number[]): Samples => ({
    values: Float64Array.from(
      { length: rows.length * columns.length },
      (_, at) => values[rows[Math.floor(at / columns.length)] * layout.latents + columns[at % columns.length]],
    ),
    rows: rows.length,
    columns: columns.length,
  });
  const [inputs, outputs] = [columnsOf(predictors), columnsOf([m])];
  const gamma = 1 / (2 * inputs.length);
  const predict = kernelRidge(samples(train, inputs), samples(train, outputs), { alpha: RIDGE, gamma });
  const expected = predict(samples(heldOut, inputs));
  const actual = samples(heldOut, outputs);
  const residuals = { ...actual, values: actual.values.map((value, at) => value - expected[at]) };
  const r2 = outputs.map((_, i) => {
    const ofOutput = ({ values: all }: Samples): number[] =>
      Array.from(all).filter((_value, at) => at % outputs.length === i);
    const rest = ofOutput(residuals).reduce((sum, value) => sum + value ** 2, 0);
    return 1 - rest / (heldOut.length * meanAndSd(ofOutput(actual)).sd ** 2);
  });
  return { residuals, r2 };
}

/**
 * Returns whether the mean of a residual depends on a level or on a term of a number, by t tests. A level that moves an
 * encoding by d standard deviations lowers R² by d² / 4 at most, but moves the residual by almost d.
 * @param residuals rows × encodings
 * @param r2 R² of each encoding
 */
function dependOnCauses(
  residuals: Samples,
  r2: readonly number[],
  causes: readonly Cause[],
  rows: Int32Array,
): boolean {
  const table = causeTerms(causes);
  const columns = termCount(causes);
  const ofRow = (row: number): number[] => [...table.subarray(row * columns, (row + 1) * columns)];
  const terms = { values: Float64Array.from([...rows].flatMap(ofRow)), rows: rows.length, columns };
  const degrees = rows.length - 2;
  const pOf = (r: number): number => studentTwoSided(r * Math.sqrt(degrees / (1 - r ** 2)), degrees);
  const correlations = [...pearson(residuals, terms).values];
  return correlations.some((r, at) => {
    const slope = Math.abs(r) * Math.sqrt(1 - r2[Math.floor(at / columns)]);
    return slope >= MIN_SLOPE && pOf(r) < ALPHA_OF_TESTS / correlations.length;
  });
}
