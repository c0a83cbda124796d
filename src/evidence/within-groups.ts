// Whether two modalities are associated within groups. What differs between groups (sites, batches) can associate the
// groups' means; rows that change places within their groups keep such differences (docs/evidence-statistics.md).

import { withinGroupDeviations, type GroupUnits } from '../data/group-units.js';
import { associationTest } from './association-test.js';
import { permutationsWithin } from './permutations.js';

/** Rows beyond one a group that a test needs. */
const MIN_FREE = 20;

/** Held-out rows of groups. */
export interface GroupedRows {
  /** Latents of the fold's model by row, not turned; NaN where a row lacks the modality. */
  readonly latents: readonly Float64Array[];
  /** Rows of each group. */
  readonly members: GroupUnits['members'];
}

/**
 * Tests two modalities within groups: exact if the rows of a group can change places, which rows in time cannot.
 * @param a positions of latents, as `b` @param lost rows that do not count @returns undefined for too few
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
  const least = Math.max(MIN_FREE, a.length + b.length + 3);
  if (rows.length - shared.length - lost < least) return undefined;
  let next = 0;
  const positions = shared.map((own) => own.map(() => next++));
  const deviations = (latent: number) =>
    withinGroupDeviations(
      Float64Array.from(rows, (row) => latents[latent][row]),
      positions,
    );
  const permutations = permutationsWithin(positions, seed);
  return { rows: rows.length, p: associationTest(a.map(deviations), b.map(deviations), { permutations, lost }).p };
}
