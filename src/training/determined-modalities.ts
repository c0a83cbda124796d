// Modalities that the other ones determine, in fits with observed causes: all their encodings are functions of the
// encodings of other modalities, like a camera and a sensor of the same light. Given those, they have no density,
// so no search on moments and no flow can tell which of both causes the other one: the likelihood grows without limit
// in either direction. So the search leaves such a modality out, and it joins last.

import type { Cause } from '../data/causes.js';
import { kernelRidge, type Samples } from '../metrics/index.js';
import { meanAndSd } from '../metrics/vectors.js';
import { latentLayout } from '../networks/layout.js';
import type { Subspaces } from './component-stage.js';
import type { SparsityConfig } from './fit-schema.js';

/**
 * Minimum R² of every encoding of a determined modality, in validation subjects. Kernel ridge regression
 * with 1,000 subjects gave 0.996 and more for the three colours of the light tunnel's camera, and 0.974 for its light
 * sensors given the camera. Latents with private noise stay far below.
 */
const MIN_R2 = 0.95;
const MAX_TRAINING = 1000;
const MAX_HELD_OUT = 1000;
/** With fewer subjects, a regression is too uncertain to leave a modality out of the search. */
const MIN_SUBJECTS = 200;
/** Ridge of the kernel matrix. */
const ALPHA = 0.1;

/**
 * Returns the positions of the modalities that the remaining ones determine, in ascending order. The one that is
 * determined best is taken first, and the others are compared without it: of two copies, one remains. A modality on
 * which a cause acts according to the study is never determined.
 */
export function determinedModalities(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  { graph }: Pick<SparsityConfig, 'graph'>,
): number[] {
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
  const { modalities, values, present } = subspaces;
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
  };
}

/** Returns the smallest R² of the encodings of a modality given those of other ones; −∞ for too few subjects. */
function minR2({ modalities, values, present, split }: Subspaces, m: number, predictors: readonly number[]): number {
  const layout = latentLayout(modalities);
  const needed = [m, ...predictors];
  const complete = (rows: Int32Array, limit: number): Int32Array =>
    rows.filter((row) => needed.every((one) => present?.[one][row] !== 0)).subarray(0, limit);
  const train = complete(split.train, MAX_TRAINING);
  const heldOut = complete(split.validation, MAX_HELD_OUT);
  if (train.length < MIN_SUBJECTS || heldOut.length < MIN_SUBJECTS / 2) return -Infinity;
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
  const predict = kernelRidge(samples(train, inputs), samples(train, outputs), { alpha: ALPHA, gamma });
  const expected = predict(samples(heldOut, inputs));
  const { values: actual } = samples(heldOut, outputs);
  return Math.min(
    ...outputs.map((_, i) => {
      const ofOutput = (all: ArrayLike<number>): number[] =>
        Array.from(all).filter((_value, at) => at % outputs.length === i);
      const [truth, predicted] = [ofOutput(actual), ofOutput(expected)];
      const rest = truth.reduce((sum, value, row) => sum + (value - predicted[row]) ** 2, 0);
      return 1 - rest / (truth.length * meanAndSd(truth).sd ** 2);
    }),
  );
}
