// Whether two latents go together given others, when all of them are measured with error. Conditioning on a noisy
// measurement removes too little, so that partial correlations of estimated latents find edges that are not there. Two
// forms of each latent with independent errors give the covariance of the true ones: the residual covariance
//   C(x, y) − C(x, sᵇ) C(sᵃ, sᵇ)⁻¹ C(sᵃ, y)
// is 0 if x and y are independent given s (trek separation; Sullivant, Talaska & Draisma 2010, Silva et al. 2006).
// What is conditioned on enters with its square and cube as far as both forms agree on them: E[(s + e)ᵏ | s] is a
// polynomial in s, so the formula holds for curved relations too. docs/evidence.md has what it cannot see.

import { inverse, Matrix, SVD } from 'ml-matrix';
import { boundedCovariance } from './reliability-bound.js';
import { centred, dot, levelsOf, mean } from './vectors.js';

/** A variable of the same units as the others; `a` and `b` are `whole` where it is measured without error. */
export interface Measured {
  readonly whole: Float64Array;
  readonly a: Float64Array;
  readonly b: Float64Array;
  /** Variables of one source share errors: those of one modality. */
  readonly source: string;
  /** True for a latent without forms: the forms are `whole`, though it has errors. */
  readonly isUnmeasured?: boolean | undefined;
}

export interface PartialCovariance {
  /** z of no covariance given the others, with the errors of what is conditioned on taken out. */
  readonly z: number;
  /** z of the same as if nothing were measured with error: what partial correlation tests. */
  readonly plainZ: number;
  /** Correlation of x and y given the others, without the errors of any of them; within −1 and 1. */
  readonly correlation: number;
  readonly correlationError: number;
  /** Correlation of what was measured, given what was measured. */
  readonly plain: number;
  readonly plainError: number;
  /** False where errors are not known: z and correlation are then those of the least favourable reliability. */
  readonly isIdentified: boolean;
}

/**
 * Standard errors by which a variable that is conditioned on must be measured, and the weakest direction of several:
 * its error is in the standard error of the result, unless it is not measured at all.
 */
const MIN_STRENGTH = 5;
const MIN_STRENGTH_OF_SEVERAL = 2.5;
/** Beside variables that are not measured, this many times the strength is asked for. */
const STRONG = 3;
/** Share of a variable's variance that its forms must have in common: a correlation is not divided by less. */
const MIN_SHARE = 0.2;
/**
 * Hermite polynomials of the second and the third degree: uncorrelated for normal variables. For a variable with two
 * values both are linear functions of it; with three values the cubic one is a combination of the other two.
 */
const POLYNOMIALS = [(z: number) => z * z - 1, (z: number) => z ** 3 - 3 * z] as const;
/** Largest correlation that is reported: copies correlate by 1. */
const MAX_CORRELATION = 0.999;

/** What a search asks for again and again of the same variables. */
const POWERS = new WeakMap<Measured, readonly Measured[]>();
const CENTRED = new WeakMap<Float64Array, Float64Array>();
const STANDARDISED = new WeakMap<Float64Array, Float64Array>();
const PRODUCTS = new WeakMap<Float64Array, WeakMap<Float64Array, number>>();

function kept<K extends object, V>(known: Pick<WeakMap<K, V>, 'get' | 'set'>, key: K, make: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make(key);
  known.set(key, made);
  return made;
}

function product(u: Float64Array, v: Float64Array): number {
  return (
    PRODUCTS.get(v)?.get(u) ??
    kept(
      kept(PRODUCTS, u, () => new WeakMap()),
      v,
      () => dot(u, v),
    )
  );
}

/** Returns a variable's square and cube as Hermite polynomials, where both forms measure them; NaN stays. */
export function powersOf(one: Measured): readonly Measured[] {
  return kept(POWERS, one, madePowers);
}

/**
 * Estimates how two variables go together given others.
 * @param others what is given: any number, none included
 * @param powers of the others
 */
export function partialCovariance(
  x: Measured,
  y: Measured,
  others: readonly Measured[],
  powers: readonly Measured[] = others.flatMap(powersOf),
): PartialCovariance {
  const { isBlind, ...known } = errorAware(x, y, others, powers);
  const isMissing = (one: Measured) => one.isUnmeasured && one.source !== x.source && one.source !== y.source;
  const isIdentified = others.length === 0 || (!isBlind && !others.some(isMissing) && isMeasured(others));
  if (isIdentified) return { ...known, isIdentified };
  // Errors that are known are taken out; those that x or y shares are as good as not known.
  const own = [x.source, y.source];
  const measured = others
    .filter((one) => isExact(one) || (!one.isUnmeasured && !own.includes(one.source)))
    .reduce<Measured[]>((some, one) => (isMeasured([...some, one], STRONG) ? [...some, one] : some), []);
  const unknown = others.filter((one) => !measured.includes(one)).map(({ whole }) => whole);
  const bound = boundedCovariance(x.whole, y.whole, unknown, measured);
  const { z, correlation, error } = bound;
  return { ...known, z, correlation: bounded(correlation), correlationError: error, isIdentified: false };
}

function errorAware(
  x: Measured,
  y: Measured,
  others: readonly Measured[],
  powers: readonly Measured[],
): Omit<PartialCovariance, 'isIdentified'> & {
  /** True where x or y is measured by forms that have hardly anything in common: their covariance says nothing of it. */
  readonly isBlind: boolean;
} {
  const sources = new Set(others.map(({ source }) => source));
  const given = [...others, ...powers];
  const remaindersOf = remaindersMaker();
  const sides = (
    [
      ['a', 'b'],
      ['b', 'a'],
    ] as const
  ).map(([left, right]) => {
    const rows = given.map((one) => one[left]);
    const columns = given.map((one) => one[right]);
    // Either side's forms, less what they owe to the others, with the other side's forms as instruments.
    const [before, after] = [remaindersOf(rows, columns), remaindersOf(columns, rows)];
    const between = (u: Float64Array, v: Float64Array): Residuals => residuals(before.of(u), after.of(v));
    // A variable that shares errors with what is conditioned on is measured by the form of its side.
    const [u, v] = [sources.has(x.source) ? x[left] : x.whole, sources.has(y.source) ? y[right] : y.whole];
    return {
      tested: between(u, v),
      forms: between(x[left], y[right]),
      varianceX: between(x[left], x[right]).covariance,
      varianceY: between(y[left], y[right]).covariance,
    };
  });
  const wholes = given.map(({ whole }) => whole);
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
  // Forms that hardly go together say nothing of the variable's variance.
  const [isMeasuredX, isMeasuredY] = [varianceX > MIN_SHARE * wholeX, varianceY > MIN_SHARE * wholeY];
  const isScaled = isMeasuredX && isMeasuredY;
  const scale = isScaled ? Math.sqrt(varianceX * varianceY) : measured;
  const estimate = isScaled ? forms : tested;
  return {
    isBlind: (sources.has(x.source) && !isMeasuredX) || (sources.has(y.source) && !isMeasuredY),
    z: ratio(tested.covariance, standardErrorOf(tested.products)),
    plainZ: ratio(naive.covariance, standardErrorOf(naive.products)),
    correlation: bounded(ratio(estimate.covariance, scale)),
    correlationError: ratio(standardErrorOf(estimate.products), scale),
    plain: bounded(ratio(naive.covariance, measured)),
    plainError: ratio(standardErrorOf(naive.products), measured),
  };
}

function madePowers(one: Measured): Measured[] {
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

/** True for a measured column, which takes part as it is. */
function isExact({ whole, a, b, isUnmeasured }: Measured): boolean {
  return !isUnmeasured && a === whole && b === whole;
}

/** @param times how many times the least strength is asked for */
function isMeasured(others: readonly Measured[], times = 1): boolean {
  // What has no measurement error needs no strength.
  const noisy = others.filter((one) => !isExact(one));
  if (noisy.length === 0) return true;
  const least = noisy.length === 1 ? MIN_STRENGTH : MIN_STRENGTH_OF_SEVERAL;
  return strength(noisy) * Math.sqrt(noisy[0].whole.length) >= times * least;
}

interface Residuals {
  readonly covariance: number;
  /** By unit; their mean is the covariance. */
  readonly products: Float64Array;
}

function averaged(sides: readonly Residuals[]): Residuals {
  const products = new Float64Array(sides[0].products.length);
  for (const side of sides) for (let i = 0; i < products.length; i++) products[i] += side.products[i];
  for (let i = 0; i < products.length; i++) products[i] /= sides.length;
  return { covariance: mean(sides.map(({ covariance }) => covariance)), products };
}

/** Returns 0 of what does not vary. */
function ratio(value: number, by: number): number {
  return by > 0 ? value / by : 0;
}

function bounded(correlation: number): number {
  return Math.max(-MAX_CORRELATION, Math.min(MAX_CORRELATION, correlation));
}

/** Returns the covariance of two remainders, and its products by unit. */
function residuals(left: Float64Array, right: Float64Array): Residuals {
  const products = new Float64Array(left.length);
  for (let i = 0; i < products.length; i++) products[i] = left[i] * right[i];
  return { products, covariance: mean(products) };
}

/** Variables less the combination of a basis that leaves nothing to correlate with the instruments; each is made once. */
class Remainders {
  readonly #basis: readonly Float64Array[];
  readonly #instruments: readonly Float64Array[];
  readonly #made = new Map<Float64Array, Float64Array>();
  /** Of the basis' products with the instruments; the pseudo-inverse where variables repeat each other. */
  readonly #inverse: Matrix | undefined;

  constructor(basis: readonly Float64Array[], instruments: readonly Float64Array[]) {
    const at = (values: Float64Array) => kept(CENTRED, values, centred);
    [this.#basis, this.#instruments] = [basis.map(at), instruments.map(at)];
    if (basis.length === 0) return;
    this.#inverse = inverse(new Matrix(this.#instruments.map((z) => this.#basis.map((s) => product(z, s)))), true);
  }

  of(values: Float64Array): Float64Array {
    return kept(this.#made, values, () => this.#remainderOf(kept(CENTRED, values, centred)));
  }

  #remainderOf(u: Float64Array): Float64Array {
    if (!this.#inverse) return u;
    const products = Matrix.columnVector(this.#instruments.map((z) => product(z, u)));
    const weights = this.#inverse.mmul(products).getColumn(0);
    const left = u.slice();
    this.#basis.forEach((s, k) => {
      const weight = weights[k];
      for (let i = 0; i < left.length; i++) left[i] -= weight * s[i];
    });
    return left;
  }
}

/** Returns a function that makes remainders of the same arrays once: without measurement errors all forms are one. */
function remaindersMaker(): (basis: readonly Float64Array[], instruments: readonly Float64Array[]) => Remainders {
  const made: { readonly arrays: readonly Float64Array[]; readonly remainders: Remainders }[] = [];
  return (basis, instruments) => {
    const arrays = [...basis, ...instruments];
    const known = made.find((one) => one.arrays.every((array, i) => array === arrays[i]));
    if (known) return known.remainders;
    const remainders = new Remainders(basis, instruments);
    made.push({ arrays, remainders });
    return remainders;
  };
}

/** Returns the least singular value of the correlations between both forms of the others. */
function strength(given: readonly Measured[]): number {
  const at = (values: Float64Array) => kept(STANDARDISED, values, standardised);
  const [a, b] = [given.map((one) => at(one.a)), given.map((one) => at(one.b))];
  const correlations = new Matrix(a.map((u) => b.map((v) => product(u, v))));
  return Math.min(...new SVD(correlations).diagonal);
}

function standardised(values: Float64Array): Float64Array {
  const own = centred(values);
  const length = Math.sqrt(dot(own, own)) || 1;
  return own.map((value) => value / length);
}

function standardErrorOf(values: Float64Array): number {
  const middle = mean(values);
  let square = 0;
  for (let i = 0; i < values.length; i++) square += (values[i] - middle) ** 2;
  return Math.sqrt(square / Math.max(1, values.length - 1) / values.length);
}
