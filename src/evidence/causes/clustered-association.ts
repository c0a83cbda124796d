// The test of association of two lists of columns whose rows may belong to groups.

import { scaledGroupMeans, withinGroupDeviations } from '../../data/group-units.js';
import { associationTest, type AssociationTest } from '../association-test.js';
import { permutationsWithin, type FreePermutations } from '../permutations.js';

/** There are many levels; a small p is the tail of a distribution with the moments of the permutations. */
const MAX_PERMUTATIONS = 199;

interface RowUnits {
  /** Rows of each group; each row is a unit when left out. */
  readonly units?: readonly (readonly number[])[] | undefined;
  /** True to compare rows within their groups. Otherwise groups are compared by their means. */
  readonly isWithin: boolean;
  readonly seed: number;
  readonly permutations: FreePermutations;
  /** Number of directions that were removed from the columns. */
  readonly lost: number;
}

/** Tests independence of two lists of columns of the same rows. */
export function clusteredAssociation(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  { units, isWithin, seed, permutations, lost }: RowUnits,
): AssociationTest {
  const how = { lost, maxPermutations: MAX_PERMUTATIONS };
  if (!units) return associationTest(a, b, { permutations, ...how });
  if (!isWithin) {
    const means = (values: Float64Array) => scaledGroupMeans(values, units);
    return associationTest(a.map(means), b.map(means), { permutations, ...how });
  }
  const shared = units.filter(({ length }) => length > 1);
  const rows = shared.flat();
  let next = 0;
  const positions = shared.map((group) => group.map(() => next++));
  const deviations = (values: Float64Array) =>
    withinGroupDeviations(
      Float64Array.from(rows, (row) => values[row]),
      positions,
    );
  return associationTest(a.map(deviations), b.map(deviations), {
    permutations: permutationsWithin(positions, seed),
    ...how,
  });
}
