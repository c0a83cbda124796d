// Data sets derived from another: with the subjects of a modality permuted, with fewer subjects, or with complete cases
// only.

import { batchUnits } from './batch-units.js';
import { selectCauses, shuffleCauses, type Cause } from './causes.js';
import type { Dataset, Modality, Split } from './dataset.js';
import { fingerprintOf } from './fingerprint.js';
import { valuesPerSubject } from './regular-array.js';
import { presenceOf } from './presence.js';
import { copySubjects as copyValues } from './select-rows.js';
import { rowsByGroup } from './split.js';
import { RandomStream } from '../random/random-stream.js';

/** Random streams of the draws, distinct from those of splits and simulations. */
const SHUFFLE_STREAM = 0x7000_0000;
const DRAW_STREAM = 0x7100_0000;

/**
 * Permutes the subjects of one modality among those who have it. Each modality and the pattern of missing modalities
 * stay the same, but the association with other modalities is destroyed. Rows of a group are alike, so whole groups are
 * permuted: each group takes the rows of another in their order, and repeats them from the first if that has fewer.
 *
 * Covariates stay with the ids. The values are residuals of the regression on them, and residuals are permuted while
 * covariates are not (Freedman & Lane 1983; Winkler et al. 2014). The null is independence given the covariates, and a
 * regression on them loses the same number of degrees of freedom.
 */
export function shuffleSubjects(dataset: Dataset, modality: number, seed: number): Dataset {
  const { ids, groups = ids } = dataset;
  const present = presenceOf(dataset.modalities[modality]);
  const members = [...present.keys()].filter((row) => present[row] === 1);
  const units = [...rowsByGroup(members.map((row) => groups[row])).values()].map((rows) => rows.map((i) => members[i]));
  const order = Int32Array.from(present.keys());
  new RandomStream(seed, SHUFFLE_STREAM + modality).permutation(units.length).forEach((from, to) => {
    units[to].forEach((row, i) => (order[row] = units[from][i % units[from].length]));
  });
  const modalities = dataset.modalities.map((one, m) => (m === modality ? rowsOf(one, order) : one));
  return withFingerprint({ ...dataset, modalities });
}

/**
 * Permutes the causes of the subjects, all causes together. Subjects of a group, and of a batch of each modality, are
 * permuted among each other, unless batches are the same as a cause. A cause that is constant within groups, or that
 * has batches as units (`batchUnits`), is permuted between whole groups or batches.
 */
export function shuffleCausesOfSubjects(dataset: Dataset, seed: number): Dataset {
  const { ids, groups, causes = [], modalities } = dataset;
  const batches = modalities.flatMap(({ batches: of, batchPositions }) =>
    batchPositions && !of?.causes ? [batchPositions] : [],
  );
  const strata = ids.map((_, row) => JSON.stringify([groups?.[row], ...batches.map((positions) => positions[row])]));
  const ofGroups = groups && [...rowsByGroup(groups).values()];
  const isConstant = ({ values }: Cause) =>
    ofGroups?.every((rows) => rows.every((row) => values[row] === values[rows[0]]));
  const unitsOf = (cause: Cause) => {
    const units = batchUnits(cause, dataset);
    return units ? [...rowsByGroup(units).values()] : isConstant(cause) ? ofGroups : undefined;
  };
  const constant = causes.flatMap((cause) => {
    const units = unitsOf(cause);
    return units ? selectCauses([cause], groupOrder(units, seed, ids.length)) : [];
  });
  const varying = shuffleCauses(
    causes.filter(({ name }) => constant.every((one) => one.name !== name)),
    seed,
    strata,
  );
  const shuffled = new Map([...constant, ...varying].map((cause) => [cause.name, cause]));
  return withFingerprint({ ...dataset, causes: causes.map(({ name }) => shuffled.get(name)!) });
}

/** Returns for each row a row of the group whose place its group takes. */
function groupOrder(groups: readonly (readonly number[])[], seed: number, count: number): Int32Array {
  const order = new Int32Array(count);
  new RandomStream(seed, SHUFFLE_STREAM).permutation(groups.length).forEach((from, to) => {
    for (const row of groups[to]) order[row] = groups[from][0];
  });
  return order;
}

/** Returns a sample of the subjects, drawn without replacement. A tenth each is for validation and test. */
export function drawSubjects(dataset: Dataset, subjects: number, seed: number): Dataset {
  const drawn = new RandomStream(seed, DRAW_STREAM).permutation(dataset.ids.length).slice(0, subjects);
  const { groups } = dataset;
  return withFingerprint({
    ...dataset,
    ids: Array.from(drawn, (row) => dataset.ids[row]),
    ...(groups && { groups: Array.from(drawn, (row) => groups[row]) }),
    ...covariatesOf(dataset, drawn),
    ...causesOf(dataset, drawn),
    modalities: dataset.modalities.map((modality) => rowsOf(modality, drawn)),
    split: tenths(subjects),
  });
}

/** Returns the data set of these subjects. Each stays in its split. */
export function selectSubjects(dataset: Dataset, rows: Int32Array): Dataset {
  const { ids, groups, modalities, split } = dataset;
  const rowsIn = (subjects: Int32Array): Int32Array => {
    const members = new Set(subjects);
    return Int32Array.from([...rows.keys()].filter((i) => members.has(rows[i])));
  };
  return withFingerprint({
    ...dataset,
    ids: Array.from(rows, (row) => ids[row]),
    ...(groups && { groups: Array.from(rows, (row) => groups[row]) }),
    ...covariatesOf(dataset, rows),
    ...causesOf(dataset, rows),
    modalities: modalities.map((modality) => rowsOf(modality, rows)),
    split: { train: rowsIn(split.train), validation: rowsIn(split.validation), test: rowsIn(split.test) },
  });
}

/** Restricts training and validation to subjects without missing values. Test subjects stay, marked as complete. */
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

/** Splits subjects that are already in random order: the first tenth for test, the next for validation. */
export function tenths(subjects: number): Split {
  const rows = Int32Array.from({ length: subjects }, (_, row) => row);
  const tenth = Math.max(2, Math.round(subjects / 10));
  return { test: rows.slice(0, tenth), validation: rows.slice(tenth, 2 * tenth), train: rows.slice(2 * tenth) };
}

/** Returns the covariates of these rows, if there are some. */
function covariatesOf({ covariates }: Dataset, rows: Int32Array): Pick<Dataset, 'covariates'> {
  return covariates ? { covariates: covariates.map((term) => Float64Array.from(rows, (row) => term[row])) } : {};
}

/** Returns the causes of these rows, if there are some. */
function causesOf({ causes }: Dataset, rows: Int32Array): Pick<Dataset, 'causes'> {
  return causes ? { causes: selectCauses(causes, rows) } : {};
}

function rowsOf(modality: Modality, rows: Int32Array): Modality {
  const { batchPositions } = modality;
  return {
    ...modality,
    ...copyValues(modality, valuesPerSubject(modality), rows),
    ...(batchPositions && { batchPositions: Float64Array.from(rows, (row) => batchPositions[row]) }),
  };
}

function withFingerprint(dataset: Dataset): Dataset {
  return { ...dataset, fingerprint: fingerprintOf(dataset) };
}
