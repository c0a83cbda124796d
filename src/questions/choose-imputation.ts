// How imputed cells are made of what the decoder says and what a Gaussian over all columns says: validation subjects,
// from whom cells and modalities are hidden, decide for each modality.

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
import { drawSubjects } from './subject-draws.js';
import { Pace } from '../threads/pace.js';
import type { ColumnVariable } from './variables.js';

/** Of all modalities together; time grows with the cube, and a saved fit with the square. */
const MAX_COLUMNS = 400;
/** Subjects times the square of the columns, of a step of the moments. */
const STEP_WORK = 2e8;
const MAX_VALIDATION = 256;
const MIN_CELLS = 20;
/** Of each subject that lacks a modality. */
const DRAWS = 32;
const ROWS_TOGETHER = 4096;
const LAST_STEPS = 30;

export interface ChosenImputation {
  readonly imputation: Imputation;
  /** Of the Gaussian, fitted to training and validation subjects. */
  readonly parameters: ParameterValues;
}

/** A cell that was hidden, and what was said of it. */
interface HiddenCell {
  readonly m: number;
  /** Position among the measured columns. */
  readonly k: number;
  readonly value: number;
  readonly decoder: number;
  readonly gaussian: number;
  /** The Gaussian's. */
  readonly sd: number;
}

/**
 * Undefined where the Gaussian is not affordable, or too little is hidden to tell: the decoder answers alone.
 * @throws DeviceError; the signal's reason
 */
export async function chooseImputation(
  model: GenerativeModel,
  { modalities, split }: Dataset,
  signal?: AbortSignal,
): Promise<ChosenImputation | undefined> {
  const columns = measuredColumns(model.summary);
  if (columns.length < 2 || columns.length > MAX_COLUMNS) return undefined;
  const tableOf = (rows: Int32Array): PartialTable => {
    const values = modalities.map((own) => selectSubjects(own, valuesPerSubject(own), rows));
    return measuredTable(columns, values, rows.length);
  };
  const most = Math.ceil(STEP_WORK / columns.length ** 2);
  const asked = split.validation.subarray(0, MAX_VALIDATION);
  const { gaussian, shrinkage } = await chooseGaussian(tableOf(spreadOver(split.train, most)), tableOf(asked), signal);
  const known = modalities.map((own) => selectSubjects(own, valuesPerSubject(own), asked));
  const hidden = { model, columns, gaussian, known, rows: asked.length };
  const cells = await hiddenCells(hidden);
  signal?.throwIfAborted();
  const whole = await hiddenModalities(hidden);
  const mixes = modalities.map((_, m) => ({
    cells: mixOf(cells, columns, gaussian, m),
    whole: mixOf(whole, columns, gaussian, m),
  }));
  const everybody = tableOf(spreadOver(joined(split.train, split.validation), most));
  const last = fitGaussian(everybody, { shrinkage, iterations: LAST_STEPS, start: gaussian });
  return { imputation: { shrinkage, modalities: mixes }, parameters: gaussianParameters(last) };
}

/** Validation subjects, of whom all is known. */
interface Hidden {
  readonly model: GenerativeModel;
  readonly columns: readonly ColumnVariable[];
  readonly gaussian: Gaussian;
  /** Per modality, rows × columns. */
  readonly known: readonly ObservedValues[];
  readonly rows: number;
}

/** Every measured cell once, a fifth of them at a time; those of a modality of which nothing is left do not count. */
async function hiddenCells(hidden: Hidden): Promise<HiddenCell[]> {
  const { model, columns, gaussian, known, rows } = hidden;
  const table = measuredTable(columns, known, rows);
  const all: HiddenCell[] = [];
  for (const left of hiddenFolds(table)) {
    const shown = known.map((own, m) => {
      const { length } = own.values;
      const width = length / rows;
      const observed = own.observed?.slice() ?? new Uint8Array(length).fill(1);
      columns.forEach((column, k) => {
        if (column.m !== m) return;
        for (let row = 0; row < rows; row++) observed[row * width + column.c] = left[row * columns.length + k];
      });
      return { values: own.values.map((value, at) => value * observed[at]), observed };
    });
    const present = presenceIn(hidden, shown);
    const { mean } = await model.posterior(shown, rows, () => gaussian);
    const { x } = await model.read(mean);
    all.push(...answersOf(hidden, shown, x, (row, { m }) => present[m][row] === 1));
  }
  return all;
}

/** Every modality once, of the subjects who have it and another one. */
async function hiddenModalities(hidden: Hidden): Promise<HiddenCell[]> {
  const { known, rows } = hidden;
  const present = presenceIn(hidden, known);
  const all: HiddenCell[] = [];
  for (const hiddenOne of known.keys()) {
    const shown = known.map((own, m) =>
      m === hiddenOne
        ? { values: new Float32Array(own.values.length), observed: new Uint8Array(own.values.length) }
        : own,
    );
    const asked = Array.from({ length: rows }, (_, row) => row).filter(
      (row) => present[hiddenOne][row] === 1 && present.some((own, m) => m !== hiddenOne && own[row] === 1),
    );
    const x = await meanDraws(hidden, shown, asked);
    const isAsked = new Set(asked);
    all.push(...answersOf(hidden, shown, x, (row, { m }) => m === hiddenOne && isAsked.has(row)));
  }
  return all;
}

/** What the decoder says on average, rows × columns of all modalities; NaN for rows that are not asked for, or lost. */
async function meanDraws(
  { model }: Hidden,
  values: readonly ObservedValues[],
  asked: readonly number[],
): Promise<Float64Array> {
  const width = model.layout.values;
  const means = new Float64Array((values[0].values.length / model.summary.columns[0].columns.length) * width).fill(NaN);
  const together = Math.floor(ROWS_TOGETHER / DRAWS);
  for (let start = 0; start < asked.length; start += together) {
    const rows = asked.slice(start, start + together);
    const own = values.map((table, m) => model.selectRows(table, m, rows));
    const { x, lost } = await drawSubjects(model, { values: own, rows }, { draws: DRAWS, seed: 0, pace: new Pace() });
    rows.forEach((row, i) => {
      const draws = Array.from({ length: DRAWS }, (_, draw) => i * DRAWS + draw).filter((at) => !lost.has(at));
      for (let c = 0; c < width && draws.length > 0; c++) {
        means[row * width + c] = draws.reduce((sum, at) => sum + x[at * width + c], 0) / draws.length;
      }
    });
  }
  return means;
}

/** @param shown what is left of the known values @param said by the decoder, rows × columns of all modalities */
function answersOf(
  { columns, gaussian, known, rows, model }: Hidden,
  shown: readonly ObservedValues[],
  said: ArrayLike<number>,
  counts: (row: number, column: ColumnVariable) => boolean,
): HiddenCell[] {
  const { mean, sd } = gaussian.conditional(measuredTable(columns, shown, rows));
  const all: HiddenCell[] = [];
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, k) => {
      const { m, c, width, at } = column;
      const decoder = said[row * model.layout.values + at];
      const own = row * width + c;
      const isHidden = known[m].observed?.[own] !== 0 && shown[m].observed?.[own] === 0;
      if (!isHidden || !counts(row, column) || Number.isNaN(decoder)) return;
      const cell = row * columns.length + k;
      all.push({ m, k, value: known[m].values[own], decoder, gaussian: mean[cell], sd: sd[cell] });
    });
  }
  return all;
}

/** The weight of least squared error over a modality's hidden cells. */
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
  const spreadOf = (own: readonly HiddenCell[]): number => {
    const squares = own.reduce((all, cell) => all + ((cell.value - joined(cell)) / cell.sd) ** 2, 0);
    return Math.sqrt(squares / own.length);
  };
  const spread = columns.flatMap((column, k) => {
    if (column.m !== m) return [];
    const own = cells.filter((cell) => cell.k === k);
    return [spreadOf(own.length > 1 ? own : cells)];
  });
  return { weight, r2, spread };
}

function presenceIn({ model }: Hidden, values: readonly ObservedValues[]): Uint8Array[] {
  return values.map((own, m) => presenceOf({ ...own, columns: model.summary.columns[m].columns }));
}
