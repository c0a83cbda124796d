// Columns that stand in two modalities, as they are or by another scale: they associate the modalities whatever else
// does. Random projections bring them next to each other, so wide tables need no comparison of all pairs.

import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { selectSubjects } from '../data/select-rows.js';
import { knownRanks, rankCorrelation, type KnownRanks } from '../metrics/known-ranks.js';
import { listing } from './importance.js';
import type { Warning } from './schema.js';
import { spreadOver } from './tables.js';

/** |Spearman| above which one column is a copy of the other. */
const COPIED = 0.9999;
/** Training subjects that are looked at. */
const MAX_ROWS = 1024;
const MIN_ROWS = 20;
/** Subjects who do not have a column's most frequent value; of fewer two columns may agree by chance. */
const MIN_OTHERS = 10;
/** Projections of a column, each N(0, 1). */
const PROJECTIONS = 12;
/** Those of copies differ with an sd of √(2 (1 − 0.9999)) = 0.014. */
const TOLERANCE = 0.07;
/** Pairs of modalities with more copies show the first ones. */
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
    const own = Float64Array.from(rows, (_, i) => {
      const at = i * width + c;
      return observed?.[at] === 0 ? NaN : values[at];
    });
    if (isSize(kind) || othersThanMost(own) < MIN_OTHERS) return [];
    const known = knownRanks(own);
    return [{ modality: m, name, known, projections: projected(known.ranks) }];
  });
}

function othersThanMost(values: Float64Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  let [longest, start] = [0, 0];
  for (let at = 1; at <= sorted.length; at++) {
    if (sorted[at] === sorted[start]) continue;
    longest = Math.max(longest, at - start);
    start = at;
  }
  return sorted.length - longest;
}

/** Sums with signs that no column follows by accident. */
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

/** By pair of modalities, copies in the order of the first one's columns. */
function copiesAmong(columns: readonly Column[]): Map<string, (readonly [Column, Column])[]> {
  const size = ({ projections }: Column) => Math.abs(projections[0]);
  const sorted = [...columns].sort((a, b) => size(a) - size(b));
  const found: (readonly [Column, Column])[] = [];
  for (const [i, a] of sorted.entries()) {
    for (let j = i + 1; j < sorted.length && size(sorted[j]) - size(a) <= TOLERANCE; j++) {
      const b = sorted[j];
      if (a.modality === b.modality || !isNear(a, b) || !isCopy(a, b)) continue;
      found.push(a.modality < b.modality ? [a, b] : [b, a]);
    }
  }
  const places = new Map(columns.map((column, i) => [column, i]));
  found.sort((a, b) => places.get(a[0])! - places.get(b[0])! || places.get(a[1])! - places.get(b[1])!);
  const byPair = new Map<string, (readonly [Column, Column])[]>();
  for (const pair of found) {
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
