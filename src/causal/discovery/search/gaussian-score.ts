// The BIC of a variable and its parents in a linear model with normal noise: equal for DAGs of one equivalence class
// (Chickering 2002, section 3).

import { InputError } from '../../../errors.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { fillCorrelations } from '../independence/correlations.js';
import type { Variable } from '../causal-graph.js';
import { COLLINEAR } from '../independence/partial-correlations.js';

/** A score that is a sum over variables; larger is better. */
export interface LocalScore {
  readonly variables: readonly Variable[];
  /** Number of rows behind it. */
  readonly rows: number;
  /** @param parents ascending positions */
  score(variable: number, parents: readonly number[]): number;
}

/**
 * −(n ln σ² + penalty · |parents| ln n) / 2, σ² the residual share of the variable's variance given its parents; over
 * the rows where no column is missing.
 * @param penalty 1 is BIC; more asks for more evidence per edge
 * @throws InputError `invalid-penalty`, `constant-column`, `too-few-rows`; its `score` throws `collinear-columns`,
 *   `too-few-rows`
 */
export function gaussianBic(columns: readonly DataColumn[], penalty = 1): LocalScore {
  checkColumnShapes('gaussianBic: columns', columns);
  checkPenalty(penalty);
  const size = columns.length;
  const every = [...columns.keys()];
  const kept = completeRows(columns, every);
  const rows = kept.length;
  if (rows < 3) throw tooFew(rows, 'without missing values; a score');
  const correlations = new Float64Array(size * size);
  fillCorrelations(columns, every, rows === columns[0].values.length ? undefined : kept, {
    into: correlations,
    stride: size,
    places: every,
  });

  function score(variable: number, parents: readonly number[]): number {
    if (rows <= parents.length + 2) throw tooFew(rows, `for ${parents.length} parents; they`);
    const residual = residualVariance(correlations, size, [...parents, variable]);
    if (!(residual > COLLINEAR)) {
      const names = parents.map((i) => columns[i].name);
      throw new InputError(
        'collinear-columns',
        `column '${columns[variable].name}' is a linear function of ${names.join(', ')}: leave out one of them`,
        { columns: [...names, columns[variable].name] },
      );
    }
    return -(rows * Math.log(residual) + penalty * parents.length * Math.log(rows)) / 2;
  }

  return { variables: columns, rows, score };
}

/** @throws InputError `invalid-penalty` */
export function checkPenalty(penalty: number): void {
  if (Number.isFinite(penalty) && penalty > 0) return;
  throw new InputError('invalid-penalty', `penalty must be a number above 0, got ${String(penalty)}`);
}

/** Residual variance of the last variable given the others, as a share; 0 where those before one determine it. */
function residualVariance(correlations: Float64Array, stride: number, order: readonly number[]): number {
  const size = order.length;
  const factor = new Float64Array(size * size);
  let left = 0;
  for (let i = 0; i < size; i++) {
    left = 1;
    for (let j = 0; j < i; j++) {
      let rest = correlations[order[i] * stride + order[j]];
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      rest /= factor[j * size + j];
      factor[i * size + j] = rest;
      left -= rest * rest;
    }
    if (!(left > COLLINEAR)) return 0;
    factor[i * size + i] = Math.sqrt(left);
  }
  return left;
}

function tooFew(rows: number, what: string): InputError {
  return new InputError(
    'too-few-rows',
    `there are ${rows} rows ${what} need more: leave out the columns with most missing values, or set maxConditioning`,
  );
}
