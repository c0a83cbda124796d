// How far a cause divides the subjects as a batch, a covariate or another cause does. Effects of two such variables
// cannot be separated.

import { momentsOf } from '../../data/standardise.js';
import type { OverlapReport } from './inspection.js';

/** A variable by subject: positions of levels, or numbers; NaN where it has no value. */
export interface Divided {
  readonly name: string;
  readonly values: Float64Array;
  /** True for positions of levels. */
  readonly isNamed: boolean;
}

/** Returns the association of each cause with every batch and covariate, and with later causes. */
export function overlapsOf(
  causes: readonly Divided[],
  { batches, covariates }: { readonly batches: readonly Divided[]; readonly covariates: readonly Divided[] },
): OverlapReport[] {
  return causes.flatMap((cause, c) => {
    const against = (kind: OverlapReport['kind'], variables: readonly Divided[]): OverlapReport[] =>
      variables.map((one) => ({ cause: cause.name, kind, with: one.name, association: association(cause, one) }));
    return [
      ...against('batch', batches),
      ...against('covariate', covariates),
      ...against('cause', causes.slice(c + 1)),
    ];
  });
}

/**
 * Returns the association of two variables from 0 to 1 over the subjects that have both: Cramér's V for levels, the
 * correlation ratio of a number given levels, and the absolute correlation of two numbers. The first two are corrected
 * for chance, which many levels of few subjects raise (Bergsma 2013; Olejnik & Algina 2003, ω²).
 */
export function association(a: Divided, b: Divided): number {
  const rows = Int32Array.from(a.values.keys()).filter((row) => !Number.isNaN(a.values[row] + b.values[row]));
  if (rows.length < 3) return 0;
  if (a.isNamed && b.isNamed) return cramersV(a.values, b.values, rows);
  if (a.isNamed) return correlationRatio(b.values, a.values, rows);
  if (b.isNamed) return correlationRatio(a.values, b.values, rows);
  const [first, second] = [momentsOf(a.values, rows), momentsOf(b.values, rows)];
  if (!(first.sd > 0 && second.sd > 0)) return 0;
  const product = rows.reduce((sum, row) => sum + (a.values[row] - first.mean) * (b.values[row] - second.mean), 0);
  return Math.min(1, Math.abs(product / rows.length / (first.sd * second.sd)));
}

function cramersV(a: Float64Array, b: Float64Array, rows: Int32Array): number {
  const [ofA, ofB] = [countsOf(rows, (row) => a[row]), countsOf(rows, (row) => b[row])];
  const both = countsOf(rows, (row) => `${a[row]} ${b[row]}`);
  const n = rows.length;
  const [k, r] = [ofA.size, ofB.size];
  if (k < 2 || r < 2) return 0;
  let ratio = 0;
  for (const [cell, count] of both) {
    const [x, y] = cell.split(' ').map(Number);
    ratio += count ** 2 / (ofA.get(x)! * ofB.get(y)!);
  }
  const chance = ((k - 1) * (r - 1)) / (n - 1);
  const corrected = (levels: number) => levels - (levels - 1) ** 2 / (n - 1);
  const limit = Math.min(corrected(k), corrected(r)) - 1;
  return limit <= 0 ? 0 : Math.min(1, Math.sqrt(Math.max(0, ratio - 1 - chance) / limit));
}

function correlationRatio(numbers: Float64Array, levels: Float64Array, rows: Int32Array): number {
  const counts = countsOf(rows, (row) => levels[row]);
  const sums = new Map<number, number>();
  for (const row of rows) sums.set(levels[row], (sums.get(levels[row]) ?? 0) + numbers[row]);
  const { sd, mean } = momentsOf(numbers, rows);
  const [n, k] = [rows.length, counts.size];
  if (!(sd > 0) || n <= k) return 0;
  const between = [...counts].reduce((sum, [level, count]) => sum + count * (sums.get(level)! / count - mean) ** 2, 0);
  const total = n * sd ** 2;
  const within = Math.max(0, total - between) / (n - k);
  return Math.sqrt(Math.min(1, Math.max(0, (between - (k - 1) * within) / (total + within))));
}

function countsOf<Key>(rows: Int32Array, keyOf: (row: number) => Key): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
}
