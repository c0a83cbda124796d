// Independence of discrete variables in each stratum of the conditioning variables: Pearson's χ² and the likelihood
// ratio G² (Agresti, Categorical Data Analysis, ch. 2–3). A stratum with r rows and c columns that are not empty adds
// (r − 1)(c − 1) degrees of freedom. Without any degrees of freedom, p is 1.

import { InputError } from '../../../errors/errors.js';
import { chiSquareTail } from './distributions.js';
import { checkColumnShapes, type DataColumn } from '../columns.js';
import type { IndependenceTest, TestResult } from './independence.js';

/** Maximum number of levels of a discrete column; more suggest a continuous measurement. */
export const MAX_LEVELS = 100;

export interface Coded {
  /** Level of each row from 0, −1 for missing. */
  readonly codes: Int32Array;
  readonly levels: number;
}

export function chiSquare(columns: readonly DataColumn[]): IndependenceTest {
  return contingencyTest(columns, pearson);
}

export function gSquare(columns: readonly DataColumn[]): IndependenceTest {
  return contingencyTest(columns, likelihoodRatio);
}

/** The term of a cell in the statistic. */
type CellTerm = (observed: number, expected: number) => number;

const pearson: CellTerm = (observed, expected) => (observed - expected) ** 2 / expected;
const likelihoodRatio: CellTerm = (observed, expected) =>
  observed === 0 ? 0 : 2 * observed * Math.log(observed / expected);

/** @throws InputError `too-many-levels` */
function contingencyTest(columns: readonly DataColumn[], term: CellTerm): IndependenceTest {
  checkColumnShapes('columns', columns);
  const coded = columns.map(codeLevels);

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const [a, b] = [coded[x], coded[y]];
    const { strata, count } = strataOf(
      conditioning.map((i) => coded[i]),
      a.codes.length,
    );
    const cells = a.levels * b.levels;
    const table = new Int32Array(count * cells);
    let rows = 0;
    for (let row = 0; row < a.codes.length; row++) {
      if (a.codes[row] < 0 || b.codes[row] < 0 || strata[row] < 0) continue;
      table[strata[row] * cells + a.codes[row] * b.levels + b.codes[row]]++;
      rows++;
    }
    let statistic = 0;
    let degrees = 0;
    for (let stratum = 0; stratum < count; stratum++) {
      const result = oneTable(table.subarray(stratum * cells, (stratum + 1) * cells), a.levels, b.levels, term);
      statistic += result.statistic;
      degrees += result.degrees;
    }
    return { p: degrees === 0 ? 1 : chiSquareTail(statistic, degrees), rows };
  }

  return { variables: columns, resolution: 0, test };
}

function oneTable(table: Int32Array, rows: number, columns: number, term: CellTerm) {
  const rowTotals = new Float64Array(rows);
  const columnTotals = new Float64Array(columns);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const count = table[i * columns + j];
      rowTotals[i] += count;
      columnTotals[j] += count;
      total += count;
    }
  }
  let statistic = 0;
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const expected = (rowTotals[i] * columnTotals[j]) / total;
      if (expected > 0) statistic += term(table[i * columns + j], expected);
    }
  }
  const [usedRows, usedColumns] = [rowTotals, columnTotals].map((totals) => totals.filter((count) => count > 0).length);
  return { statistic, degrees: total === 0 ? 0 : (usedRows - 1) * (usedColumns - 1) };
}

/** Numbers the combinations of levels that occur. A row with a missing value has the number −1. */
export function strataOf(conditioning: readonly Coded[], rows: number): { strata: Int32Array; count: number } {
  let strata = new Int32Array(rows);
  let count = 1;
  for (const { codes, levels } of conditioning) {
    const numbers = new Int32Array(count * levels).fill(-1);
    const next = new Int32Array(rows);
    let used = 0;
    for (let row = 0; row < rows; row++) {
      if (strata[row] < 0 || codes[row] < 0) {
        next[row] = -1;
        continue;
      }
      const combination = strata[row] * levels + codes[row];
      if (numbers[combination] < 0) numbers[combination] = used++;
      next[row] = numbers[combination];
    }
    strata = next;
    count = used;
  }
  return { strata, count };
}

/** Returns the codes of a column's values in ascending order. @throws InputError `too-many-levels` */
export function codeLevels({ name, values }: DataColumn): Coded {
  const present = new Set<number>();
  for (const value of values) {
    if (!Number.isNaN(value)) present.add(value);
    if (present.size > MAX_LEVELS) {
      throw new InputError(
        'too-many-levels',
        `column '${name}' has more than ${MAX_LEVELS} different values: χ² and G² are for discrete columns; ` +
          'group its values, leave it out, or choose another test',
        { column: name },
      );
    }
  }
  const level = new Map([...present].sort((a, b) => a - b).map((value, i) => [value, i]));
  return { codes: Int32Array.from(values, (value) => level.get(value) ?? -1), levels: level.size };
}
