// log|det| of many small matrices, one for each subject of a batch. |det| has a floor: at a singular matrix the logarithm
// stays finite, and its slope pushes back from there.

import { abs, add, log, maximum, mul, reshape, slice, sub, type Node } from '../graph/index.js';

const FLOOR = 1e-8;

/** @param matrices `[…, d, d, batch]` → `[…, batch]` */
export function logAbsDeterminant(matrices: Node): Node {
  const { shape } = matrices;
  const d = shape[shape.length - 2];
  const lead = shape.slice(0, -3);
  const batch = shape[shape.length - 1];
  const at = (i: number, o: number): Node =>
    reshape(slice(slice(matrices, -3, i, i + 1), -2, o, o + 1), [...lead, batch]);
  const minor = (rows: readonly number[], columns: readonly number[]): Node => {
    if (rows.length === 1) return at(rows[0], columns[0]);
    const [first, ...below] = rows;
    return columns
      .map((column, i) =>
        mul(
          at(first, column),
          minor(
            below,
            columns.filter((_, k) => k !== i),
          ),
        ),
      )
      .reduce((sumSoFar, term, i) => (i % 2 === 1 ? sub(sumSoFar, term) : add(sumSoFar, term)));
  };
  const all = Array.from({ length: d }, (_, i) => i);
  return log(maximum(abs(minor(all, all)), FLOOR));
}
