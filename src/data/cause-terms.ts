// The terms of a cause. A categorical cause has one for each level other than the reference. A number has a linear term
// and the curved terms of a natural cubic spline, with knots from the training split. All are 0 at the reference.

import { scaledNumber, type CauseKind, type CauseScales, type CauseTerm } from './causes.js';
import { curvedTerms, splineConstants, splineValue, type SplineTerm } from './natural-spline.js';
import { knotsOf, splineSize } from './spline-knots.js';
import { momentsOf } from './standardise.js';

/** Maximum number of doses that are all knots, which is equivalent to a term for each dose. */
const MAX_DOSES = 8;
/** Minimum number of training subjects per dose for that. */
const SUBJECTS_PER_DOSE = 10;

/** Returns the terms of a categorical cause. @param levels the first is the reference */
export function levelTerms([, ...compared]: readonly string[]): CauseTerm[] {
  return compared.map((level) => ({ level }));
}

/** What a number needs for its terms. */
export interface NumberCause {
  readonly kind: Exclude<CauseKind, 'categorical'>;
  /** Number of each subject, not the same in all training subjects. */
  readonly values: Float64Array;
  /** Default: the lowest training value of an ordered cause, the mean of a continuous one. */
  readonly reference?: number | undefined;
}

/**
 * Returns the reference and the terms of a number, and the levels of an ordered cause.
 * @param train rows of the training split
 */
export function numberTerms(
  { kind, values, reference: chosen }: NumberCause,
  train: Int32Array,
): Pick<CauseScales, 'levels' | 'terms'> & { readonly reference: number } {
  const levels = kind === 'ordered' ? [...new Set(values)].sort((a, b) => a - b).map(String) : undefined;
  const scaled = new Map([...new Set(values)].map((value) => [value, scaledNumber({ kind, levels }, value)]));
  const numbers = values.map((value) => scaled.get(value)!);
  const ascending = Float64Array.from(train, (row) => numbers[row]).sort();
  const distinct = new Float64Array(new Set(ascending));
  const lowest = train.reduce((min, row) => Math.min(min, values[row]), Infinity);
  const reference = chosen ?? (kind === 'ordered' ? lowest : momentsOf(values, train).mean);
  const zero = scaledNumber({ kind, levels }, reference);
  const isDosed =
    kind === 'ordered' && distinct.length <= MAX_DOSES && train.length >= SUBJECTS_PER_DOSE * distinct.length;
  const knots = isDosed ? [...distinct] : knotsOf({ ascending, distinct }, splineSize(train.length, 1));
  const standardise = (spline?: SplineTerm): CauseTerm => {
    const constants = spline && splineConstants(spline);
    const at = (number: number): number => (constants ? splineValue(constants, number) : number);
    return { ...(spline && { spline }), zero: at(zero), sd: momentsOf(numbers.map(at), train).sd };
  };
  const bends = Array.from({ length: curvedTerms(knots.length) }, (_, term) => standardise({ knots, term }));
  return { ...(levels && { levels }), reference, terms: [standardise(), ...bends] };
}
