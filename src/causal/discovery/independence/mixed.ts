// Independence of variables of different kinds: does y improve a regression of x on the others, and x one of y? Each
// direction is a likelihood ratio test: linear for a continuous response, proportional odds for an ordinal or binary
// one. The two p-values are combined as by Tsagris, Borboudakis, Lagani & Tsamardinos (2018).

import { InputError } from '../../../errors.js';
import { chiSquareTail } from './distributions.js';
import { checkColumnShapes, completeRows, type DataColumn, type VariableKind } from '../columns.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { centred, design, dot, MixedRows } from './mixed-rows.js';
import { fitOrdinal, type Levels } from './ordinal-regression.js';
import { RecentlyUsed } from './recently-used.js';

/** Whole numbers with at most this many different values count as ordinal. */
const MAX_ORDINAL_LEVELS = 10;
/** The least share of a predictor's length outside the span of those before it. */
const INDEPENDENT = 1e-7;
/** Sets of rows in memory with their products; they differ by the variables whose gaps they leave out. */
const ROW_SETS = 8;

/**
 * The mixed-type test. A column's `kind` says how it is modelled; without one, two values are binary, few whole numbers
 * ordinal, and all else continuous. Discrete columns enter the other's regression level by level.
 * @throws InputError `constant-column`, `too-many-levels`; its `test` throws `too-few-rows`
 */
export function mixedTest(columns: readonly DataColumn[]): IndependenceTest {
  checkColumnShapes('mixedTest: columns', columns);
  const kinds = columns.map(kindOf);

  const gaps = columns.map(({ values }) => values.some(Number.isNaN));
  const rowSets = new RecentlyUsed<MixedRows>(ROW_SETS);

  function test(x: number, y: number, given: readonly number[], negligible = 0): TestResult {
    const order = [...given, x, y];
    const incomplete = order.filter((i) => gaps[i]).sort((a, b) => a - b);
    const rows = rowSets.get(incomplete.join(), () => new MixedRows(columns, kinds, completeRows(columns, incomplete)));
    const { length } = rows.rows;
    const parameters = order.reduce(
      (sum, i) => sum + (kinds[i] === 'continuous' || length === 0 ? 1 : rows.levels(i).count - 1),
      0,
    );
    if (length < parameters + 5) {
      throw new InputError(
        'too-few-rows',
        `a test of ${order.map((i) => columns[i].name).join(', ')} fits ${parameters} effects and needs at least ` +
          `${parameters + 5} rows without missing values, got ${length}. Leave out the sparsest or lower ` +
          'maxConditioning',
      );
    }
    // A linear response first: its regression is nearly free, and twice its p-value bounds that of the test.
    const [first, second] = kinds[x] !== 'continuous' && kinds[y] === 'continuous' ? [y, x] : [x, y];
    const one = oneWay(rows, first, second, given);
    if (2 * one <= negligible) return { p: 2 * one, rows: length, isBound: true };
    const other = oneWay(rows, second, first, given);
    return { p: Math.min(1, 2 * Math.min(one, other), Math.max(one, other)), rows: length };
  }

  return { variables: columns, resolution: 0, test };
}

/** P-value of "the cause says nothing about the response beyond the others". */
function oneWay(rows: MixedRows, response: number, cause: number, given: readonly number[]): number {
  const others = given.flatMap((i) => rows.predictors(i));
  const added = rows.predictors(cause);
  if (added.length === 0) return 1;
  if (rows.kinds[response] === 'continuous') {
    const predictor = rows.predictors(response).at(0);
    if (predictor === undefined) return 1;
    const fitted = rows.fit(others, added, predictor);
    if (fitted === undefined) return carefully(rows, response, cause, given);
    return chiSquareTail(rows.rows.length * Math.log(fitted.before / fitted.after), added.length);
  }
  if (rows.levels(response).count < 2) return 1;
  if (rows.fit(others, added) === undefined) return carefully(rows, response, cause, given);
  const before = rows.ordinalFit(response, others);
  const { logLikelihood } = fitOrdinal(rows.levels(response), rows.all([...others, ...added]), before);
  return chiSquareTail(Math.max(0, 2 * (logLikelihood - before.logLikelihood)), added.length);
}

/** The same, for predictors that nearly determine each other: it makes them orthogonal one after the other. */
function carefully(rows: MixedRows, response: number, cause: number, given: readonly number[]): number {
  const others = independent(
    given.flatMap((i) => design(rows, i)),
    [],
  );
  const added = independent(design(rows, cause), others);
  if (added.length === 0) return 1;
  const ratio =
    rows.kinds[response] === 'continuous'
      ? linearRatio(rows.values(response), others, added)
      : ordinalRatio(rows.levels(response), others, added);
  return chiSquareTail(ratio, added.length);
}

/** n ln(RSS₀ / RSS₁); predictors are orthogonal, centred and of length √n. */
function linearRatio(values: Float64Array, others: readonly Float64Array[], added: readonly Float64Array[]): number {
  const rest = centred(values);
  for (const predictor of others) project(rest, predictor);
  const before = dot(rest, rest);
  for (const predictor of added) project(rest, predictor);
  const after = dot(rest, rest);
  // A response that the others determine has nothing left to explain.
  if (before <= INDEPENDENT ** 2 * dot(values, values)) return 0;
  return values.length * Math.log(before / Math.max(after, before * 1e-300));
}

function ordinalRatio(levels: Levels, others: readonly Float64Array[], added: readonly Float64Array[]): number {
  const before = fitOrdinal(levels, others);
  const after = fitOrdinal(levels, [...others, ...added], before);
  return Math.max(0, 2 * (after.logLikelihood - before.logLikelihood));
}

/** The parts of the predictors outside the span of `others` and of those before them, orthogonal, of length √n. */
function independent(predictors: readonly Float64Array[], others: readonly Float64Array[]): Float64Array[] {
  const found: Float64Array[] = [];
  for (const predictor of predictors) {
    const rest = centred(predictor);
    const length = Math.sqrt(dot(rest, rest));
    // Twice, because one pass of Gram and Schmidt's leaves rounding errors behind.
    for (let pass = 0; pass < 2; pass++) for (const other of [...others, ...found]) project(rest, other);
    const outside = Math.sqrt(dot(rest, rest));
    if (!(outside > INDEPENDENT * length)) continue;
    const scale = Math.sqrt(rest.length) / outside;
    found.push(rest.map((value) => value * scale));
  }
  return found;
}

function project(rest: Float64Array, onto: Float64Array): void {
  const share = dot(rest, onto) / onto.length;
  for (let i = 0; i < rest.length; i++) rest[i] -= share * onto[i];
}

/** @throws InputError `constant-column`, `too-many-levels` */
export function kindOf({ name, values, kind }: DataColumn): VariableKind {
  const levels = new Set<number>();
  let isWhole = true;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    isWhole &&= Number.isInteger(value);
    if (levels.size <= MAX_ORDINAL_LEVELS) levels.add(value);
  }
  if (levels.size < 2) {
    throw new InputError('constant-column', `column '${name}' is constant; leave it out`, { column: name });
  }
  if (kind === undefined) {
    if (levels.size === 2) return 'binary';
    return isWhole && levels.size <= MAX_ORDINAL_LEVELS ? 'ordinal' : 'continuous';
  }
  const max = kind === 'binary' ? 2 : kind === 'ordinal' ? MAX_ORDINAL_LEVELS : Infinity;
  if (levels.size > max) {
    throw new InputError('too-many-levels', `column '${name}' has more than ${max} different values for ${kind}`, {
      column: name,
    });
  }
  return kind;
}
