// Imputation of missing values: missing cells from the posterior given the observed cells of their modality, whole
// missing modalities through q(z missing | z observed). Measured columns are combined with the predictions of a
// Gaussian.

import type { ObservedValues } from '../data/dataset.js';
import { distributionOf, type Distribution } from './distribution.js';
import { gaussianAnswers, joinedDraws } from './gaussian-answers.js';
import type { GenerativeModel } from './generative-model.js';
import { checkDraws, LEVEL, type SignalOption } from './question-options.js';
import { drawSubjects } from './subject-draws.js';
import { Pace } from '../threads/pace.js';
import { columnVariables, type ColumnVariable } from './variables.js';

export interface ImputationOptions extends SignalOption {
  /** Number of draws for each subject. Default: 200. */
  readonly draws?: number | undefined;
  /** Seed of the draws. Default: 0. */
  readonly seed?: number | undefined;
  /** Level of all intervals. Default: 0.9. */
  readonly level?: number | undefined;
}

/** The distribution of a cell over draws, in the unit of the column. */
export interface ImputedCell {
  /** Row in the data set. */
  readonly row: number;
  readonly column: ColumnVariable;
  readonly value: Distribution;
}

export interface WantedCells {
  /** Known values per modality in the model's order, subjects × columns. */
  readonly values: readonly ObservedValues[];
  readonly rows: readonly number[];
  /** True if a cell is requested. */
  readonly wants: (row: number, column: ColumnVariable) => boolean;
}

const DRAWS = 200;
/** Number of rows that are drawn together. */
const ROWS_TOGETHER = 4096;
/**
 * Yields imputed cells subject by subject, with columns in order.
 * @throws InputError `cannot-infer`, `invalid-option`
 */
export async function* imputedCells(
  model: GenerativeModel,
  { values, rows, wants }: WantedCells,
  { draws = DRAWS, seed = 0, level = LEVEL, signal }: ImputationOptions = {},
): AsyncGenerator<ImputedCell> {
  checkDraws({ draws, seed, level });
  const pace = new Pace(signal);
  await pace.rest();
  const columns = columnVariables(model.summary);
  const requested = rows.filter((row) => columns.some((column) => wants(row, column)));
  const together = Math.max(1, Math.floor(ROWS_TOGETHER / draws));
  for (let start = 0; start < requested.length; start += together) {
    const part = requested.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, part));
    const {
      x,
      drawn: observed,
      lost,
    } = await drawSubjects(model, { values: selected, rows: part }, { draws, seed, pace });
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
        yield { row, column, value: distributionOf(joined.map(column.inUnits), level) };
      }
    }
  }
}

/** Returns a function that is true for missing cells. */
export function missingCells(values: readonly ObservedValues[]): WantedCells['wants'] {
  return (row, { m, c, width }) => values[m].observed?.[row * width + c] === 0;
}
