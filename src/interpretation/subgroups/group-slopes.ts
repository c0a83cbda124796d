// Slopes of columns on latents in one group. Each group has a separate regression, so a test that slopes are equal is
// the test of an interaction of the group with everything.

import type { Table } from '../../quality/index.js';
import type { GroupFigure } from './equality.js';
import { designOf, regress, type Design } from './robust-regression.js';

/** Minimum number of subjects of a group beyond the number of coefficients. */
export const MIN_DEGREES = 10;

/**
 * Regresses each column of a table on latents and covariates, in some rows.
 * @param rows rows of the group, at least `minimum` of which must have the column
 * @returns by column the slope of each latent; undefined if too few rows have the column, or if it does not vary
 */
export function groupSlopes(
  latents: readonly Float64Array[],
  covariates: readonly Float64Array[],
  { samples: { values, columns }, observed }: Table,
  { rows, minimum }: { readonly rows: Int32Array; readonly minimum: number },
): ((GroupFigure | undefined)[] | undefined)[] {
  const designAt = (known: Int32Array): Design | undefined => {
    if (known.length < Math.max(minimum, latents.length + covariates.length + 1 + MIN_DEGREES)) return undefined;
    const at = (column: Float64Array) => Float64Array.from(known, (row) => column[row]);
    return designOf([new Float64Array(known.length).fill(1), ...latents.map(at), ...covariates.map(at)]);
  };
  const complete = designAt(rows);
  return Array.from({ length: columns }, (_, c) => {
    const known = observed ? rows.filter((row) => observed[row * columns + c] !== 0) : rows;
    const design = known.length === rows.length ? complete : designAt(known);
    const outcome = Float64Array.from(known, (row) => values[row * columns + c]);
    if (!design || outcome.every((value) => value === outcome[0])) return undefined;
    const { coefficients, covariance, degrees } = regress(design, outcome);
    return latents.map((_latent, k) => {
      const position = design.positions.indexOf(1 + k);
      if (position < 0) return undefined;
      const variance = covariance([position]).get(0, 0);
      return { estimate: coefficients[position], variance, degrees, subjects: known.length };
    });
  });
}
