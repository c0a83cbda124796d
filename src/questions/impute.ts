// Values that are not known of subjects: missing cells from the posterior of what is observed of their modality, whole
// missing modalities through q(z missing | z observed); of measured columns together with what a Gaussian says of them.

import type { ObservedValues } from '../data/dataset.js';
import { distributionOf, type Distribution } from './distribution.js';
import { gaussianAnswers, joinedDraws } from './gaussian-answers.js';
import type { GenerativeModel } from './generative-model.js';
import { checkDraws, LEVEL, type SignalOption } from './question-options.js';
import { drawSubjects } from './subject-draws.js';
import { Pace } from '../threads/pace.js';
import { columnVariables, type ColumnVariable } from './variables.js';

export interface ImputationOptions extends SignalOption {
  /** Of each subject. Default: 200. */
  readonly draws?: number | undefined;
  /** Of the draws. Default: 0. */
  readonly seed?: number | undefined;
  /** Of all intervals. Default: 0.9. */
  readonly level?: number | undefined;
}

/** A cell of a subject, over draws and in the column's unit. */
export interface ImputedCell {
  /** In the data set. */
  readonly row: number;
  readonly column: ColumnVariable;
  readonly value: Distribution;
}

export interface WantedCells {
  /** What is known, per modality in the model's order, subjects × columns. */
  readonly values: readonly ObservedValues[];
  readonly rows: readonly number[];
  /** Whether a cell is asked for. */
  readonly wants: (row: number, column: ColumnVariable) => boolean;
}

const DRAWS = 200;
/** Rows that are drawn together. */
const ROWS_TOGETHER = 4096;

/**
 * Subject by subject, columns in order.
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
  const asked = rows.filter((row) => columns.some((column) => wants(row, column)));
  const together = Math.max(1, Math.floor(ROWS_TOGETHER / draws));
  for (let start = 0; start < asked.length; start += together) {
    const part = asked.slice(start, start + together);
    const own = values.map((table, m) => model.selectRows(table, m, part));
    const { x, drawn: observed, lost } = await drawSubjects(model, { values: own, rows: part }, { draws, seed, pace });
    const answers = gaussianAnswers(model, own, part.length);
    for (const [i, row] of part.entries()) {
      const kept = Array.from({ length: draws }, (_, draw) => i * draws + draw).filter((at) => !lost.has(at));
      for (const column of columns.filter((one) => wants(row, one))) {
        await pace.rest();
        const at = (one: number): number => one * model.layout.values + column.at;
        const drawn = Float64Array.from(kept, (one) => observed[at(one)]);
        const answer = answers(i, column);
        const said = kept.reduce((sum, one) => sum + x[at(one)], 0) / kept.length;
        const joined = answer ? joinedDraws(drawn, said, answer) : drawn;
        yield { row, column, value: distributionOf(joined.map(column.inUnits), level) };
      }
    }
  }
}

/** Cells that nothing was observed of. */
export function missingCells(values: readonly ObservedValues[]): WantedCells['wants'] {
  return (row, { m, c, width }) => values[m].observed?.[row * width + c] === 0;
}
