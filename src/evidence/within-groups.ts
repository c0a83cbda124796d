// Tests if two modalities are associated within groups. Differences between groups (sites, batches) can associate the
// group means; permutations within groups preserve such differences (docs/explanation/evidence-statistics.md).

import { withinGroupDeviations, type GroupUnits } from '../data/group-units.js';
import { associationTest } from './association-test.js';
import { permutationsWithin } from './permutations.js';

/** Minimum number of rows beyond one per group. */
const MIN_FREE = 20;

/** Held-out rows of groups. */
export interface GroupedRows {
  /** Latents of the fold's model by row, not rotated. NaN if a row lacks the modality. */
  readonly latents: readonly Float64Array[];
  /** Rows of each group. */
  readonly members: GroupUnits['members'];
}

/**
 * Tests two modalities within groups. The test is exact if the rows of a group are exchangeable, unlike a time series.
 * @param a positions of latents, as `b` @param lost number of removed directions @returns undefined for too few rows
 */
export function testWithinGroups(
  { latents, members }: GroupedRows,
  a: readonly number[],
  b: readonly number[],
  { seed, lost }: { readonly seed: number; readonly lost: number },
): { readonly rows: number; readonly p: number } | undefined {
  const hasBoth = (row: number) => !Number.isNaN(latents[a[0]][row]) && !Number.isNaN(latents[b[0]][row]);
  const shared = members.map((rows) => rows.filter(hasBoth)).filter(({ length }) => length > 1);
  const rows = shared.flat();
  const minRows = Math.max(MIN_FREE, a.length + b.length + 3);
  if (rows.length - shared.length - lost < minRows) return undefined;
  let next = 0;
  const positions = shared.map((group) => group.map(() => next++));
  const deviations = (latent: number) =>
    withinGroupDeviations(
      Float64Array.from(rows, (row) => latents[latent][row]),
      positions,
    );
  const permutations = permutationsWithin(positions, seed);
  return { rows: rows.length, p: associationTest(a.map(deviations), b.map(deviations), { permutations, lost }).p };
}
