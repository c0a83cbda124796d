// BDeu: the logarithm of the probability of discrete data given a DAG (Heckerman, Geiger & Chickering 1995). The prior
// of the probability tables is uniform and has the weight of a number of rows. The DAG has a prior, too.

import { InputError } from '../../../errors/errors.js';
import { logGamma } from '../../../graph/special.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { codeLevels, strataOf } from '../independence/contingency.js';
import type { LocalScore } from './local-score.js';

export interface BdeuOptions {
  /** Number of rows that the prior of the tables counts as; 1 when left out. */
  readonly equivalentSampleSize?: number | undefined;
  /** Expected number of parents of a variable; when left out 1, or 0.5 if there are only two columns. */
  readonly structurePrior?: number | undefined;
}

/**
 * Returns the BDeu score over the rows where no column is missing.
 * @throws InputError `invalid-prior`, `too-many-levels`, `too-few-rows`
 */
export function bdeu(columns: readonly DataColumn[], options: BdeuOptions = {}): LocalScore {
  checkColumnShapes('bdeu: columns', columns);
  const otherCount = columns.length - 1;
  const { equivalentSampleSize = 1, structurePrior = Math.min(1, otherCount / 2) } = options;
  checkPriors(otherCount, { equivalentSampleSize, structurePrior });
  const complete = completeRows(columns, [...columns.keys()]);
  const rows = complete.length;
  if (rows === 0) {
    throw new InputError(
      'too-few-rows',
      'no row has a value in every column: leave out the columns with most missing values',
    );
  }
  const coded = columns.map((column) =>
    codeLevels({ ...column, values: Float64Array.from(complete, (row) => column.values[row]) }),
  );
  const [edge, none] = [structurePrior / otherCount, 1 - structurePrior / otherCount].map(Math.log);

  function score(variable: number, parents: readonly number[]): number {
    const conditioning = parents.map((i) => coded[i]);
    const { codes, levels } = coded[variable];
    const { strata, count } = strataOf(conditioning, rows);
    const table = new Int32Array(count * levels);
    for (let row = 0; row < rows; row++) table[strata[row] * levels + codes[row]]++;
    const perStratum = conditioning.reduce((share, parent) => share / parent.levels, equivalentSampleSize);
    const perCell = perStratum / levels;
    let sum = parents.length * edge + (otherCount - parents.length) * none;
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
function checkPriors(otherCount: number, { equivalentSampleSize, structurePrior }: Required<BdeuOptions>): void {
  if (!(equivalentSampleSize > 0 && Number.isFinite(equivalentSampleSize))) {
    throw new InputError(
      'invalid-prior',
      `equivalentSampleSize must be a number above 0, got ${String(equivalentSampleSize)}`,
    );
  }
  if (otherCount > 0 && !(Number.isFinite(structurePrior) && structurePrior > 0 && structurePrior < otherCount)) {
    throw new InputError(
      'invalid-prior',
      `structurePrior is the expected number of parents: above 0 and below ${otherCount}, got ` +
        String(structurePrior),
    );
  }
}
