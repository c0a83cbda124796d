// Finds columns with the same information: albumin in g/dL and in g/L are equal after standardisation. A projection
// brings equal columns next to each other, so that wide tables need no comparison of all pairs.

import type { Modality } from '../../data/dataset.js';
import { isSize } from '../../data/kinds.js';

const TOLERANCE = 1e-4;

/** Returns pairs of columns whose standardised values are equal, or opposite, to single precision. */
export function duplicateColumns({ columns, values }: Modality): [string, string][] {
  const width = columns.length;
  const rows = values.length / width;
  const answers = [...columns.keys()].filter((column) => !isSize(columns[column].kind));
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    // A Weyl sequence gives spread weights in (−0.5, 0.5) with which no column correlates by accident.
    const weight = (Math.imul(row + 1, 0x9e3779b1) >>> 0) / 2 ** 32 - 0.5;
    for (let column = 0; column < width; column++) sums[column] += weight * values[row * width + column];
  }
  const projected = answers.map((column) => {
    const sum = sums[column];
    return { column, size: Math.abs(sum) / rows, sign: Math.sign(sum) };
  });
  projected.sort((a, b) => a.size - b.size);
  const pairs: [number, number][] = [];
  for (const [i, first] of projected.entries()) {
    for (let j = i + 1; j < projected.length && projected[j].size - first.size <= TOLERANCE; j++) {
      const second = projected[j];
      const sign = first.sign * second.sign;
      let equal = true;
      for (let row = 0; equal && row < rows; row++) {
        const difference = values[row * width + first.column] - sign * values[row * width + second.column];
        equal = Math.abs(difference) <= TOLERANCE;
      }
      if (equal) pairs.push([Math.min(first.column, second.column), Math.max(first.column, second.column)]);
    }
  }
  return pairs.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([a, b]) => [columns[a].name, columns[b].name]);
}
