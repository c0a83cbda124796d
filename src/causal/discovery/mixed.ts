// Independence of variables of different kinds: does y improve a regression of x on the others, and x one of y? Each
// direction is a likelihood ratio test: linear for a continuous response, proportional odds for an ordinal or binary
// one. The two p-values are joined as by Tsagris, Borboudakis, Lagani & Tsamardinos (2018).

import { InputError } from '../../errors.js';
import { chiSquareTail } from './distributions.js';
import { completeRows, type DataColumn, type VariableKind } from './columns.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { ordinalLogLikelihood } from './ordinal-regression.js';

/** Whole numbers with at most this many different values are taken as ordinal. */
const MOST_ORDINAL_LEVELS = 10;
/** Share of its length a predictor must have left, outside the span of those before it. */
const INDEPENDENT = 1e-7;

/**
 * The mixed-type test. A column's `kind` says how it is modelled; without one, two values are binary, few whole numbers
 * ordinal, and all else continuous. Discrete columns enter the other's regression level by level.
 * @throws InputError `constant-column`, `too-many-levels`; its `test` throws `too-few-rows`
 */
export function mixedTest(columns: readonly DataColumn[]): IndependenceTest {
  const kinds = columns.map(kindOf);

  function test(x: number, y: number, given: readonly number[]): TestResult {
    const order = [...given, x, y];
    const rows = completeRows(columns, order);
    const read = order.map((i) => ({
      kind: kinds[i],
      values: Float64Array.from(rows, (row) => columns[i].values[row]),
    }));
    const designs = read.map(design);
    const parameters = designs.reduce((sum, { length }) => sum + length, 0);
    if (rows.length < parameters + 5) {
      throw new InputError(
        'too-few-rows',
        `a test of ${order.map((i) => columns[i].name).join(', ')} fits ${parameters} effects and needs at least ` +
          `${parameters + 5} rows without missing values, got ${rows.length}. Leave out the sparsest or lower maxConditioning`,
      );
    }
    const others = independent(designs.slice(0, -2).flat(), []);
    const [first, second] = [read.length - 2, read.length - 1];
    const p = [
      improvement(read[first], others, independent(designs[second], others)),
      improvement(read[second], others, independent(designs[first], others)),
    ];
    return { p: Math.min(1, 2 * Math.min(...p), Math.max(...p)), rows: rows.length };
  }

  return { variables: columns, resolution: 0, test };
}

interface Response {
  readonly kind: VariableKind;
  readonly values: Float64Array;
}

/** P-value of "the added predictors say nothing about the response beyond the others". */
function improvement(response: Response, others: readonly Float64Array[], added: readonly Float64Array[]): number {
  if (added.length === 0) return 1;
  const ratio =
    response.kind === 'continuous' ? linearRatio(response, others, added) : ordinalRatio(response, others, added);
  return chiSquareTail(ratio, added.length);
}

/** n ln(RSS₀ / RSS₁); predictors are orthogonal, centred and of length √n. */
function linearRatio({ values }: Response, others: readonly Float64Array[], added: readonly Float64Array[]): number {
  const rest = centred(values);
  for (const predictor of others) project(rest, predictor);
  const before = dot(rest, rest);
  for (const predictor of added) project(rest, predictor);
  const after = dot(rest, rest);
  // A response that the others determine has nothing left to explain.
  if (before <= INDEPENDENT ** 2 * dot(values, values)) return 0;
  return values.length * Math.log(before / Math.max(after, before * 1e-300));
}

function ordinalRatio({ values }: Response, others: readonly Float64Array[], added: readonly Float64Array[]): number {
  const { codes, count } = levelsOf(values);
  if (count < 2) return 0;
  const before = ordinalLogLikelihood(codes, count, others);
  return Math.max(0, 2 * (ordinalLogLikelihood(codes, count, [...others, ...added]) - before));
}

/** What a variable adds to a regression: itself, or a column per level but the first. */
function design({ kind, values }: Response): Float64Array[] {
  if (kind === 'continuous') return [values];
  const { codes, count } = levelsOf(values);
  return Array.from({ length: count - 1 }, (_, level) =>
    Float64Array.from(codes, (code) => (code === level + 1 ? 1 : 0)),
  );
}

/** The parts of the predictors outside the span of `others` and of those before them, orthogonal, of length √n. */
function independent(predictors: readonly Float64Array[], others: readonly Float64Array[]): Float64Array[] {
  const found: Float64Array[] = [];
  for (const predictor of predictors) {
    const rest = centred(predictor);
    const length = Math.sqrt(dot(rest, rest));
    // Twice, because one pass of Gram and Schmidt's leaves rounding errors behind.
    for (let pass = 0; pass < 2; pass++) for (const other of [...others, ...found]) project(rest, other);
    const left = Math.sqrt(dot(rest, rest));
    if (!(left > INDEPENDENT * length)) continue;
    const scale = Math.sqrt(rest.length) / left;
    found.push(rest.map((value) => value * scale));
  }
  return found;
}

function project(rest: Float64Array, onto: Float64Array): void {
  const share = dot(rest, onto) / onto.length;
  for (let i = 0; i < rest.length; i++) rest[i] -= share * onto[i];
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function levelsOf(values: Float64Array): { codes: Int32Array; count: number } {
  const level = new Map([...new Set(values)].sort((a, b) => a - b).map((value, i) => [value, i]));
  return { codes: Int32Array.from(values, (value) => level.get(value)!), count: level.size };
}

function kindOf({ name, values, kind }: DataColumn): VariableKind {
  const levels = new Set<number>();
  let isWhole = true;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    isWhole &&= Number.isInteger(value);
    if (levels.size <= MOST_ORDINAL_LEVELS) levels.add(value);
  }
  if (levels.size < 2) {
    throw new InputError('constant-column', `column '${name}' is constant; leave it out`, { column: name });
  }
  if (kind === undefined) {
    if (levels.size === 2) return 'binary';
    return isWhole && levels.size <= MOST_ORDINAL_LEVELS ? 'ordinal' : 'continuous';
  }
  const most = kind === 'binary' ? 2 : kind === 'ordinal' ? MOST_ORDINAL_LEVELS : Infinity;
  if (levels.size > most) {
    throw new InputError('too-many-levels', `column '${name}' has more than ${most} different values for ${kind}`, {
      column: name,
    });
  }
  return kind;
}
