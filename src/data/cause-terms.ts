// The terms of a cause. A categorical cause has one for each level other than the reference. A number has a linear term
// and the curved terms of a natural cubic spline, with knots from the training split. All are 0 at the reference.

import { checkArgument, checkOneOf, type Shape } from '../errors/argument.js';
import { scaledNumber, type CauseKind, type CauseScales, type CauseTerm } from './causes.js';
import { curvedTerms, splineConstants, splineValue, type SplineTerm } from './natural-spline.js';
import { knotsOf, splineSize } from './spline-knots.js';
import { momentsOf } from './standardise.js';

/** Maximum number of doses that are all knots, which is equivalent to a term for each dose. */
const MAX_DOSES = 8;
/** Minimum number of training subjects per dose for that. */
const SUBJECTS_PER_DOSE = 10;

/**
 * Returns the terms of a categorical cause.
 * @param levels the first is the reference
 * @throws InputError `invalid-argument`
 */
export function levelTerms(levels: readonly string[]): CauseTerm[] {
  checkArgument('levelTerms: levels', levels, ['text']);
  return levels.slice(1).map((level) => ({ level }));
}

/** What a number needs for its terms. */
interface NumberCause {
  readonly kind: Exclude<CauseKind, 'categorical'>;
  /** Number of each subject, not the same in all training subjects. */
  readonly values: Float64Array;
  /** Default: the lowest training value of an ordered cause, the mean of a continuous one. */
  readonly reference?: number | undefined;
}

const NUMBER = {
  kind: 'text',
  values: 'typed array',
  'reference?': 'number',
} satisfies Shape;

/**
 * Returns the reference and the terms of a number, and the levels of an ordered cause.
 * @param train rows of the training split
 * @throws InputError `invalid-argument`, `invalid-option`
 */
export function numberTerms(
  cause: NumberCause,
  train: Int32Array,
): Pick<CauseScales, 'levels' | 'terms'> & { readonly reference: number } {
  checkArgument('numberTerms: cause', cause, NUMBER);
  checkArgument('numberTerms: train', train, 'typed array');
  const { kind, values, reference: chosen } = cause;
  checkOneOf('kind', kind, ['ordered', 'continuous']);
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
