// Other data sets from one: subjects of a modality in another order, so that nothing is shared any more; fewer of them;
// those that lack nothing.

import type { Dataset, Modality, Split } from './dataset.js';
import { fingerprintOf } from './fingerprint.js';
import { valuesPerSubject } from './grid.js';
import { presenceOf } from './presence.js';
import { copySubjects as copyValues } from './select-rows.js';
import { rowsByGroup } from './split.js';
import { RandomStream } from '../random/random-stream.js';

/** Streams of the draws; far from those of splits and simulations. */
const SHUFFLE_STREAM = 0x7000_0000;
const DRAW_STREAM = 0x7100_0000;

/**
 * The data set with the subjects of one modality in another order, among those who have it: each modality is as it was,
 * and who has it, what it shares with others is gone. Where rows belong to groups, whole groups change places, since
 * rows of one are alike: each takes the rows of another in their order, again from the first where that has fewer.
 *
 * Covariates stay with the ids: the modality's values are residuals of the regression on them, and residuals change
 * places while covariates do not (Freedman & Lane 1983; Winkler et al. 2014). So the null is that nothing is shared
 * given the covariates, and whatever regresses on them loses as many degrees of freedom as before.
 */
export function shuffleSubjects(dataset: Dataset, modality: number, seed: number): Dataset {
  const { ids, groups = ids } = dataset;
  const present = presenceOf(dataset.modalities[modality]);
  const members = [...present.keys()].filter((row) => present[row] === 1);
  const units = [...rowsByGroup(members.map((row) => groups[row])).values()].map((own) => own.map((i) => members[i]));
  const order = Int32Array.from(present.keys());
  new RandomStream(seed, SHUFFLE_STREAM + modality).permutation(units.length).forEach((from, to) => {
    units[to].forEach((row, i) => (order[row] = units[from][i % units[from].length]));
  });
  const modalities = dataset.modalities.map((one, m) => (m === modality ? rowsOf(one, order) : one));
  return withFingerprint({ ...dataset, modalities });
}

/** Some of the subjects, drawn without replacement, with a tenth each to validate and to test. */
export function drawSubjects(dataset: Dataset, subjects: number, seed: number): Dataset {
  const drawn = new RandomStream(seed, DRAW_STREAM).permutation(dataset.ids.length).slice(0, subjects);
  const { groups } = dataset;
  return withFingerprint({
    ...dataset,
    ids: Array.from(drawn, (row) => dataset.ids[row]),
    ...(groups && { groups: Array.from(drawn, (row) => groups[row]) }),
    ...covariatesOf(dataset, drawn),
    modalities: dataset.modalities.map((modality) => rowsOf(modality, drawn)),
    split: tenths(subjects),
  });
}

/** The data set of these subjects, each in its part of the split. */
export function selectSubjects(dataset: Dataset, rows: Int32Array): Dataset {
  const { ids, groups, modalities, split } = dataset;
  const rowsIn = (part: Int32Array): Int32Array => {
    const members = new Set(part);
    return Int32Array.from([...rows.keys()].filter((i) => members.has(rows[i])));
  };
  return withFingerprint({
    ...dataset,
    ids: Array.from(rows, (row) => ids[row]),
    ...(groups && { groups: Array.from(rows, (row) => groups[row]) }),
    ...covariatesOf(dataset, rows),
    modalities: modalities.map((modality) => rowsOf(modality, rows)),
    split: { train: rowsIn(split.train), validation: rowsIn(split.validation), test: rowsIn(split.test) },
  });
}

/** Training and validation with the subjects that lack nothing; no other subject is looked at. */
export function completeCases(dataset: Dataset): Dataset {
  const { modalities, split } = dataset;
  const isComplete = (row: number): boolean =>
    modalities.every(({ observed, stored, ...shape }) => {
      const length = valuesPerSubject(shape);
      return stored?.present?.[row] !== 0 && !observed?.subarray(row * length, (row + 1) * length).includes(0);
    });
  const [train, validation] = [split.train.filter(isComplete), split.validation.filter(isComplete)];
  const whole = modalities.map((modality) => ({
    ...modality,
    observed: undefined,
    ...(modality.stored && { stored: { ...modality.stored, present: undefined } }),
  }));
  return withFingerprint({ ...dataset, modalities: whole, split: { ...split, train, validation } });
}

/** Subjects that are in random order already: a tenth tests, the next one validates. */
export function tenths(subjects: number): Split {
  const rows = Int32Array.from({ length: subjects }, (_, row) => row);
  const tenth = Math.max(2, Math.round(subjects / 10));
  return { test: rows.slice(0, tenth), validation: rows.slice(tenth, 2 * tenth), train: rows.slice(2 * tenth) };
}

/** The covariates of these rows, where there are some. */
function covariatesOf({ covariates }: Dataset, rows: Int32Array): Pick<Dataset, 'covariates'> {
  return covariates ? { covariates: covariates.map((term) => Float64Array.from(rows, (row) => term[row])) } : {};
}

function rowsOf(modality: Modality, rows: Int32Array): Modality {
  return { ...modality, ...copyValues(modality, valuesPerSubject(modality), rows) };
}

function withFingerprint(dataset: Dataset): Dataset {
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
