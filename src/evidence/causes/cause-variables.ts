// Observed causes as variables by unit of a fold.

import { termsAt, type Cause } from '../../data/causes.js';
import { centred, varies } from '../../metrics/vectors.js';
import { directionsOf, without } from '../nuisance.js';
import type { FoldUnits } from '../variables.js';
import type { CauseStudy } from './cause-study.js';

/** Values of each unit, or NaN if the rows of a group differ. */
export function unitValues(ids: readonly string[], names: readonly string[], values: ArrayLike<number>): Float64Array {
  const known = new Map<string, number>();
  for (let row = 0; row < names.length; row++) {
    const before = known.get(names[row]);
    known.set(names[row], before === undefined || before === values[row] ? values[row] : NaN);
  }
  return Float64Array.from(ids, (id) => known.get(id) ?? NaN);
}

/** Returns the terms of some causes by unit of a fold. Groups have the means of their rows. */
export function unitTerms(ids: readonly string[], names: readonly string[], causes: readonly Cause[]): Float64Array[] {
  const unitOf = new Map(ids.map((id, unit) => [id, unit]));
  const counts = new Float64Array(ids.length);
  const columns = causes.flatMap(({ terms }) => terms.map(() => new Float64Array(ids.length)));
  for (let row = 0; row < names.length; row++) {
    const unit = unitOf.get(names[row]);
    if (unit === undefined) continue;
    counts[unit] += 1;
    let column = 0;
    for (const cause of causes) {
      for (const value of termsAt(cause, cause.values[row])) columns[column++][unit] += value;
    }
  }
  return columns.map((column) => column.map((sum, unit) => sum / counts[unit]));
}

/** Returns the mean of a column over the rows of each unit. */
export function unitMeans(ids: readonly string[], names: readonly string[], column: Float64Array): Float64Array {
  const unitOf = new Map(ids.map((id, unit) => [id, unit]));
  const [sums, counts] = [new Float64Array(ids.length), new Float64Array(ids.length)];
  for (let row = 0; row < names.length; row++) {
    const unit = unitOf.get(names[row]);
    if (unit === undefined) continue;
    sums[unit] += column[row];
    counts[unit] += 1;
  }
  return sums.map((sum, unit) => sum / counts[unit]);
}

/**
 * Returns the latents of a fold without their differences between the values of the causes. Two latents that a cause
 * moves are then linked only if something else links them.
 * @param names subject or group of each row
 */
export function withoutCauses<T extends FoldUnits>(fold: T, { causes }: CauseStudy, names: readonly string[]): T {
  const terms = unitTerms(fold.ids, names, causes);
  let known: { readonly at: Int32Array; readonly directions: ReturnType<typeof directionsOf> } | undefined;
  const residual = (values: Float64Array): Float64Array => {
    const at = Int32Array.from(values.keys()).filter((unit) => !Number.isNaN(values[unit]));
    // Latents of a modality follow each other and have the same units.
    if (known?.at.length !== at.length || !at.every((unit, i) => known!.at[i] === unit)) {
      const columns = terms.map((term) => Float64Array.from(at, (unit) => term[unit]));
      known = { at, directions: directionsOf(columns.filter(varies).map(centred)) };
    }
    const { directions } = known;
    if (!directions) return values;
    const rest = without(
      Float64Array.from(at, (unit) => values[unit]),
      directions,
    );
    const result = new Float64Array(values.length).fill(NaN);
    at.forEach((unit, i) => (result[unit] = rest[i]));
    return result;
  };
  return {
    ...fold,
    lost: terms.length,
    units: fold.units.map(residual),
    forms: fold.forms.map((two) => two && { a: residual(two.a), b: residual(two.b) }),
  };
}
