// BDeu: the logarithm of the probability of discrete data given a DAG, where all tables of probabilities are equally
// likely beforehand, with a weight of some rows in all (Heckerman, Geiger & Chickering 1995); and a prior of the DAG.

import { InputError } from '../../../errors.js';
import { logGamma } from '../../../graph/special.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { codeLevels, strataOf } from '../independence/contingency.js';
import type { LocalScore } from './local-score.js';

export interface BdeuOptions {
  /** Rows that the prior of the tables counts for; 1 when left out. */
  readonly equivalentSampleSize?: number | undefined;
  /** Parents that a variable is expected to have; 1 when left out, half the others where there are fewer than two. */
  readonly structurePrior?: number | undefined;
}

/**
 * Over the rows where no column is missing.
 * @throws InputError `invalid-prior`, `too-many-levels`, `too-few-rows`
 */
export function bdeu(columns: readonly DataColumn[], options: BdeuOptions = {}): LocalScore {
  checkColumnShapes('bdeu: columns', columns);
  const others = columns.length - 1;
  const { equivalentSampleSize = 1, structurePrior = Math.min(1, others / 2) } = options;
  checkPriors(others, { equivalentSampleSize, structurePrior });
  const kept = completeRows(columns, [...columns.keys()]);
  const rows = kept.length;
  if (rows === 0) {
    throw new InputError('too-few-rows', 'no row has a value in every column: leave out those with most missing ones');
  }
  const coded = columns.map((column) =>
    codeLevels({ ...column, values: Float64Array.from(kept, (row) => column.values[row]) }),
  );
  const [edge, none] = [structurePrior / others, 1 - structurePrior / others].map(Math.log);

  function score(variable: number, parents: readonly number[]): number {
    const given = parents.map((i) => coded[i]);
    const { codes, levels } = coded[variable];
    const { strata, count } = strataOf(given, rows);
    const table = new Int32Array(count * levels);
    for (let row = 0; row < rows; row++) table[strata[row] * levels + codes[row]]++;
    const perStratum = given.reduce((share, parent) => share / parent.levels, equivalentSampleSize);
    const perCell = perStratum / levels;
    let sum = parents.length * edge + (others - parents.length) * none;
    for (let stratum = 0; stratum < count; stratum++) {
      let total = 0;
      for (const cell of table.subarray(stratum * levels, (stratum + 1) * levels)) {
        if (cell > 0) sum += logGamma(cell + perCell) - logGamma(perCell);
        total += cell;
      }
      sum += logGamma(perStratum) - logGamma(total + perStratum);
    }
    return sum;
  }

  return { variables: columns, rows, score };
}

/** @throws InputError `invalid-prior` */
function checkPriors(others: number, { equivalentSampleSize, structurePrior }: Required<BdeuOptions>): void {
  if (!(equivalentSampleSize > 0 && Number.isFinite(equivalentSampleSize))) {
    throw new InputError(
      'invalid-prior',
      `equivalentSampleSize must be a number above 0, got ${String(equivalentSampleSize)}`,
    );
  }
  if (others > 0 && !(Number.isFinite(structurePrior) && structurePrior > 0 && structurePrior < others)) {
    throw new InputError(
      'invalid-prior',
      `structurePrior is how many parents to expect: above 0 and below ${others}, got ${String(structurePrior)}`,
    );
  }
}
