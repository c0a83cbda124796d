// How unusual subjects are for a model, compared with a reference of subjects on whom it was not trained. A share is
// the p-value of a conformal test (Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005). If a subject
// and the reference are exchangeable and the fit saw neither, the share is at most α with a probability of at most α,
// however well the model fits.

import type { Dataset, ObservedValues, Subjects } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { Warning } from '../quality/index.js';
import { Pace } from '../threads/pace.js';
import type { GenerativeModel } from './generative-model.js';
import type { SignalOption } from './question-options.js';
import { observedSizes } from './subject-draws.js';
import { columnVariables } from './variables.js';

/** A score of a modality: about 1 for most subjects of the same population, and larger for an unusual subject. */
export interface UnusualScore {
  readonly score: number;
  /** Share of the reference, and the subject itself, with a score that is at least as large. */
  readonly share: number;
}

export interface ModalityTypicality {
  readonly name: string;
  /** Mean square of the differences from the reconstruction, in units of their mean square in validation subjects. */
  readonly measurements: UnusualScore;
  /**
   * Mean square of the distances of the latents from their means, in their standard deviations. The latents are treated
   * as independent, so an unusual combination of usual latents is not seen.
   */
  readonly latents: UnusualScore;
}

export interface SubjectTypicality {
  /** Row in the data set. */
  readonly row: number;
  /** Share of the reference, and the subject itself, whose smallest share is at least as small. */
  readonly share: number;
  /** The modalities that the subject and somebody in the reference have. */
  readonly modalities: readonly ModalityTypicality[];
}

export interface Typicality {
  /** Number of subjects in the reference. */
  readonly reference: number;
  readonly subjects: readonly SubjectTypicality[];
  readonly warnings: readonly Warning[];
}

/** Subjects with their rows. */
interface SubjectRows {
  /** Per modality in the model's order, subjects × columns. */
  readonly values: readonly ObservedValues[];
  readonly rows: readonly number[];
}

interface Reference extends SubjectRows {
  /** True if the subjects are known to be held out from the fit. */
  readonly isHeldOut: boolean;
}

/** Number of subjects that are scored together. */
const ROWS_TOGETHER = 512;
/** Number of subjects of a reference with which shares reach 0.01. */
const ENOUGH = 99;

/** What is known about the fit of a model. */
interface Fit {
  /** Fingerprint of its data set. */
  readonly fingerprint: string;
  /** Ids of its held-out subjects; undefined if unknown. */
  readonly heldOut: readonly string[] | undefined;
  /** Returns the ids of its training and validation subjects; undefined if unknown. */
  readonly fittedIds: () => Promise<ReadonlySet<string> | undefined>;
}

/**
 * Returns the rows of the reference: the held-out subjects of the fit; if there are none, subjects who did not
 * train the model. If nothing is known about them, returns all.
 * @throws InputError `no-subjects`; `no-held-out` if all of the reference trained the model; `damaged-file`
 */
export async function referenceRows(
  reference: Pick<Subjects, 'ids'> & Partial<Pick<Dataset, 'fingerprint' | 'split'>>,
  fit: Fit,
): Promise<Pick<Reference, 'rows' | 'isHeldOut'>> {
  const { ids, fingerprint, split } = reference;
  if (ids.length === 0) throw new InputError('no-subjects', 'The reference has no subjects. Give held-out subjects.');
  // A selection of rows may have kept the fingerprint and the split of the whole data set.
  const splitRows = split ? split.train.length + split.validation.length + split.test.length : 0;
  const isOfFit = split !== undefined && fingerprint === fit.fingerprint && ids.length === splitRows;
  const isHeldOut = new Set(fit.heldOut);
  const rows = isOfFit ? [...split.test] : ids.flatMap((id, row) => (isHeldOut.has(id) ? [row] : []));
  if (rows.length > 0) return { rows, isHeldOut: true };
  const fitted = isOfFit ? new Set(ids) : await fit.fittedIds();
  if (fitted === undefined) return { rows: [...ids.keys()], isHeldOut: false };
  const newRows = [...ids.keys()].filter((row) => !fitted.has(ids[row]));
  if (newRows.length === 0) {
    throw new InputError(
      'no-held-out',
      'All subjects of the reference trained the model, so they look too typical. Give other subjects as the ' +
        'reference, or fit again with split.test above 0.',
    );
  }
  return { rows: newRows, isHeldOut: true };
}

/**
 * Returns how unusual each subject is.
 * @throws what `encode` throws
 */
export async function typicality(
  model: GenerativeModel,
  subjects: SubjectRows,
  reference: Reference,
  { signal }: SignalOption,
): Promise<Typicality> {
  const pace = new Pace(signal);
  const known = await scoresOf(model, reference, pace);
  const scored = await scoresOf(model, subjects, pace);
  const compare = comparison(known);
  const answers: SubjectTypicality[] = [];
  for (const [i, scores] of scored.entries()) {
    await pace.rest();
    const { shares, share } = compare(scores);
    const score = (at: number): UnusualScore => ({ score: scores[at], share: shares[at] });
    const modalities = model.layout.modalities.flatMap(({ name }, m) =>
      Number.isNaN(shares[2 * m]) ? [] : [{ name, measurements: score(2 * m), latents: score(2 * m + 1) }],
    );
    answers.push({ row: subjects.rows[i], share, modalities });
  }
  const sizes = model.layout.modalities.flatMap(({ name }, m) => {
    const subjectsWith = (all: readonly Float64Array[]) => all.filter((scores) => !Number.isNaN(scores[2 * m])).length;
    return subjectsWith(scored) === 0 ? [] : [{ name, subjects: subjectsWith(known) }];
  });
  const warnings = [...(reference.isHeldOut ? [] : [NOT_HELD_OUT]), ...sizeWarnings(sizes)];
  return { reference: known.length, subjects: answers, warnings };
}

/**
 * Returns a function that compares the scores of a subject with those of the reference. NaN is a missing score.
 * @param known subjects of the reference, each with the same scores
 */
export function comparison(known: readonly Float64Array[]): (scores: Float64Array) => {
  /** By score; NaN if the subject or the whole reference lacks it. */
  readonly shares: Float64Array;
  readonly share: number;
} {
  const sorted = Array.from(known[0], (_, k) =>
    Float64Array.from(known.map((scores) => scores[k]).filter((score) => !Number.isNaN(score))).sort(),
  );
  const ranks = known.map((scores) => scores.map((score, k) => countFrom(sorted[k], score)));
  return (scores) => {
    const shares = scores.map((score, k) => {
      const { length } = sorted[k];
      return Number.isNaN(score) || length === 0 ? NaN : (countFrom(sorted[k], score) + 1) / (length + 1);
    });
    const smallest = min(shares);
    let count = 1;
    for (const [i, ofReference] of known.entries()) {
      // The reference now includes the subject, so all are exchangeable.
      const seen = ofReference.map((score, k) => {
        const isPresent = Number(!Number.isNaN(scores[k]));
        return Number.isNaN(score) ? NaN : (ranks[i][k] + Number(scores[k] >= score)) / (sorted[k].length + isPresent);
      });
      if (min(seen) <= smallest) count++;
    }
    return { shares, share: count / (known.length + 1) };
  };
}

/** Returns the number of values that are at least `from`. @param sorted ascending */
function countFrom(sorted: Float64Array, from: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] >= from) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}

/** Returns the minimum without NaN, at most 1. */
function min(values: Float64Array): number {
  let smallest = 1;
  for (const value of values) if (value < smallest) smallest = value;
  return smallest;
}

/** Returns the scores of each subject: by modality, of the measurements and of the latents; NaN for a missing one. */
async function scoresOf(model: GenerativeModel, { values, rows }: SubjectRows, pace: Pace): Promise<Float64Array[]> {
  const { layout, ranges, flow, positions, summary } = model;
  const columns = columnVariables(summary).filter(({ m, c }) => ranges.noise[m][c] > 0);
  const all: Float64Array[] = [];
  for (let start = 0; start < rows.length; start += ROWS_TOGETHER) {
    await pace.rest();
    const part = rows.slice(start, start + ROWS_TOGETHER);
    const selected = values.map((table, m) => model.selectRows(table, m, part));
    const { mean } = await model.posterior(selected, part.length);
    const { x, z } = await model.read(mean, { sizeOf: observedSizes(model, selected, 1), pace });
    for (let i = 0; i < part.length; i++) {
      const [squares, counts] = [0, 1].map(() => new Float64Array(layout.modalities.length));
      for (const { m, c, at, width } of columns) {
        const { values: numbers, observed } = selected[m];
        if (observed?.[i * width + c] === 0) continue;
        squares[m] += ((numbers[i * width + c] - x[i * layout.values + at]) / ranges.noise[m][c]) ** 2;
        counts[m]++;
      }
      const scores = new Float64Array(2 * layout.modalities.length).fill(NaN);
      for (const [m, { latents }] of layout.modalities.entries()) {
        if (counts[m] === 0) continue;
        let distance = 0;
        for (let latent = layout.offsets[m]; latent < layout.offsets[m] + latents; latent++) {
          const { mean: centre, sd } = ranges.latents[latent];
          distance += ((z[i * flow.size + positions[latent]] - centre) / (sd || 1)) ** 2;
        }
        scores[2 * m] = squares[m] / counts[m];
        scores[2 * m + 1] = distance / (latents || 1);
      }
      all.push(scores);
    }
  }
  return all;
}

const NOT_HELD_OUT: Warning = {
  code: 'reference-not-held-out',
  text:
    'No subject of the reference is known to be held out from the fit. If the reference trained the model, shares ' +
    'are too small. Give the study of the fit, or check that these are other people.',
};

/** @param sizes number of subjects of the reference that have each modality */
function sizeWarnings(sizes: readonly { readonly name: string; readonly subjects: number }[]): Warning[] {
  const small = sizes.filter(({ subjects }) => subjects < ENOUGH);
  if (small.length === 0) return [];
  const items = small.map(({ name, subjects }) => {
    const limit = subjects === 0 ? 'not compared' : `no share is below ${(1 / (subjects + 1)).toPrecision(2)}`;
    return `${name}: ${subjects} subjects, ${limit}`;
  });
  const text = `The reference is small (${items.join('; ')}). Give ${ENOUGH} or more of each to tell a share of 0.01.`;
  return [{ code: 'small-reference', text }];
}
