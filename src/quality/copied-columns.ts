// Columns that occur in two modalities, possibly with another scale. They associate the modalities by themselves.
// Random projections sort copies next to each other, so wide tables need no comparison of all pairs.

import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { selectSubjects } from '../data/select-rows.js';
import { knownRanks, rankCorrelation, type KnownRanks } from '../metrics/known-ranks.js';
import { listing } from './importance.js';
import type { Warning } from './schema.js';
import { spreadOver } from './tables.js';

/** |Spearman| above which one column is a copy of the other. */
const COPIED = 0.9999;
/** Maximum number of training subjects for the comparison. */
const MAX_ROWS = 1024;
const MIN_ROWS = 20;
/** Minimum number of subjects without the most frequent value of a column; with fewer, columns may agree by chance. */
const MIN_OTHERS = 10;
/** Number of projections of a column, each N(0, 1). */
const PROJECTIONS = 12;
/** Maximum difference of projections of copies, whose sd is √(2 (1 − 0.9999)) = 0.014. */
const TOLERANCE = 0.07;
/** Maximum number of named copies for a pair of modalities. */
const MAX_NAMED = 5;

interface Column {
  readonly modality: number;
  readonly name: string;
  readonly known: KnownRanks;
  readonly projections: Float64Array;
}

/** Returns one warning with an entry for each pair of tables that have columns in common. */
export function copiedColumns({ modalities, split }: Dataset): Warning[] {
  const rows = spreadOver(split.train, MAX_ROWS);
  if (rows.length < MIN_ROWS) return [];
  const columns = modalities.flatMap((modality, m) => (modality.regularArray ? [] : columnsOf(modality, m, rows)));
  const copies = copiesAmong(columns);
  const items = [...copies].map(([, pairs]) => {
    const [[first, second]] = pairs;
    const named = pairs.slice(0, MAX_NAMED).map(([a, b]) => (a.name === b.name ? a.name : `${a.name} and ${b.name}`));
    const rest = pairs.length > MAX_NAMED ? `, and ${pairs.length - MAX_NAMED} more` : '';
    return `${modalities[first.modality].name} and ${modalities[second.modality].name}: ${named.join(', ')}${rest}`;
  });
  return listing(
    'copied-columns',
    items,
    'Columns that two modalities have in common (|Spearman| above 0.9999). They associate the modalities by ' +
      'themselves: omit them in one of the two.',
  );
}

function columnsOf(modality: Modality, m: number, rows: Int32Array): Column[] {
  const width = modality.columns.length;
  const { values, observed } = selectSubjects(modality, width, rows);
  return modality.columns.flatMap(({ name, kind }, c): Column[] => {
    const column = Float64Array.from(rows, (_, i) => {
      const at = i * width + c;
      return observed?.[at] === 0 ? NaN : values[at];
    });
    if (isSize(kind) || countWithoutMode(column) < MIN_OTHERS) return [];
    const known = knownRanks(column);
    return [{ modality: m, name, known, projections: projected(known.ranks) }];
  });
}

/** Returns the number of values that differ from the most frequent one. */
function countWithoutMode(values: Float64Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  let [longest, start] = [0, 0];
  for (let at = 1; at <= sorted.length; at++) {
    if (sorted[at] === sorted[start]) continue;
    longest = Math.max(longest, at - start);
    start = at;
  }
  return sorted.length - longest;
}

/** Returns sums of the ranks with pseudo-random signs. */
function projected(ranks: Float64Array): Float64Array {
  const sums = new Float64Array(PROJECTIONS);
  for (const [row, rank] of ranks.entries()) {
    if (Number.isNaN(rank)) continue;
    let bits = Math.imul(row + 1, 0x9e3779b1);
    bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
    bits ^= bits >>> 13;
    for (let k = 0; k < PROJECTIONS; k++) sums[k] += (bits >>> k) & 1 ? rank : -rank;
  }
  return sums;
}

/** Returns copies by pair of modalities, in the order of the columns of the first one. */
function copiesAmong(columns: readonly Column[]): Map<string, (readonly [Column, Column])[]> {
  const size = ({ projections }: Column) => Math.abs(projections[0]);
  const sorted = [...columns].sort((a, b) => size(a) - size(b));
  const copies: (readonly [Column, Column])[] = [];
  for (const [i, a] of sorted.entries()) {
    for (let j = i + 1; j < sorted.length && size(sorted[j]) - size(a) <= TOLERANCE; j++) {
      const b = sorted[j];
      if (a.modality === b.modality || !isNear(a, b) || !isCopy(a, b)) continue;
      copies.push(a.modality < b.modality ? [a, b] : [b, a]);
    }
  }
  const places = new Map(columns.map((column, i) => [column, i]));
  copies.sort((a, b) => places.get(a[0])! - places.get(b[0])! || places.get(a[1])! - places.get(b[1])!);
  const byPair = new Map<string, (readonly [Column, Column])[]>();
  for (const pair of copies) {
    const key = `${pair[0].modality} ${pair[1].modality}`;
    byPair.set(key, [...(byPair.get(key) ?? []), pair]);
  }
  return byPair;
}

function isNear({ projections: a }: Column, { projections: b }: Column): boolean {
  return [1, -1].some((sign) => a.every((value, k) => Math.abs(value - sign * b[k]) <= TOLERANCE));
}

function isCopy({ known: a }: Column, { known: b }: Column): boolean {
  const both = a.ranks.reduce((count, rank, row) => count + Number(!Number.isNaN(rank + b.ranks[row])), 0);
  return both >= MIN_ROWS && Math.abs(rankCorrelation(a, b)) > COPIED;
}
