// Independence of variables of different kinds. The test asks if y improves a regression of x on the conditioning
// variables, and if x improves one of y. Each direction is a likelihood ratio test: linear for a continuous response,
// proportional odds for an ordinal or binary one. The two p-values are combined as by Tsagris, Borboudakis, Lagani &
// Tsamardinos (2018).

import { InputError } from '../../../errors/errors.js';
import { chiSquareTail } from './distributions.js';
import { checkColumnShapes, completeRows, type DataColumn, type VariableKind } from '../columns.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { design, MixedRows } from './mixed-rows.js';
import { centred, dot } from '../../../metrics/vectors.js';
import { fitOrdinal, type Levels } from './ordinal-regression.js';
import { RecentlyUsed } from './recently-used.js';

/** Maximum number of different values of a column of whole numbers that counts as ordinal. */
const MAX_ORDINAL_LEVELS = 10;
/** Minimum share of the norm of a predictor outside the span of the earlier ones. */
const INDEPENDENT = 1e-7;
/** Number of cached sets of rows with their products. They differ in the variables that must not be missing. */
const ROW_SETS = 8;

/**
 * Returns the mixed-type test. The `kind` of a column determines its model. Without a kind, a column of two values is
 * binary, one of few whole numbers ordinal, and any other continuous. A discrete predictor has one indicator per level.
 * @throws InputError `constant-column`, `too-many-levels`; its `test` throws `too-few-rows`
 */
export function mixedTest(columns: readonly DataColumn[]): IndependenceTest {
  checkColumnShapes('mixedTest: columns', columns);
  const kinds = columns.map(kindOf);

  const gaps = columns.map(({ values }) => values.some(Number.isNaN));
  const rowSets = new RecentlyUsed<MixedRows>(ROW_SETS);

  function test(x: number, y: number, conditioning: readonly number[], negligible = 0): TestResult {
    const order = [...conditioning, x, y];
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
          `${parameters + 5} rows without missing values, got ${length}. Leave out the column with most ` +
          'missing values ' +
          'or lower maxConditioning',
      );
    }
    // A linear response comes first: its regression is cheap, and twice its p-value is an upper bound for the test.
    const [first, second] = kinds[x] !== 'continuous' && kinds[y] === 'continuous' ? [y, x] : [x, y];
    const one = oneWay(rows, first, second, conditioning);
    if (2 * one <= negligible) return { p: 2 * one, rows: length, isBound: true };
    const other = oneWay(rows, second, first, conditioning);
    return { p: Math.min(1, 2 * Math.min(one, other), Math.max(one, other)), rows: length };
  }

  return { variables: columns, resolution: 0, test };
}

/**
 * Returns the p-value of the hypothesis that the cause does not improve the regression on the conditioning variables.
 */
function oneWay(rows: MixedRows, response: number, cause: number, conditioning: readonly number[]): number {
  const base = conditioning.flatMap((i) => rows.predictors(i));
  const added = rows.predictors(cause);
  if (added.length === 0) return 1;
  if (rows.kinds[response] === 'continuous') {
    const predictor = rows.predictors(response).at(0);
    if (predictor === undefined) return 1;
    const fitted = rows.fit(base, added, predictor);
    if (fitted === undefined) return carefully(rows, response, cause, conditioning);
    return chiSquareTail(rows.rows.length * Math.log(fitted.before / fitted.after), added.length);
  }
  if (rows.levels(response).count < 2) return 1;
  if (rows.fit(base, added) === undefined) return carefully(rows, response, cause, conditioning);
  const before = rows.ordinalFit(response, base);
  const { logLikelihood } = fitOrdinal(rows.levels(response), rows.all([...base, ...added]), before);
  return chiSquareTail(Math.max(0, 2 * (logLikelihood - before.logLikelihood)), added.length);
}

/** Does the same for predictors that nearly determine each other. It makes them orthogonal in sequence. */
function carefully(rows: MixedRows, response: number, cause: number, conditioning: readonly number[]): number {
  const base = independent(
    conditioning.flatMap((i) => design(rows, i)),
    [],
  );
  const added = independent(design(rows, cause), base);
  if (added.length === 0) return 1;
  const ratio =
    rows.kinds[response] === 'continuous'
      ? linearRatio(rows.values(response), base, added)
      : ordinalRatio(rows.levels(response), base, added);
  return chiSquareTail(ratio, added.length);
}

/** Returns n ln(RSS₀ / RSS₁). Predictors must be orthogonal, centred and of norm √n. */
function linearRatio(values: Float64Array, base: readonly Float64Array[], added: readonly Float64Array[]): number {
  const rest = centred(values);
  for (const predictor of base) project(rest, predictor);
  const before = dot(rest, rest);
  for (const predictor of added) project(rest, predictor);
  const after = dot(rest, rest);
  // A response that the base predictors determine has no residual to explain.
  if (before <= INDEPENDENT ** 2 * dot(values, values)) return 0;
  return values.length * Math.log(before / Math.max(after, before * 1e-300));
}

function ordinalRatio(levels: Levels, base: readonly Float64Array[], added: readonly Float64Array[]): number {
  const before = fitOrdinal(levels, base);
  const after = fitOrdinal(levels, [...base, ...added], before);
  return Math.max(0, 2 * (after.logLikelihood - before.logLikelihood));
}

/** Returns the components of the predictors outside the span of `base` and of earlier ones: orthogonal, of norm √n. */
function independent(predictors: readonly Float64Array[], base: readonly Float64Array[]): Float64Array[] {
  const result: Float64Array[] = [];
  for (const predictor of predictors) {
    const rest = centred(predictor);
    const length = Math.sqrt(dot(rest, rest));
    // Two passes, because one pass of Gram–Schmidt leaves rounding errors.
    for (let pass = 0; pass < 2; pass++) for (const other of [...base, ...result]) project(rest, other);
    const outside = Math.sqrt(dot(rest, rest));
    if (!(outside > INDEPENDENT * length)) continue;
    const scale = Math.sqrt(rest.length) / outside;
    result.push(rest.map((value) => value * scale));
  }
  return result;
}

function project(rest: Float64Array, onto: Float64Array): void {
  const share = dot(rest, onto) / onto.length;
  for (let i = 0; i < rest.length; i++) rest[i] -= share * onto[i];
}

/**
 * Returns the kind of a column, inferred from its values if not set. @throws InputError `constant-column`,
 * `too-many-levels`
 */
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
