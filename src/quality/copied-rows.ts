// Rows that are nearer to another row than chance explains: repeated measurements of the same people, or copies of
// rows. Counted as people they make p too small.

import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { RandomStream } from '../random/random-stream.js';
import { countBelow } from '../metrics/index.js';
import type { Warning } from './schema.js';
import { spreadOver } from './tables.js';

/** Rows whose neighbours are looked for, among the first rows of the data set. */
const MAX_ASKED = 200;
const MAX_ROWS = 10_000;
const MIN_ROWS = 60;
/** Columns that distances are of, evenly spread over those of all tables. */
const MAX_COLUMNS = 32;
const MIN_COLUMNS = 3;
/** Share of a row's values that another one must have too: distances of fewer are smaller by chance. */
const MIN_COMMON = 0.9;
/** Values that a column must have to count as a continuous one. */
const MIN_VALUES = 8;
/** Share of the values that are the most frequent one; of more, most places are random. */
const MAX_EQUAL = 0.5;
/** Neighbours, as a share of the rows or a number, that tell how distances grow around a row. */
const NEAR = { rank: 20, share: 0.1 };
const FAR = { rank: 100, share: 0.5 };
/** By chance the nearest row is nearer than expected this often, and no more rows than this are let pass. */
const CHANCE = 0.001;
const MAX_BY_CHANCE = 0.1;

/** Shares of data sets that were looked at before. */
const known = new WeakMap<object, number>();

/**
 * Whether rows without groups have neighbours far nearer than chance brings them, so that nothing can be tested. A
 * study that names a group for each row says that they are different people.
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
        `${Math.round(100 * share)} % of the rows have another row that is nearer than chance explains. Rows of the ` +
        'same person, or copies of rows, are no further people: tests would count them as such, so nothing is ' +
        'tested. Name the column that tells people apart (group), or remove the copies. If every row is another ' +
        'person, give group the id column.',
    },
  ];
}

/**
 * The share of rows whose nearest row is so near as one in a thousand would be by chance. Around a row, the number of
 * rows within a distance r grows as r^d; d is that of all rows between the NEAR and the FAR neighbours.
 */
export function copiedShare({ modalities, ids }: Pick<Dataset, 'modalities' | 'ids'>): number {
  const rows = Math.min(ids.length, MAX_ROWS);
  const columns = continuousColumns(modalities, rows);
  if (rows < MIN_ROWS || columns.length < MIN_COLUMNS) return 0;
  const [near, far] = [NEAR, FAR].map(({ rank, share }) => Math.min(rank, Math.floor(share * rows)));
  const asked = spreadOver(Int32Array.from(Array(rows).keys()), MAX_ASKED);
  const distances = Array.from(asked, (row) => neighbours(columns, row, far)).filter((own) => own !== undefined);
  if (distances.length < MIN_ROWS / 2) return 0;
  const growth = distances.map((own) => Math.log(own[far - 1] / own[near - 1])).sort((a, b) => a - b);
  const dimension = Math.log(far / near) / growth[Math.floor(growth.length / 2)];
  const copied = distances.filter((own) => {
    // Of `near` rows within the distance, the chance that one lies within this part of it.
    return own[0] < own[near - 1] * (CHANCE / near) ** (1 / dimension);
  });
  return copied.length / distances.length;
}

/** Distances to the nearest rows, ascending; undefined for a row that shares too few values with others. */
function neighbours(columns: readonly Float64Array[], row: number, count: number): Float64Array | undefined {
  const rows = columns[0].length;
  const distances = new Float64Array(rows).fill(Infinity);
  const own = columns.reduce((count, column) => count + Number(!Number.isNaN(column[row])), 0);
  const needed = Math.max(MIN_COLUMNS, MIN_COMMON * own);
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
 * Places of the first rows among each other, 0 to 1, by column, NaN where a value is missing. Equal values lie
 * at random places among each other: that values are rounded brings no two rows together.
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
    const own = Float64Array.from(known, (row) => values[row * columns.length + c]);
    const sorted = own.slice().sort();
    if (!isContinuous(sorted)) return [];
    const places = new Float64Array(rows).fill(NaN);
    own.forEach((value, i) => {
      const below = countBelow(sorted, value);
      const equal = countBelow(sorted, value, true) - below;
      places[known[i]] = (below + equal * random.uniform()) / own.length;
    });
    return [places];
  });
}

/** @param sorted ascending */
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
