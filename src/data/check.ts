// Checks what a fit and the native program assume about a data set that a library caller built.

import { checkArgument } from '../errors/argument.js';
import { InputError } from '../errors/errors.js';
import { hasEffectsOf } from './batches.js';
import { causeProblem } from './check-causes.js';
import { kindProblem } from './check-kinds.js';
import {
  ARRAY_KINDS,
  ARRAY_PLURALS,
  columnAt,
  positionsOf,
  sizesOf,
  valuesPerSubject,
  type RegularArray,
} from './regular-array.js';
import { isModalityName, type Dataset, type Modality, type ModalityScales, type SharedLatents } from './dataset.js';
import { DATASET } from './dataset-shape.js';
import { columnOf } from './kinds.js';
import { NETWORK_KINDS, networkProblem } from './network.js';
import { networksFor } from './observation.js';
import { presenceOf } from './presence.js';
import { firstRepeated } from './repeated.js';
import { storedScale, type StoredValues } from './stored.js';

const MIN_TRAINING = 2;
const MIN_VALIDATION = 1;

/**
 * Checks a data set for a fit. Does not check its fingerprint.
 *
 * @throws InputError `invalid-dataset` with the place.
 *   Names: fewer than two modalities, or none with causes; a repeated or invalid modality name; a repeated id.
 *   Numbers: sizes that disagree; values, covariates or scales that are not finite; a subject without a value; a column
 *   without a value in the training split.
 *   Splits: rows that are out of range or in another split too; a group with rows in two splits; fewer than 2 training
 *   or 1 validation subjects.
 *   Latents: more shared latents than a sharing modality has.
 *   Causes: values that are not finite, or are no level; levels without a training subject; terms that do not belong to
 *   the levels; `exogenous` above 0 (use `withPrivateLatents`); shared latents in addition.
 */
export function checkDataset(dataset: Dataset): void {
  checkArgument('the data set', dataset, DATASET);
  const { ids, groups, covariates = [], modalities, causes, shared, split } = dataset;
  const repeatedId = firstRepeated(ids);
  if (repeatedId >= 0) throw invalid(`ids[${repeatedId}]`, `'${ids[repeatedId]}' is repeated; a subject has one row`);
  const empty = ids.indexOf('');
  if (empty >= 0) throw invalid(`ids[${empty}]`, 'is empty; every subject needs an id');
  if (modalities.length === 0) throw invalid('modalities', 'is empty; a study needs at least one');
  // Files are named after modalities, and Windows and macOS do not distinguish RNA.csv from rna.csv.
  const repeated = firstRepeated(modalities.map(({ name }) => name.toLowerCase()));
  if (repeated >= 0) {
    const { name } = modalities[repeated];
    const isTwice = modalities.some((other, i) => i < repeated && other.name === name);
    const how = isTwice ? 'is repeated' : 'differs from another name only in capitals';
    throw invalid(`modalities[${repeated}].name`, `'${name}' ${how}; rename one of them`);
  }
  const minExogenous = causes ? 0 : 1;
  for (const [i, modality] of modalities.entries()) {
    checkModality(modality, `modalities[${i}]`, { ids, minExogenous });
  }
  if (causes?.length === 0) throw invalid('causes', 'is empty; leave it out');
  if (shared && causes) throw invalid('shared', 'is for data sets without causes; leave one of them out');
  if (shared) checkShared(shared, modalities);
  checkSplit(split, ids.length);
  checkObserved(modalities, ids, split.train);
  if (groups) checkGroups(groups, ids, split);
  const wrong = causes && causeProblem(causes, modalities, { subjects: ids.length, train: split.train });
  if (wrong) throw invalid(wrong.place, wrong.problem);
  for (const [i, term] of covariates.entries()) checkCovariate(term, `covariates[${i}]`, ids.length);
}

function checkCovariate(term: Float64Array, place: string, subjects: number): void {
  if (term.length !== subjects) throw invalid(place, `has ${term.length} values, but there are ${subjects} ids`);
  const broken = term.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw invalid(`${place}[${broken}]`, `is ${term[broken]}; covariates must be finite`);
}

function checkShared({ latents, modalities: positions }: SharedLatents, modalities: readonly Modality[]): void {
  const known = positions.every((m) => Number.isInteger(m) && m >= 0 && m < modalities.length);
  if (!known || new Set(positions).size !== positions.length || positions.length < 2) {
    throw invalid('shared.modalities', `is [${positions.join(', ')}]; positions of two or more modalities are needed`);
  }
  const maxShared = Math.min(...positions.map((m) => modalities[m].latents));
  if (!Number.isInteger(latents) || latents < 1 || latents > maxShared) {
    throw invalid(
      'shared.latents',
      `is ${latents}; accepted is a whole number from 1 to ${maxShared}, the smallest number of latents of a modality`,
    );
  }
}

function checkModality(
  {
    values,
    observed,
    stored,
    latents,
    exogenous,
    privateLatents = 0,
    network,
    shiftInvariant,
    augment,
    ...scales
  }: Modality,
  place: string,
  { ids, minExogenous }: { readonly ids: readonly string[]; readonly minExogenous: number },
): void {
  const { name, columns, regularArray } = scales;
  if (!isModalityName(name)) {
    throw invalid(`${place}.name`, `is ${JSON.stringify(name)}; a name is a letter, then letters, digits, _ or -`);
  }
  const named = `${place} ('${name}')`;
  if (columns.length === 0) throw invalid(`${named}.columns`, 'is empty; a modality needs a column');
  const repeated = firstRepeated(columns.map((column) => column.name));
  if (repeated >= 0) {
    throw invalid(`${named}.columns[${repeated}]`, `'${columns[repeated].name}' is repeated; rename one of them`);
  }
  for (const [i, { mean, sd, offset }] of columns.entries()) {
    if (![mean, sd, offset].every(Number.isFinite) || sd <= 0) {
      throw invalid(
        `${named}.columns[${i}]`,
        `has mean ${mean}, sd ${sd} and offset ${offset}; all must be finite and sd above 0`,
      );
    }
  }
  // Private latents count as latents here, and as exogenous variables in a study file.
  const counts = { latents: [latents, 1, 256 + privateLatents], exogenous: [exogenous, minExogenous, 256] };
  for (const [key, [count, min, max]] of Object.entries(counts)) {
    if (!Number.isInteger(count) || count < min || count > max) {
      throw invalid(`${named}.${key}`, `is ${count}; accepted is a whole number from ${min} to ${max}`);
    }
  }
  if (!Number.isInteger(privateLatents) || privateLatents < 0 || privateLatents >= latents) {
    throw invalid(`${named}.privateLatents`, `is ${privateLatents}; accepted is a whole number below latents`);
  }
  if (!hasEffectsOf(scales.batches, columns)) {
    throw invalid(
      `${named}.columns`,
      'has batches whose offsets and factors are not one per level, finite and above 0',
    );
  }
  if (regularArray) checkArray(regularArray, `${named}.regularArray`);
  const networks = networksFor(regularArray?.kind ?? 'table');
  if (network && !networks.includes(network.kind)) {
    const accepted = NETWORK_KINDS.filter((kind) => networks.includes(kind)).join(', ');
    throw invalid(`${named}.network`, `is ${network.kind}; networks for this kind of modality are ${accepted}`);
  }
  const problem = network && regularArray && networkProblem(network, sizesOf(regularArray));
  if (problem) throw invalid(`${named}.network`, problem);
  if (shiftInvariant !== undefined) {
    const isPossible = Number.isInteger(shiftInvariant) && shiftInvariant >= 1 && shiftInvariant <= latents;
    if (!regularArray || !isPossible) {
      throw invalid(
        `${named}.shiftInvariant`,
        `is ${shiftInvariant}; accepted is a whole number from 1 to latents, for ${ARRAY_PLURALS} only`,
      );
    }
  }
  if (augment !== undefined && (!regularArray || (augment.flip && !ARRAY_KINDS[regularArray.kind].canFlip))) {
    throw invalid(`${named}.augment`, `is for ${ARRAY_PLURALS} only, and flip for images only`);
  }
  const width = valuesPerSubject(scales);
  const elements = stored?.numbers ?? values;
  if (elements.length !== ids.length * width) {
    throw invalid(
      `${named}.${stored ? 'stored.numbers' : 'values'}`,
      `has ${elements.length} elements; ` +
        (regularArray
          ? `${ids.length} ids × ${columns.length} channels × ${positionsOf(regularArray)} positions`
          : `${ids.length} ids × ${columns.length} columns`) +
        ` need ${ids.length * width}`,
    );
  }
  if (stored) {
    if (values.length > 0 || observed) {
      throw invalid(named, 'has values or observed in addition to stored; leave these empty');
    }
    checkStored(stored, scales, `${named}.stored`);
    return;
  }
  if (observed) checkMask(observed, values, `${named}.observed`);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const column = columns[columnAt(scales, bad)].name;
    const subject = ids[Math.floor(bad / width)];
    throw invalid(
      `${named}.values[${bad}]`,
      `is ${values[bad]} (column '${column}', subject ${subject}); mark a missing value in observed and store 0`,
    );
  }
  const kind = kindProblem({ ...scales, values, observed });
  if (kind) {
    const column = columnOf(columns[columnAt(scales, kind.at)]);
    throw invalid(`${named}.values[${kind.at}]`, `(column '${column}') ${kind.problem}`);
  }
}

/** Checks how stored numbers are read. The numbers themselves are integers and always finite. */
function checkStored(stored: StoredValues, { columns, regularArray }: ModalityScales, place: string): void {
  if (!regularArray) throw invalid(place, `is for ${ARRAY_PLURALS} only`);
  const { zero, unit, present, numbers } = stored;
  if (!Number.isFinite(zero) || !(unit > 0 && unit < Infinity)) {
    throw invalid(place, `has zero ${zero} and unit ${unit}; both must be finite and unit above 0`);
  }
  if (JSON.stringify(stored.scale) !== JSON.stringify(storedScale(stored, columns))) {
    throw invalid(`${place}.scale`, 'is not the scale of the columns; use storedScale(stored, columns)');
  }
  const subjects = numbers.length / (columns.length * positionsOf(regularArray));
  if (present && (present.length !== subjects || present.some((mark) => mark > 1))) {
    throw invalid(`${place}.present`, `needs a 0 or a 1 for each of ${subjects} subjects`);
  }
}

function checkArray(regularArray: RegularArray, place: string): void {
  const sizes = sizesOf(regularArray);
  if (sizes.every((size) => Number.isInteger(size) && size >= 1)) return;
  throw invalid(place, `has the sizes ${sizes.join(' × ')}; accepted are whole numbers from 1 on`);
}

/** Checks that a missing value is stored as 0: a mask multiplies it, so it must be finite. */
function checkMask(observed: Uint8Array, values: Float32Array, place: string): void {
  if (observed.length !== values.length) {
    throw invalid(place, `has ${observed.length} elements, values has ${values.length}`);
  }
  const bad = observed.findIndex((mark, i) => mark > 1 || (mark === 0 && values[i] !== 0));
  if (bad < 0) return;
  if (observed[bad] > 1) {
    throw invalid(`${place}[${bad}]`, `is ${observed[bad]}; accepted are 1, observed, and 0, missing`);
  }
  throw invalid(`${place}[${bad}]`, `marks a missing value, but values[${bad}] is ${values[bad]}; store 0 there`);
}

/** Throws if a subject, or a column in the training split, has no observed value. */
function checkObserved(modalities: readonly Modality[], ids: readonly string[], train: Int32Array): void {
  const present = modalities.map(presenceOf);
  const empty = present[0].findIndex((_, subject) => present.every((has) => has[subject] === 0));
  if (empty >= 0) throw invalid(`ids[${empty}]`, `'${ids[empty]}' has no observed value in any modality; leave it out`);
  for (const [i, { name, columns, regularArray, observed, stored }] of modalities.entries()) {
    if (stored && train.every((row) => stored.present?.[row] === 0)) {
      throw invalid(`modalities[${i}] ('${name}')`, 'is missing in the whole training split; leave it out');
    }
    if (!observed) continue;
    const positions = positionsOf(regularArray);
    const isUnobserved = (row: number, c: number): boolean => {
      const first = (row * columns.length + c) * positions;
      return !observed.subarray(first, first + positions).includes(1);
    };
    const unobserved = columns.findIndex((_, c) => train.every((row) => isUnobserved(row, c)));
    if (unobserved < 0) continue;
    throw invalid(
      `modalities[${i}] ('${name}').columns[${unobserved}]`,
      `'${columns[unobserved].name}' is missing in the whole training split; leave it out`,
    );
  }
}

function checkSplit(split: Dataset['split'], subjects: number): void {
  const splitOf = new Map<number, string>();
  for (const name of ['train', 'validation', 'test'] as const) {
    for (const [i, row] of split[name].entries()) {
      const place = `split.${name}[${i}]`;
      if (!Number.isInteger(row) || row < 0 || row >= subjects) {
        throw invalid(place, `is ${row}; accepted is a row number from 0 to ${subjects - 1}`);
      }
      const other = splitOf.get(row);
      if (other !== undefined) {
        throw invalid(place, `is row ${row}, which is also in ${other}; a subject belongs to one split`);
      }
      splitOf.set(row, name);
    }
  }
  if (split.train.length < MIN_TRAINING || split.validation.length < MIN_VALIDATION) {
    throw invalid(
      'split',
      `has ${split.train.length} rows in train and ${split.validation.length} in validation; ` +
        `at least ${MIN_TRAINING} and ${MIN_VALIDATION} are needed`,
    );
  }
}

function checkGroups(groups: readonly string[], ids: readonly string[], split: Dataset['split']): void {
  if (groups.length !== ids.length) {
    throw invalid('groups', `has ${groups.length} elements, but there are ${ids.length} ids`);
  }
  const splitOf = new Map<string, string>();
  for (const name of ['train', 'validation', 'test'] as const) {
    for (const [i, row] of split[name].entries()) {
      const other = splitOf.get(groups[row]) ?? name;
      if (other !== name) {
        throw invalid(
          `split.${name}[${i}]`,
          `belongs to group '${groups[row]}', which is also in ${other}; a group belongs to one split`,
        );
      }
      splitOf.set(groups[row], name);
    }
  }
}

function invalid(place: string, reason: string): InputError {
  return new InputError('invalid-dataset', `data set: ${place} ${reason}`, { place });
}
