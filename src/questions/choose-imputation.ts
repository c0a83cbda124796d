// Chooses how imputed cells combine the answers of the decoder and of a Gaussian over all columns. For each modality,
// it hides cells and whole modalities of validation subjects and minimises the error.

import { selectCauses, type Cause } from '../data/causes.js';
import type { Dataset, ObservedValues } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { valuesPerSubject } from '../data/regular-array.js';
import { joined, selectSubjects } from '../data/select-rows.js';
import type { ParameterValues } from '../inference/inference.js';
import { chooseGaussian, fitGaussian, hiddenFolds, type Gaussian, type PartialTable } from '../linear/index.js';
import { spreadOver } from '../quality/tables.js';
import type { Imputation, Mix } from '../training/imputation-schema.js';
import { gaussianParameters, measuredColumns, measuredTable } from './gaussian-answers.js';
import type { GenerativeModel } from './generative-model.js';
import { drawSubjects, termsOfRows } from './subject-draws.js';
import { Pace } from '../threads/pace.js';
import type { ColumnVariable } from './variables.js';

/**
 * Maximum number of columns in all modalities. Time grows with its cube, and the size of a saved fit with its square.
 */
const MAX_COLUMNS = 400;
/** Maximum of subjects times the square of the columns in a step of the moments. */
const STEP_WORK = 2e8;
const MAX_VALIDATION = 256;
const MIN_CELLS = 20;
/** Number of draws for each subject that lacks a modality. */
const DRAWS = 32;
const ROWS_TOGETHER = 4096;
const LAST_STEPS = 30;

export interface ChosenImputation {
  readonly imputation: Imputation;
  /** Parameters of the Gaussian, fitted to training and validation subjects. */
  readonly parameters: ParameterValues;
}

/** A hidden cell and its predictions. */
interface HiddenCell {
  readonly m: number;
  /** Position among the measured columns. */
  readonly k: number;
  readonly value: number;
  readonly decoder: number;
  readonly gaussian: number;
  /** Standard deviation under the Gaussian. */
  readonly sd: number;
}

/**
 * Returns the choice. It is undefined for fewer than two measured columns, or for too many; then the decoder answers
 * alone.
 * @throws DeviceError; the signal's reason
 */
export async function chooseImputation(
  model: GenerativeModel,
  { modalities, split, causes }: Dataset,
  signal?: AbortSignal,
): Promise<ChosenImputation | undefined> {
  const columns = measuredColumns(model.summary);
  if (columns.length < 2 || columns.length > MAX_COLUMNS) return undefined;
  const tableOf = (rows: Int32Array): PartialTable => {
    const values = modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), rows));
    return measuredTable(columns, values, rows.length);
  };
  const maxSubjects = Math.ceil(STEP_WORK / columns.length ** 2);
  const validation = split.validation.subarray(0, MAX_VALIDATION);
  const { gaussian, shrinkage } = await chooseGaussian(
    tableOf(spreadOver(split.train, maxSubjects)),
    tableOf(validation),
    signal,
  );
  const known = modalities.map((modality) => selectSubjects(modality, valuesPerSubject(modality), validation));
  const ofValidation = causes && selectCauses(causes, validation);
  const hidden = { model, columns, gaussian, known, causes: ofValidation, rows: validation.length };
  const cells = await hiddenCells(hidden);
  signal?.throwIfAborted();
  const whole = await hiddenModalities(hidden);
  const mixes = modalities.map((_, m) => ({
    cells: mixOf(cells, columns, gaussian, m),
    whole: mixOf(whole, columns, gaussian, m),
  }));
  const everybody = tableOf(spreadOver(joined(split.train, split.validation), maxSubjects));
  const last = fitGaussian(everybody, { shrinkage, iterations: LAST_STEPS, start: gaussian });
  return { imputation: { shrinkage, modalities: mixes }, parameters: gaussianParameters(last) };
}

/** The validation subjects with all their known values. */
interface Hidden {
  readonly model: GenerativeModel;
  readonly columns: readonly ColumnVariable[];
  readonly gaussian: Gaussian;
  /** Per modality, rows × columns. */
  readonly known: readonly ObservedValues[];
  readonly causes: readonly Cause[] | undefined;
  readonly rows: number;
}

/** Hides every measured cell once, a fifth of them in each pass. Cells of a fully hidden modality do not count. */
async function hiddenCells(hidden: Hidden): Promise<HiddenCell[]> {
  const { model, columns, gaussian, known, rows } = hidden;
  const table = measuredTable(columns, known, rows);
  const all: HiddenCell[] = [];
  for (const shownMarks of hiddenFolds(table)) {
    const shown = known.map((modality, m) => {
      const { length } = modality.values;
      const width = length / rows;
      const observed = modality.observed?.slice() ?? new Uint8Array(length).fill(1);
      columns.forEach((column, k) => {
        if (column.m !== m) return;
        for (let row = 0; row < rows; row++) observed[row * width + column.c] = shownMarks[row * columns.length + k];
      });
      return { values: modality.values.map((value, at) => value * observed[at]), observed };
    });
    const present = presenceIn(hidden, shown);
    const { mean } = await model.posterior(shown, rows, () => gaussian);
    const { x } = await model.read(mean);
    all.push(...answersOf(hidden, shown, x, (row, { m }) => present[m][row] === 1));
  }
  return all;
}

/** Hides every modality once, for the subjects who have it and another one. */
async function hiddenModalities(hidden: Hidden): Promise<HiddenCell[]> {
  const { known, rows } = hidden;
  const present = presenceIn(hidden, known);
  const all: HiddenCell[] = [];
  for (const hiddenOne of known.keys()) {
    const shown = known.map((table, m) =>
      m === hiddenOne
        ? { values: new Float32Array(table.values.length), observed: new Uint8Array(table.values.length) }
        : table,
    );
    const requested = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => present[hiddenOne][row] === 1 && present.some((mask, m) => m !== hiddenOne && mask[row] === 1),
    );
    const x = await meanDraws(hidden, shown, requested);
    const isRequested = new Set(requested);
    all.push(...answersOf(hidden, shown, x, (row, { m }) => m === hiddenOne && isRequested.has(row)));
  }
  return all;
}

/** Returns the mean output of the decoder, rows × columns of all modalities; NaN for rows not requested or lost. */
async function meanDraws(
  { model, causes }: Hidden,
  values: readonly ObservedValues[],
  requested: readonly number[],
): Promise<Float64Array> {
  const width = model.layout.values;
  const means = new Float64Array((values[0].values.length / model.summary.columns[0].columns.length) * width).fill(NaN);
  const together = Math.floor(ROWS_TOGETHER / DRAWS);
  for (let start = 0; start < requested.length; start += together) {
    const rows = requested.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, rows));
    const subjects = { values: selected, rows, terms: termsOfRows(model, causes, rows) };
    const { x, lost } = await drawSubjects(model, subjects, { draws: DRAWS, seed: 0, pace: new Pace() });
    rows.forEach((row, i) => {
      const draws = Array.from({ length: DRAWS }, (_, draw) => i * DRAWS + draw).filter((at) => !lost.has(at));
      for (let c = 0; c < width && draws.length > 0; c++) {
        means[row * width + c] = draws.reduce((sum, at) => sum + x[at * width + c], 0) / draws.length;
      }
    });
  }
  return means;
}

/**
 * Returns the hidden cells with their predictions.
 * @param shown remaining known values @param decoded output of the decoder, rows × columns of all modalities
 */
function answersOf(
  { columns, gaussian, known, rows, model }: Hidden,
  shown: readonly ObservedValues[],
  decoded: ArrayLike<number>,
  counts: (row: number, column: ColumnVariable) => boolean,
): HiddenCell[] {
  const { mean, sd } = gaussian.conditional(measuredTable(columns, shown, rows));
  const all: HiddenCell[] = [];
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, k) => {
      const { m, c, width, at } = column;
      const decoder = decoded[row * model.layout.values + at];
      const position = row * width + c;
      const isHidden = known[m].observed?.[position] !== 0 && shown[m].observed?.[position] === 0;
      if (!isHidden || !counts(row, column) || Number.isNaN(decoder)) return;
      const cell = row * columns.length + k;
      all.push({ m, k, value: known[m].values[position], decoder, gaussian: mean[cell], sd: sd[cell] });
    });
  }
  return all;
}

/** Returns the mix with the weight that minimises the squared error over the hidden cells of a modality. */
function mixOf(
  hidden: readonly HiddenCell[],
  columns: readonly ColumnVariable[],
  { mean }: Gaussian,
  m: number,
): Mix | undefined {
  const cells = hidden.filter((cell) => cell.m === m);
  if (cells.length < MIN_CELLS) return undefined;
  const sum = (of: (cell: HiddenCell) => number): number => cells.reduce((total, cell) => total + of(cell), 0);
  const apart = sum(({ gaussian, decoder }) => (gaussian - decoder) ** 2);
  const pull = sum(({ value, gaussian, decoder }) => (gaussian - decoder) * (value - decoder));
  const weight = apart > 0 ? Math.min(1, Math.max(0, pull / apart)) : 0;
  const total = sum(({ value, k }) => (value - mean[k]) ** 2);
  const joined = ({ gaussian, decoder }: HiddenCell): number => decoder + weight * (gaussian - decoder);
  const share = (of: (cell: HiddenCell) => number): number => 1 - sum((cell) => (cell.value - of(cell)) ** 2) / total;
  const r2 = { decoder: share((cell) => cell.decoder), gaussian: share((cell) => cell.gaussian), both: share(joined) };
  const spreadOf = (some: readonly HiddenCell[]): number => {
    const squares = some.reduce((all, cell) => all + ((cell.value - joined(cell)) / cell.sd) ** 2, 0);
    return Math.sqrt(squares / some.length);
  };
  const spread = columns.flatMap((column, k) => {
    if (column.m !== m) return [];
    const ofColumn = cells.filter((cell) => cell.k === k);
    return [spreadOf(ofColumn.length > 1 ? ofColumn : cells)];
  });
  return { weight, r2, spread };
}

function presenceIn({ model }: Hidden, values: readonly ObservedValues[]): Uint8Array[] {
  return values.map((table, m) => presenceOf({ ...table, columns: model.summary.columns[m].columns }));
}
