// The test of association of two lists of columns whose rows may belong to groups.

import { scaledGroupMeans, withinGroupDeviations } from '../../data/group-units.js';
import { associationTest, type AssociationTest } from '../association-test.js';
import { permutationsWithin, type FreePermutations } from '../permutations.js';

export interface RowUnits {
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
  if (!units) return associationTest(a, b, { permutations, lost });
  if (!isWithin) {
    const means = (values: Float64Array) => scaledGroupMeans(values, units);
    return associationTest(a.map(means), b.map(means), { permutations, lost });
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
    lost,
  });
}
