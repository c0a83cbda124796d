// Detects rows that are closer to another row than chance explains: repeated measurements of the same people, or copies
// of rows. If they count as people, p is too small.

import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { RandomStream } from '../random/random-stream.js';
import { countBelow } from '../metrics/index.js';
import type { Warning } from './schema.js';
import { spreadOver } from './tables.js';

/** Maximum number of rows whose neighbours are searched, among the first rows of the data set. */
const MAX_QUERIES = 200;
const MAX_ROWS = 10_000;
const MIN_ROWS = 60;
/** Maximum number of columns in distances, evenly spread over all tables. */
const MAX_COLUMNS = 32;
const MIN_COLUMNS = 3;
/** Minimum share of the values of a row that the other row must have: distances of fewer are smaller by chance. */
const MIN_COMMON = 0.9;
/** Minimum number of different values of a continuous column. */
const MIN_VALUES = 8;
/** Maximum share of the most frequent value of a column; with more, most ranks are random. */
const MAX_EQUAL = 0.5;
/** Neighbours, as a number or a share of the rows, that determine how distances grow around a row. */
const NEAR = { rank: 20, share: 0.1 };
const FAR = { rank: 100, share: 0.5 };
/** Probability that the nearest row counts as too close by chance, and the maximum accepted share of such rows. */
const CHANCE = 0.001;
const MAX_BY_CHANCE = 0.1;

/** Cache of the shares by data set. */
const known = new WeakMap<object, number>();

/**
 * True if rows without groups have neighbours much closer than chance explains, so that nothing can be tested. A study
 * that names a group for each row asserts which rows are different people.
 */
export function hasCopiedRows({ modalities, ids, groups }: Pick<Dataset, 'modalities' | 'ids' | 'groups'>): boolean {
  if (groups) return false;
  const share = known.get(modalities) ?? copiedShare({ modalities, ids });
  known.set(modalities, share);
  return share > MAX_BY_CHANCE;
}

/** Returns a warning about such rows. */
export function copiedRows(dataset: Dataset): Warning[] {
  if (!hasCopiedRows(dataset)) return [];
  const share = known.get(dataset.modalities)!;
  return [
    {
      code: 'copied-rows',
      text:
        `${Math.round(100 * share)} % of the rows have another row that is closer than chance explains. Rows of the ` +
        'same person, or copies of rows, are not additional people, but tests would count them as such, so nothing ' +
        'is tested. Name the column that identifies people (group), or remove the copies. If every row is another ' +
        'person, set group to the id column.',
    },
  ];
}

/**
 * Returns the share of rows whose nearest row is closer than is expected for one row in a thousand by chance. The
 * number of rows within a distance r of a row grows as r^d. The dimension d is estimated for all rows between the NEAR
 * and the FAR neighbours.
 */
export function copiedShare({ modalities, ids }: Pick<Dataset, 'modalities' | 'ids'>): number {
  const rows = Math.min(ids.length, MAX_ROWS);
  const columns = continuousColumns(modalities, rows);
  if (rows < MIN_ROWS || columns.length < MIN_COLUMNS) return 0;
  const [near, far] = [NEAR, FAR].map(({ rank, share }) => Math.min(rank, Math.floor(share * rows)));
  const queries = spreadOver(Int32Array.from(Array(rows).keys()), MAX_QUERIES);
  const distances = Array.from(queries, (row) => neighbours(columns, row, far)).filter(
    (sorted) => sorted !== undefined,
  );
  if (distances.length < MIN_ROWS / 2) return 0;
  const growth = distances.map((sorted) => Math.log(sorted[far - 1] / sorted[near - 1])).sort((a, b) => a - b);
  const dimension = Math.log(far / near) / growth[Math.floor(growth.length / 2)];
  const copied = distances.filter((sorted) => {
    // The probability that one of the `near` rows within the distance lies within this fraction of it is CHANCE.
    return sorted[0] < sorted[near - 1] * (CHANCE / near) ** (1 / dimension);
  });
  return copied.length / distances.length;
}

/**
 * Returns the distances to the nearest rows, ascending; undefined for a row with too few values in common with other
 * rows.
 */
function neighbours(columns: readonly Float64Array[], row: number, count: number): Float64Array | undefined {
  const rows = columns[0].length;
  const distances = new Float64Array(rows).fill(Infinity);
  const present = columns.reduce((count, column) => count + Number(!Number.isNaN(column[row])), 0);
  const needed = Math.max(MIN_COLUMNS, MIN_COMMON * present);
  for (let other = 0; other < rows; other++) {
    if (other === row) continue;
    let [sum, known] = [0, 0];
    for (const column of columns) {
      const difference = column[other] - column[row];
      if (Number.isNaN(difference)) continue;
      sum += difference * difference;
      known++;
    }
    if (known >= needed) distances[other] = Math.sqrt(sum / known);
  }
  const nearest = distances.sort().subarray(0, count);
  return nearest[count - 1] < Infinity ? nearest : undefined;
}

/**
 * Returns the relative ranks of the first rows, 0 to 1, by column; NaN if a value is missing. Equal values get random
 * ranks among each other, so that rounding does not make two rows similar.
 */
function continuousColumns(modalities: readonly Modality[], rows: number): Float64Array[] {
  const all = modalities.flatMap((modality) =>
    modality.regularArray
      ? []
      : modality.columns.flatMap(({ kind }, c): [Modality, number][] => (isSize(kind) ? [] : [[modality, c]])),
  );
  const random = new RandomStream(1, 0);
  const chosen = spreadOver(Int32Array.from(all.keys()), MAX_COLUMNS);
  return Array.from(chosen, (at) => all[at]).flatMap(([{ columns, values, observed }, c]): Float64Array[] => {
    const known: number[] = [];
    for (let row = 0; row < rows; row++) if (observed?.[row * columns.length + c] !== 0) known.push(row);
    const present = Float64Array.from(known, (row) => values[row * columns.length + c]);
    const sorted = present.slice().sort();
    if (!isContinuous(sorted)) return [];
    const places = new Float64Array(rows).fill(NaN);
    present.forEach((value, i) => {
      const below = countBelow(sorted, value);
      const equal = countBelow(sorted, value, true) - below;
      places[known[i]] = (below + equal * random.uniform()) / present.length;
    });
    return [places];
  });
}

/** True if a column has enough different values. @param sorted ascending values */
function isContinuous(sorted: Float64Array): boolean {
  let [values, longest, start] = [0, 0, 0];
  for (let at = 1; at <= sorted.length; at++) {
    if (sorted[at] === sorted[start]) continue;
    values++;
    longest = Math.max(longest, at - start);
    start = at;
  }
  return values >= MIN_VALUES && longest <= MAX_EQUAL * sorted.length;
}
