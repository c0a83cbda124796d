// Refuses a second cohort with subjects of the first study: they would confirm what they suggested.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import type { Latents } from '../inference/model-latents.js';
import { counted } from '../text/numbers.js';

/** What is known about the subjects of the first study. */
export interface FirstCohort {
  /** Their ids; undefined if the RUN folder came without them. */
  readonly ids?: ReadonlySet<string> | undefined;
  /** Latents of the fitted model by modality, subjects × latents; undefined if unknown. */
  readonly inSample?: Latents | undefined;
  /** Out-of-fold latents by modality, subjects × latents, NaN if a subject lacks the modality. */
  readonly outOfFold?: Latents | undefined;
}

/** Maximum difference of two latents of the same row: the files have seven digits. */
const TOLERANCE = 1e-5;
/** Minimum share of different rows in a modality. Rows of answers and grades can be equal by chance. */
const MIN_DIFFERENT = 0.95;
/** Maximum share of subjects whose latents equal those of a row of the first study. */
const MAX_EQUAL = 0.05;

/**
 * @param latents latents of the cohort by modality, subjects × latents
 * @param present by modality, 1 for subjects that have it
 * @throws InputError `same-subjects`
 */
export function checkOtherSubjects(
  { ids }: Pick<Dataset, 'ids'>,
  first: FirstCohort,
  latents: Latents,
  present: ReadonlyMap<string, Uint8Array>,
): void {
  const known = ids.filter((id) => first.ids?.has(id));
  if (known.length > 0) {
    throw new InputError(
      'same-subjects',
      `${counted(known.length, 'subject')} of the second cohort (of ${ids.length}) have ids of subjects of the first ` +
        `study, such as ${known[0]}. They suggested its results and cannot confirm them. Leave these subjects out ` +
        '(where). If they are other people, give them other ids.',
      { id: known[0], subjects: known.length },
    );
  }
  for (const [name, of] of present) {
    const width = latents[name].length / ids.length;
    const rows = [...ids.keys()].filter((row) => of[row] === 1);
    const equal = equalRows(latents[name], rows, width, first.inSample?.[name]);
    if (equal <= MAX_EQUAL * rows.length) continue;
    throw new InputError(
      'same-subjects',
      `The values of '${name}' are the same as those of a subject of the first study in ` +
        `${counted(equal, 'subject')} of ${rows.length}. Copies cannot confirm what their originals suggested. Leave ` +
        'them out (where), or give another cohort.',
      { modality: name, subjects: equal },
    );
  }
}

/** Returns the number of rows whose latents are those of some row of the first study. */
function equalRows(
  latents: Float32Array,
  rows: readonly number[],
  width: number,
  first: Float32Array | undefined,
): number {
  if (!first) return 0;
  const keyOf = (value: number) => Math.floor(value / TOLERANCE);
  const known = new Map<number, number[]>();
  for (let at = 0; at < first.length; at += width) {
    const key = keyOf(first[at]);
    const same = known.get(key);
    if (same) same.push(at);
    else known.set(key, [at]);
  }
  const isEqual = (values: Float32Array, at: number, from: number): boolean => {
    for (let i = 0; i < width; i++) if (!(Math.abs(values[at + i] - first[from + i]) <= TOLERANCE)) return false;
    return true;
  };
  const copies = (values: Float32Array, at: number): number => {
    const key = keyOf(values[at]);
    const near = [key - 1, key, key + 1].flatMap((one) => known.get(one) ?? []);
    return near.filter((from) => isEqual(values, at, from)).length;
  };
  const total = first.length / width;
  let different = 0;
  for (let row = 0; row < total; row++) different += Number(copies(first, row * width) <= 1);
  if (different < MIN_DIFFERENT * total) return 0;
  return rows.filter((row) => copies(latents, row * width) > 0).length;
}
