// Tests if two latents are associated given other latents, when all are measured with error. Conditioning on a noisy
// measurement removes too little, so partial correlations of estimated latents find edges that do not exist. Two forms
// of each latent with independent errors give the covariance of the true latents: the residual covariance
//   C(x, y) − C(x, sᵇ) C(sᵃ, sᵇ)⁻¹ C(sᵃ, y)
// is 0 if x and y are independent given s (trek separation; Sullivant, Talaska & Draisma 2010, Silva et al. 2006).
// The conditioning variables enter with their squares and cubes if both forms measure these: E[(s + e)ᵏ | s] is a
// polynomial in s, so the formula holds for curved relations, too. docs/explanation/evidence.md has its limits.

import { inverse, Matrix, SVD } from 'ml-matrix';
import { boundedCovariance } from './reliability-bound.js';
import { centred, dot, levelsOf, mean } from '../metrics/vectors.js';

/** A variable, by unit. Without measurement error, `a` and `b` are `whole`. All variables have the same units. */
export interface Measured {
  readonly whole: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** Variables of the same source, such as a modality, share errors. */
  readonly source: string;
  /** True for a latent without forms: its forms are `whole`, although it has errors. */
  readonly isUnmeasured?: boolean | undefined;
  /** Number of directions that were removed from it; 0 when left out. A test loses the same number of units. */
  readonly lost?: number | undefined;
}

export interface PartialCovariance {
  /** z of zero conditional covariance, corrected for the errors of the conditioning variables. */
  readonly z: number;
  /** z of the same hypothesis without the correction: the test of partial correlation. */
  readonly plainZ: number;
  /** Conditional correlation of x and y, corrected for the errors of all variables; in [−1, 1]. */
  readonly correlation: number;
  readonly correlationError: number;
  /**
   * Change of y for a change of x by 1, in units of y and x, for an x without errors. Corrected for the errors of the
   * conditioning variables.
   */
  readonly slope: number;
  readonly slopeError: number;
  /** Partial correlation of the measured values. */
  readonly plain: number;
  readonly plainError: number;
  /** False if errors are not known. Then z and correlation are those of the least favourable reliability. */
  readonly isIdentified: boolean;
}

/**
 * Minimum strength, in standard errors, of the measurement of a conditioning variable, and of the weakest direction of
 * several variables. A weaker measurement would not be covered by the standard error of the result.
 */
const MIN_STRENGTH = 5;
const MIN_STRENGTH_OF_SEVERAL = 2.5;
/** Factor of the required strength in combination with variables whose errors are not known. */
const STRONG = 3;
/** Minimum share of the variance that both forms have in common; a correlation is not divided by less. */
const MIN_SHARE = 0.2;
/**
 * Hermite polynomials of degree 2 and 3, which are uncorrelated for normal variables. For a variable with two values,
 * both are linear functions of it; with three values, the cubic one is a combination of the other and the variable.
 */
const POLYNOMIALS = [(z: number) => z * z - 1, (z: number) => z ** 3 - 3 * z] as const;
/** Maximum absolute correlation in results: copies have a correlation of 1. */
const MAX_CORRELATION = 0.999;

/** Caches of values that a search needs repeatedly for the same variables. */
const POWERS = new WeakMap<Measured, readonly Measured[]>();
const CENTRED = new WeakMap<Float64Array, Float64Array>();
const STANDARDISED = new WeakMap<Float64Array, Float64Array>();
const PRODUCTS = new WeakMap<Float64Array, WeakMap<Float64Array, number>>();

function cached<K extends object, V>(known: Pick<WeakMap<K, V>, 'get' | 'set'>, key: K, make: (key: K) => V): V {
  const existing = known.get(key);
  if (existing !== undefined) return existing;
  const value = make(key);
  known.set(key, value);
  return value;
}

function product(u: Float64Array, v: Float64Array): number {
  return (
    PRODUCTS.get(v)?.get(u) ??
    cached(
      cached(PRODUCTS, u, () => new WeakMap()),
      v,
      () => dot(u, v),
    )
  );
}

/** Returns the Hermite polynomials of degree 2 and 3 of a variable, as far as both forms measure them. NaN stays. */
export function powersOf(one: Measured): readonly Measured[] {
  return cached(POWERS, one, computePowers);
}

/**
 * Estimates the conditional covariance of two variables.
 * @param conditioning variables to condition on, possibly none
 * @param powers powers of the conditioning variables
 */
export function partialCovariance(
  x: Measured,
  y: Measured,
  conditioning: readonly Measured[],
  powers: readonly Measured[] = conditioning.flatMap(powersOf),
): PartialCovariance {
  const { isBlind, unit, ...aware } = errorAware(x, y, conditioning, powers);
  const free = freeShare(x, y);
  const known = withErrorsOf(aware, free);
  const isMissing = (one: Measured) => one.isUnmeasured && one.source !== x.source && one.source !== y.source;
  const isIdentified =
    conditioning.length === 0 || (!isBlind && !conditioning.some(isMissing) && isMeasured(conditioning));
  if (isIdentified) return { ...known, isIdentified };
  // Correct for known errors. Errors that x or y shares count as not known.
  const sources = [x.source, y.source];
  const measured = conditioning
    .filter((one) => isExact(one) || (!one.isUnmeasured && !sources.includes(one.source)))
    .reduce<Measured[]>((some, one) => (isMeasured([...some, one], STRONG) ? [...some, one] : some), []);
  const unknown = conditioning.filter((one) => !measured.includes(one)).map(({ whole }) => whole);
  const bound = boundedCovariance(x.whole, y.whole, unknown, measured);
  const { z, correlation, error } = bound;
  return {
    ...known,
    z: z * free,
    correlation: bounded(correlation),
    correlationError: error / free,
    slope: correlation * unit,
    slopeError: (error * unit) / free,
    isIdentified: false,
  };
}

/** Returns the square root of the share of units that remain free. */
function freeShare({ whole, lost = 0 }: Measured, { lost: other = 0 }: Measured): number {
  return Math.sqrt(Math.max(1, whole.length - Math.max(lost, other)) / whole.length);
}

function withErrorsOf<T extends Omit<PartialCovariance, 'isIdentified'>>(one: T, free: number): T {
  const { z, plainZ, correlationError, slopeError, plainError } = one;
  return {
    ...one,
    z: z * free,
    plainZ: plainZ * free,
    correlationError: correlationError / free,
    slopeError: slopeError / free,
    plainError: plainError / free,
  };
}

function errorAware(
  x: Measured,
  y: Measured,
  conditioning: readonly Measured[],
  powers: readonly Measured[],
): Omit<PartialCovariance, 'isIdentified'> & {
  /** True if the forms of x or y have hardly anything in common, so their covariance does not measure the variable. */
  readonly isBlind: boolean;
  /** Change of y for a change of x by 1 that a partial correlation of 1 stands for. */
  readonly unit: number;
} {
  const sources = new Set(conditioning.map(({ source }) => source));
  const all = [...conditioning, ...powers];
  const remaindersOf = remaindersMaker();
  const sides = (
    [
      ['a', 'b'],
      ['b', 'a'],
    ] as const
  ).map(([left, right]) => {
    const rows = all.map((one) => one[left]);
    const columns = all.map((one) => one[right]);
    // Residuals of the forms of either side, with the forms of the other side as instruments.
    const [before, after] = [remaindersOf(rows, columns), remaindersOf(columns, rows)];
    const between = (u: Float64Array, v: Float64Array): Residuals => residuals(before.of(u), after.of(v));
    // A variable that shares errors with the conditioning variables is measured by the form of its side.
    const [u, v] = [sources.has(x.source) ? x[left] : x.whole, sources.has(y.source) ? y[right] : y.whole];
    return {
      tested: between(u, v),
      forms: between(x[left], y[right]),
      varianceX: between(x[left], x[right]).covariance,
      varianceY: between(y[left], y[right]).covariance,
    };
  });
  const wholes = all.map(({ whole }) => whole);
  const plain = remaindersOf(wholes, wholes);
  const between = (u: Float64Array, v: Float64Array): Residuals => residuals(plain.of(u), plain.of(v));
  const naive = between(x.whole, y.whole);
  const wholeX = between(x.whole, x.whole).covariance;
  const wholeY = between(y.whole, y.whole).covariance;
  const measured = Math.sqrt(wholeX * wholeY);
  const tested = averaged(sides.map((side) => side.tested));
  const forms = averaged(sides.map((side) => side.forms));
  const varianceX = mean(sides.map((side) => side.varianceX));
  const varianceY = mean(sides.map((side) => side.varianceY));
  // Nearly uncorrelated forms do not determine the variance of the variable.
  const [isMeasuredX, isMeasuredY] = [varianceX > MIN_SHARE * wholeX, varianceY > MIN_SHARE * wholeY];
  const isScaled = isMeasuredX && isMeasuredY;
  const scale = isScaled ? Math.sqrt(varianceX * varianceY) : measured;
  const estimate = isScaled ? forms : tested;
  return {
    unit: Math.sqrt(ratio(wholeY, wholeX)),
    isBlind: (sources.has(x.source) && !isMeasuredX) || (sources.has(y.source) && !isMeasuredY),
    z: ratio(tested.covariance, standardErrorOf(tested.products)),
    plainZ: ratio(naive.covariance, standardErrorOf(naive.products)),
    correlation: bounded(ratio(estimate.covariance, scale)),
    correlationError: ratio(standardErrorOf(estimate.products), scale),
    slope: ratio(tested.covariance, isMeasuredX ? varianceX : wholeX),
    slopeError: ratio(standardErrorOf(tested.products), isMeasuredX ? varianceX : wholeX),
    plain: bounded(ratio(naive.covariance, measured)),
    plainError: ratio(standardErrorOf(naive.products), measured),
  };
}

function computePowers(one: Measured): Measured[] {
  const rows = Int32Array.from(one.whole.keys()).filter((row) => !Number.isNaN(one.whole[row]));
  const at = (values: Float64Array) => standardised(Float64Array.from(rows, (row) => values[row]));
  const forms = { whole: at(one.whole), a: at(one.a), b: at(one.b) };
  const scale = Math.sqrt(rows.length);
  const curves = POLYNOMIALS.slice(0, Math.max(0, levelsOf(forms.whole, POLYNOMIALS.length + 2) - 2));
  const powers = curves
    .map((polynomial): Measured => {
      const of = (values: Float64Array) => values.map((value) => polynomial(value * scale));
      return { whole: of(forms.whole), a: of(forms.a), b: of(forms.b), source: one.source };
    })
    .filter((power) => strength([power]) * scale >= MIN_STRENGTH);
  if (rows.length === one.whole.length) return powers;
  const spread = (values: Float64Array): Float64Array => {
    const all = new Float64Array(one.whole.length).fill(NaN);
    rows.forEach((row, i) => (all[row] = values[i]));
    return all;
  };
  return powers.map(({ whole, a, b, source }) => ({ whole: spread(whole), a: spread(a), b: spread(b), source }));
}

/** True for a measured column, which has no measurement error by definition. */
function isExact({ whole, a, b, isUnmeasured }: Measured): boolean {
  return !isUnmeasured && a === whole && b === whole;
}

/** True if all variables are measured well enough. @param times factor of the minimum strength */
function isMeasured(conditioning: readonly Measured[], times = 1): boolean {
  // Variables without measurement error need no minimum strength.
  const noisy = conditioning.filter((one) => !isExact(one));
  if (noisy.length === 0) return true;
  const minStrength = noisy.length === 1 ? MIN_STRENGTH : MIN_STRENGTH_OF_SEVERAL;
  return strength(noisy) * Math.sqrt(noisy[0].whole.length) >= times * minStrength;
}

interface Residuals {
  readonly covariance: number;
  /** Products by unit. Their mean is the covariance. */
  readonly products: Float64Array;
}

function averaged(sides: readonly Residuals[]): Residuals {
  const products = new Float64Array(sides[0].products.length);
  for (const side of sides) for (let i = 0; i < products.length; i++) products[i] += side.products[i];
  for (let i = 0; i < products.length; i++) products[i] /= sides.length;
  return { covariance: mean(sides.map(({ covariance }) => covariance)), products };
}

/** Returns the quotient; 0 if the divisor is not positive, as for a constant variable. */
function ratio(value: number, by: number): number {
  return by > 0 ? value / by : 0;
}

function bounded(correlation: number): number {
  return Math.max(-MAX_CORRELATION, Math.min(MAX_CORRELATION, correlation));
}

/** Returns the covariance of two remainders, and the products by unit. */
function residuals(left: Float64Array, right: Float64Array): Residuals {
  const products = new Float64Array(left.length);
  for (let i = 0; i < products.length; i++) products[i] = left[i] * right[i];
  return { products, covariance: mean(products) };
}

/** Subtracts from variables the combination of a basis that makes them uncorrelated with the instruments. Cached. */
class Remainders {
  readonly #basis: readonly Float64Array[];
  readonly #instruments: readonly Float64Array[];
  readonly #cache = new Map<Float64Array, Float64Array>();
  /** Inverse of the products of basis and instruments; the pseudo-inverse if variables are copies. */
  readonly #inverse: Matrix | undefined;

  constructor(basis: readonly Float64Array[], instruments: readonly Float64Array[]) {
    const at = (values: Float64Array) => cached(CENTRED, values, centred);
    [this.#basis, this.#instruments] = [basis.map(at), instruments.map(at)];
    if (basis.length === 0) return;
    this.#inverse = inverse(new Matrix(this.#instruments.map((z) => this.#basis.map((s) => product(z, s)))), true);
  }

  of(values: Float64Array): Float64Array {
    return cached(this.#cache, values, () => this.#remainderOf(cached(CENTRED, values, centred)));
  }

  #remainderOf(u: Float64Array): Float64Array {
    if (!this.#inverse) return u;
    const products = Matrix.columnVector(this.#instruments.map((z) => product(z, u)));
    const weights = this.#inverse.mmul(products).getColumn(0);
    const remainder = u.slice();
    this.#basis.forEach((s, k) => {
      const weight = weights[k];
      for (let i = 0; i < remainder.length; i++) remainder[i] -= weight * s[i];
    });
    return remainder;
  }
}

/** Returns a function that creates `Remainders` and reuses them for the same arrays, as without measurement errors. */
function remaindersMaker(): (basis: readonly Float64Array[], instruments: readonly Float64Array[]) => Remainders {
  const existing: { readonly arrays: readonly Float64Array[]; readonly remainders: Remainders }[] = [];
  return (basis, instruments) => {
    const arrays = [...basis, ...instruments];
    const known = existing.find((one) => one.arrays.every((array, i) => array === arrays[i]));
    if (known) return known.remainders;
    const remainders = new Remainders(basis, instruments);
    existing.push({ arrays, remainders });
    return remainders;
  };
}

/** Returns the smallest singular value of the correlations between both forms of some variables. */
function strength(measured: readonly Measured[]): number {
  const at = (values: Float64Array) => cached(STANDARDISED, values, standardised);
  const [a, b] = [measured.map((one) => at(one.a)), measured.map((one) => at(one.b))];
  const correlations = new Matrix(a.map((u) => b.map((v) => product(u, v))));
  return Math.min(...new SVD(correlations).diagonal);
}

function standardised(values: Float64Array): Float64Array {
  const deviations = centred(values);
  const length = Math.sqrt(dot(deviations, deviations)) || 1;
  return deviations.map((value) => value / length);
}

function standardErrorOf(values: Float64Array): number {
  const middle = mean(values);
  let square = 0;
  for (let i = 0; i < values.length; i++) square += (values[i] - middle) ** 2;
  return Math.sqrt(square / Math.max(1, values.length - 1) / values.length);
}
