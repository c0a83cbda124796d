// The BIC of a variable and its parents in a linear model with normal noise, equal for DAGs of one equivalence class
// (Chickering 2002, section 3). The degenerate Gaussian score (Andrews, Ramsey & Cooper 2019) does the same for
// discrete and continuous variables. It replaces a discrete variable by indicators of all its levels except one, and
// treats these as normal.

import { InputError } from '../../../errors/errors.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { fillCorrelations } from '../independence/correlations.js';
import { kindOf } from '../independence/mixed.js';
import { COLLINEAR } from '../independence/partial-correlations.js';
import type { LocalScore } from './local-score.js';

/**
 * Returns the score −(n ln σ² + penalty · |parents| ln n) / 2 over the rows where no column is missing. σ² is the
 * residual share of the variance of the variable given its parents.
 * @param penalty 1 for BIC; a larger penalty requires more evidence per edge
 * @throws InputError `invalid-penalty`, `constant-column`, `too-few-rows`; its `score` throws `collinear-columns`,
 *   `too-few-rows`
 */
export function gaussianBic(columns: readonly DataColumn[], penalty = 1): LocalScore {
  checkColumnShapes('gaussianBic: columns', columns);
  return blockScore(columns, penalty, ({ name, values }, rows) => [{ name, values: picked(values, rows) }]);
}

/**
 * Returns the same score with k − 1 indicators for a column of k levels. Then σ² is a determinant, and the cost of an
 * edge is ln n times the product of the numbers of columns of its ends. As in `mixedTest`, the `kind` of a column or
 * its values determine whether it is discrete.
 * @throws what `gaussianBic` throws, `too-many-levels`
 */
export function degenerateGaussian(columns: readonly DataColumn[], penalty = 1): LocalScore {
  checkColumnShapes('degenerateGaussian: columns', columns);
  return blockScore(columns, penalty, (column, rows) => {
    const { name } = column;
    const values = picked(column.values, rows);
    if (kindOf(column) === 'continuous') return [{ name, values }];
    const levels = [...new Set(values)].sort((a, b) => a - b);
    return levels.slice(1).map((level) => ({ name, values: values.map((value) => (value === level ? 1 : 0)) }));
  });
}

function picked(values: Float64Array, rows: Int32Array): Float64Array {
  return rows.length === values.length ? values : Float64Array.from(rows, (row) => values[row]);
}

/** @param embed returns the columns that represent one column, over these rows */
function blockScore(
  columns: readonly DataColumn[],
  penalty: number,
  embed: (column: DataColumn, rows: Int32Array) => DataColumn[],
): LocalScore {
  checkPenalty(penalty);
  const complete = completeRows(columns, [...columns.keys()]);
  const rows = complete.length;
  if (rows < 3) throw tooFew(rows, 'without missing values; a score');
  const blocks = columns.map((column) => embed(column, complete));
  const flat = blocks.flat();
  const every = [...flat.keys()];
  let first = 0;
  const places = blocks.map(({ length }) => Array.from({ length }, () => first++));
  const correlations = new Float64Array(flat.length ** 2);
  fillCorrelations(flat, every, undefined, { into: correlations, stride: flat.length, places: every });

  function score(variable: number, parents: readonly number[]): number {
    const block = places[variable];
    const predictors = parents.flatMap((i) => places[i]);
    if (rows <= predictors.length + block.length + 1) throw tooFew(rows, `for ${parents.length} parents; a score`);
    const residual = logResidualVariance(correlations, flat.length, [...predictors, ...block], predictors.length);
    if (residual === -Infinity) {
      const names = parents.map((i) => columns[i].name);
      throw new InputError(
        'collinear-columns',
        `column '${columns[variable].name}' is a linear function of ${names.join(', ')}: leave out one of them`,
        { columns: [...names, columns[variable].name] },
      );
    }
    return -(rows * residual + penalty * predictors.length * block.length * Math.log(rows)) / 2;
  }

  return { variables: columns, rows, score };
}

/** @throws InputError `invalid-penalty` */
export function checkPenalty(penalty: number): void {
  if (Number.isFinite(penalty) && penalty > 0) return;
  throw new InputError('invalid-penalty', `penalty must be a number above 0, got ${String(penalty)}`);
}

/**
 * Returns the logarithm of the residual share of the generalised variance of the variables from position `from` on,
 * given the earlier ones; −∞ if the variables before one of them determine it.
 */
function logResidualVariance(
  correlations: Float64Array,
  stride: number,
  order: readonly number[],
  from: number,
): number {
  const size = order.length;
  const factor = new Float64Array(size * size);
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let residual = 1;
    for (let j = 0; j < i; j++) {
      let rest = correlations[order[i] * stride + order[j]];
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      rest /= factor[j * size + j];
      factor[i * size + j] = rest;
      residual -= rest * rest;
    }
    if (!(residual > COLLINEAR)) return -Infinity;
    factor[i * size + i] = Math.sqrt(residual);
    if (i >= from) sum += Math.log(residual);
  }
  return sum;
}

function tooFew(rows: number, what: string): InputError {
  return new InputError(
    'too-few-rows',
    `there are ${rows} rows ${what} needs more: leave out the columns with most missing values, or set maxConditioning`,
  );
}
