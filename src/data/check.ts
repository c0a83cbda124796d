// Data sets that a library caller built: what a fit and the native program take for granted about them is checked here.

import { checkArgument, type Shape } from '../argument.js';
import { InputError } from '../errors.js';
import { kindProblem } from './check-kinds.js';
import { columnAt, positionsOf, valuesPerSubject, type Grid } from './grid.js';
import { isModalityName, type Dataset, type Modality, type ModalityScales, type SharedLatents } from './dataset.js';
import { columnOf } from './kinds.js';
import { recurrentProblem, residualProblem, type NetworkKind } from './network.js';
import type { ObservationKind } from './observation.js';
import { presenceOf } from './presence.js';
import { firstRepeated } from './repeated.js';
import { storedScale, type StoredValues } from './stored.js';

const MIN_TRAINING = 2;
const MIN_VALIDATION = 1;

/** What reads tables, pictures and series. */
const NETWORKS: Readonly<Record<ObservationKind, readonly NetworkKind[]>> = {
  table: ['mlp'],
  image: ['mlp', 'conv', 'resnet18'],
  series: ['mlp', 'conv1d', 'lstm', 'gru'],
};

const SCALE: Shape = { name: 'text', offset: 'number', mean: 'number', sd: 'number' };
const DATASET: Shape = {
  ids: ['text'],
  modalities: [{ name: 'text', columns: [SCALE], values: 'numbers', latents: 'number', exogenous: 'number' }],
  split: { train: 'numbers', validation: 'numbers', test: 'numbers' },
  'covariates?': ['typed array'],
  'shared?': { latents: 'number', modalities: ['number'] },
};

/**
 * Check a data set as a fit needs it. Its fingerprint is not looked at.
 *
 * @throws InputError `invalid-dataset`, naming the place: fewer than two modalities; a name that is repeated or no
 *   modality name; sizes that disagree; values, covariates or scales that are not finite; a repeated id; rows of a part
 *   that are out of range or shared with another part; a group whose rows stand in two parts; shared latents that not
 *   every sharing modality has; a subject without a value; a column without one in the training part; fewer than 2
 *   subjects to train or 1 to validate
 */
export function checkDataset(dataset: Dataset): void {
  checkArgument('the data set', dataset, DATASET);
  const { ids, groups, covariates = [], modalities, shared, split } = dataset;
  const repeatedId = firstRepeated(ids);
  if (repeatedId >= 0) throw invalid(`ids[${repeatedId}]`, `'${ids[repeatedId]}' stands twice; a subject has one row`);
  const empty = ids.indexOf('');
  if (empty >= 0) throw invalid(`ids[${empty}]`, 'is empty; every subject needs an id');
  if (modalities.length < 2) {
    throw invalid('modalities', `has ${modalities.length}, but latents are found across two or more; add modalities`);
  }
  // Files are named after modalities, and Windows and macOS do not tell RNA.csv from rna.csv.
  const repeated = firstRepeated(modalities.map(({ name }) => name.toLowerCase()));
  if (repeated >= 0) {
    const { name } = modalities[repeated];
    const isTwice = modalities.some((other, i) => i < repeated && other.name === name);
    const how = isTwice ? 'stands twice' : 'differs from another name in capitals only';
    throw invalid(`modalities[${repeated}].name`, `'${name}' ${how}; rename one of them`);
  }
  for (const [i, modality] of modalities.entries()) checkModality(modality, `modalities[${i}]`, ids);
  if (shared) checkShared(shared, modalities);
  checkSplit(split, ids.length);
  checkObserved(modalities, ids, split.train);
  if (groups) checkGroups(groups, ids, split);
  for (const [i, term] of covariates.entries()) checkCovariate(term, `covariates[${i}]`, ids.length);
}

function checkCovariate(term: Float64Array, place: string, subjects: number): void {
  if (term.length !== subjects) throw invalid(place, `has ${term.length} values; ${subjects} ids need as many`);
  const broken = term.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) throw invalid(`${place}[${broken}]`, `is ${term[broken]}; covariates must be finite`);
}

function checkShared({ latents, modalities: positions }: SharedLatents, modalities: readonly Modality[]): void {
  const known = positions.every((m) => Number.isInteger(m) && m >= 0 && m < modalities.length);
  if (!known || new Set(positions).size !== positions.length || positions.length < 2) {
    throw invalid('shared.modalities', `is [${positions.join(', ')}]; positions of two or more modalities are needed`);
  }
  const least = Math.min(...positions.map((m) => modalities[m].latents));
  if (!Number.isInteger(latents) || latents < 1 || latents > least) {
    throw invalid(
      'shared.latents',
      `is ${latents}; accepted is a whole number from 1 to ${least}, the fewest latents of a sharing modality`,
    );
  }
}

function checkModality(
  { values, observed, stored, latents, exogenous, network, shiftInvariant, augment, ...scales }: Modality,
  place: string,
  ids: readonly string[],
): void {
  const { name, columns, grid } = scales;
  if (!isModalityName(name)) {
    throw invalid(`${place}.name`, `is ${JSON.stringify(name)}; a name is a letter, then letters, digits, _ or -`);
  }
  const named = `${place} ('${name}')`;
  if (columns.length === 0) throw invalid(`${named}.columns`, 'is empty; a modality needs a column');
  const repeated = firstRepeated(columns.map((column) => column.name));
  if (repeated >= 0) {
    throw invalid(`${named}.columns[${repeated}]`, `'${columns[repeated].name}' stands twice; rename one of them`);
  }
  for (const [i, { mean, sd, offset }] of columns.entries()) {
    if (![mean, sd, offset].every(Number.isFinite) || sd <= 0) {
      throw invalid(
        `${named}.columns[${i}]`,
        `has mean ${mean}, sd ${sd} and offset ${offset}; all must be finite and sd above 0`,
      );
    }
  }
  for (const [key, count] of Object.entries({ latents, exogenous })) {
    if (!Number.isInteger(count) || count < 1 || count > 256) {
      throw invalid(`${named}.${key}`, `is ${count}; accepted is a whole number from 1 to 256`);
    }
  }
  if (grid) checkGrid(grid, `${named}.grid`);
  if (network && !NETWORKS[grid?.kind ?? 'table'].includes(network.kind)) {
    const accepted = NETWORKS[grid?.kind ?? 'table'].join(', ');
    throw invalid(`${named}.network`, `is ${network.kind}; accepted are ${accepted} of what the modality is`);
  }
  const unfit =
    network &&
    (network.kind === 'resnet18' && grid?.kind === 'image'
      ? residualProblem(network, grid)
      : recurrentProblem(network));
  if (unfit) throw invalid(`${named}.network`, unfit);
  if (shiftInvariant !== undefined) {
    const isPossible = Number.isInteger(shiftInvariant) && shiftInvariant >= 1 && shiftInvariant <= latents;
    if (!grid || !isPossible) {
      throw invalid(
        `${named}.shiftInvariant`,
        `is ${shiftInvariant}; accepted is a whole number from 1 to latents, of pictures and series`,
      );
    }
  }
  if (augment !== undefined && (!grid || (augment.flip && grid.kind !== 'image'))) {
    throw invalid(`${named}.augment`, 'is of pictures and series; flip of pictures alone');
  }
  const width = valuesPerSubject(scales);
  const given = stored?.numbers ?? values;
  if (given.length !== ids.length * width) {
    throw invalid(
      `${named}.${stored ? 'stored.numbers' : 'values'}`,
      `has ${given.length} elements; ` +
        (grid
          ? `${ids.length} ids × ${columns.length} channels × ${positionsOf(grid)} positions`
          : `${ids.length} ids × ${columns.length} columns`) +
        ` need ${ids.length * width}`,
    );
  }
  if (stored) {
    if (values.length > 0 || observed) throw invalid(named, 'has values or observed beside stored; leave these empty');
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

/** Whole numbers are finite; what is left to check is how they are read. */
function checkStored(stored: StoredValues, { columns, grid }: ModalityScales, place: string): void {
  if (!grid) throw invalid(place, 'is of pictures and series');
  const { zero, unit, present, numbers } = stored;
  if (!Number.isFinite(zero) || !(unit > 0 && unit < Infinity)) {
    throw invalid(place, `has zero ${zero} and unit ${unit}; both must be finite and unit above 0`);
  }
  if (JSON.stringify(stored.scale) !== JSON.stringify(storedScale(stored, columns))) {
    throw invalid(`${place}.scale`, 'is not that of the columns; take storedScale(stored, columns)');
  }
  const subjects = numbers.length / (columns.length * positionsOf(grid));
  if (present && (present.length !== subjects || present.some((mark) => mark > 1))) {
    throw invalid(`${place}.present`, `is to have a 0 or a 1 for each of ${subjects} subjects`);
  }
}

function checkGrid(grid: Grid, place: string): void {
  const sizes = grid.kind === 'image' ? [grid.height, grid.width] : [grid.steps];
  if (sizes.every((size) => Number.isInteger(size) && size >= 1)) return;
  throw invalid(place, `has the sizes ${sizes.join(' × ')}; accepted are whole numbers from 1 on`);
}

/** A missing value is stored as 0: whatever a mask multiplies must be finite. */
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

/** Nothing can be said of a subject, or of a column, of whom or which nothing was observed. */
function checkObserved(modalities: readonly Modality[], ids: readonly string[], train: Int32Array): void {
  const present = modalities.map(presenceOf);
  const empty = present[0].findIndex((_, subject) => present.every((has) => has[subject] === 0));
  if (empty >= 0) throw invalid(`ids[${empty}]`, `'${ids[empty]}' has no observed value in any modality; leave it out`);
  for (const [i, { name, columns, grid, observed, stored }] of modalities.entries()) {
    if (stored && train.every((row) => stored.present?.[row] === 0)) {
      throw invalid(`modalities[${i}] ('${name}')`, 'is missing in the whole training part; leave it out');
    }
    if (!observed) continue;
    const positions = positionsOf(grid);
    const isUnseen = (row: number, c: number): boolean => {
      const first = (row * columns.length + c) * positions;
      return !observed.subarray(first, first + positions).includes(1);
    };
    const unseen = columns.findIndex((_, c) => train.every((row) => isUnseen(row, c)));
    if (unseen < 0) continue;
    throw invalid(
      `modalities[${i}] ('${name}').columns[${unseen}]`,
      `'${columns[unseen].name}' is missing in the whole training part; leave it out`,
    );
  }
}

function checkSplit(split: Dataset['split'], subjects: number): void {
  const partOf = new Map<number, string>();
  for (const part of ['train', 'validation', 'test'] as const) {
    for (const [i, row] of split[part].entries()) {
      const place = `split.${part}[${i}]`;
      if (!Number.isInteger(row) || row < 0 || row >= subjects) {
        throw invalid(place, `is ${row}; accepted is a row number from 0 to ${subjects - 1}`);
      }
      const other = partOf.get(row);
      if (other !== undefined) {
        throw invalid(place, `is row ${row}, which stands in ${other} already; a subject belongs to one part`);
      }
      partOf.set(row, part);
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
    throw invalid('groups', `has ${groups.length} elements; ${ids.length} ids need as many`);
  }
  const partOf = new Map<string, string>();
  for (const part of ['train', 'validation', 'test'] as const) {
    for (const [i, row] of split[part].entries()) {
      const other = partOf.get(groups[row]) ?? part;
      if (other !== part) {
        throw invalid(
          `split.${part}[${i}]`,
          `is of group '${groups[row]}', which stands in ${other} already; a group belongs to one part`,
        );
      }
      partOf.set(groups[row], part);
    }
  }
}

function invalid(place: string, reason: string): InputError {
  return new InputError('invalid-dataset', `data set: ${place} ${reason}`, { place });
}
