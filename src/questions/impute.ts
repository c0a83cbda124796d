// Imputation of missing values: missing cells from the posterior given the observed cells of their modality, whole
// missing modalities through q(z missing | z observed, causes). Measured columns are combined with the predictions of a
// Gaussian.

import type { Cause } from '../data/causes.js';
import type { ObservedValues } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { RunSummary } from '../training/run-summary.js';
import { distributionOf, type Distribution } from './distribution.js';
import { gaussianAnswers, joinedDraws } from './gaussian-answers.js';
import type { GenerativeModel } from './generative-model.js';
import type { DrawingOptions, SignalOption } from './question-options.js';
import { drawSubjects, termsOfRows } from './subject-draws.js';
import { Pace } from '../threads/pace.js';
import { columnVariables, type ColumnVariable } from './variables.js';

/** The distribution of a cell over draws, in the unit of the column. */
export interface ImputedCell {
  /** Row in the data set. */
  readonly row: number;
  readonly column: ColumnVariable;
  readonly value: Distribution;
}

/** A cell with the position of its column. A column has functions, which cannot be sent to another thread. */
export interface AnsweredCell extends Omit<ImputedCell, 'column'> {
  /** Position of the column among the columns of all modalities. */
  readonly at: number;
}

export interface WantedCells {
  /** Known values per modality in the model's order, subjects × columns. */
  readonly values: readonly ObservedValues[];
  readonly rows: readonly number[];
  /** Observed causes of all subjects, on which absent modalities depend. Default: unknown. */
  readonly causes?: readonly Cause[] | undefined;
  /** True if a cell is requested. */
  readonly wants: (row: number, column: ColumnVariable) => boolean;
}

/** Number of rows that are drawn together. */
const ROWS_TOGETHER = 4096;
/**
 * Yields imputed cells subject by subject, with columns in order.
 * @throws InputError `cannot-infer`
 */
export async function* imputedCells(
  model: GenerativeModel,
  { values, rows, causes, wants }: WantedCells,
  { draws, seed, level, signal }: DrawingOptions & SignalOption,
): AsyncGenerator<AnsweredCell> {
  const pace = new Pace(signal);
  await pace.rest();
  const columns = columnVariables(model.summary);
  const requested = rows.filter((row) => columns.some((column) => wants(row, column)));
  const together = Math.max(1, Math.floor(ROWS_TOGETHER / draws));
  for (let start = 0; start < requested.length; start += together) {
    const part = requested.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, part));
    const subjects = { values: selected, rows: part, terms: termsOfRows(model, causes, part) };
    const { x, drawn: observed, lost } = await drawSubjects(model, subjects, { draws, seed, pace });
    const answers = gaussianAnswers(model, selected, part.length);
    for (const [i, row] of part.entries()) {
      const valid = Array.from({ length: draws }, (_, draw) => i * draws + draw).filter((at) => !lost.has(at));
      for (const column of columns.filter((one) => wants(row, one))) {
        await pace.rest();
        const at = (one: number): number => one * model.layout.values + column.at;
        const drawn = Float64Array.from(valid, (one) => observed[at(one)]);
        const answer = answers(i, column);
        const expected = valid.reduce((sum, one) => sum + x[at(one)], 0) / valid.length;
        const joined = answer ? joinedDraws(drawn, expected, answer) : drawn;
        yield { row, at: column.at, value: distributionOf(joined.map(column.inUnits), level) };
      }
    }
  }
}

/** Returns a function that is true for missing cells. */
export function missingCells(values: readonly ObservedValues[]): WantedCells['wants'] {
  return (row, { m, c, width }) => values[m].observed?.[row * width + c] === 0;
}

/**
 * Returns the cells of the modalities `to`, for every subject who has one of the modalities `from`. Only values of
 * `from` are known.
 * @param values per modality in the model's order, subjects × columns
 * @throws InputError `unknown-modality`, also for a modality that would predict itself
 */
export function predictedCells(
  { columns }: Pick<RunSummary, 'columns'>,
  values: readonly ObservedValues[],
  { from, to }: Readonly<Record<'from' | 'to', readonly string[]>>,
): Pick<WantedCells, 'values' | 'wants'> {
  const names = columns.map(({ name }) => name);
  for (const name of [...from, ...to]) {
    if (names.includes(name) && !(from.includes(name) && to.includes(name))) continue;
    const problem = names.includes(name) ? `${name} cannot predict itself` : `The model has no modality '${name}'`;
    const hint = names.includes(name) ? '' : didYouMean(name, names);
    throw new InputError('unknown-modality', `${problem}${hint}; it has ${names.join(', ')}.`, { modality: name });
  }
  const known = values.map((table, m): ObservedValues => {
    if (from.includes(names[m])) return table;
    return { values: new Float32Array(table.values.length), observed: new Uint8Array(table.values.length) };
  });
  const present = known.map((table, m) => presenceOf({ ...table, columns: columns[m].columns }));
  return {
    values: known,
    wants: (row, { modality }) => to.includes(modality) && present.some((mask) => mask[row] === 1),
  };
}
