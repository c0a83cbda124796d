// Independence tests for data from several environments: joint causal inference (Mooij, Magliacane & Claassen 2020).
// The environments are exogenous, so every test may condition on all of them.
//
// - Two columns are tested within every environment. The p-values are combined (Fisher 1932).
// - A context and a column are tested in the rows of its environment and of the reference.
// - Two contexts have no test: they are never both observed. Their p-value is 1.

import { chiSquareTail } from './distributions.js';
import { completeRows, type DataColumn } from '../columns.js';
import { contextColumns, type CompiledEnvironments } from '../environments.js';
import { withRows } from '../half-samples.js';
import type { IndependenceTest, TestResult } from './independence.js';

/**
 * Returns the test over the columns and, after them, the contexts.
 * @param make returns the test within one environment, or of a context as a column of 0 and 1
 * @throws InputError `invalid-environments`; its `test` throws what that of `make` throws
 */
export function environmentTest(
  columns: readonly DataColumn[],
  compiled: CompiledEnvironments,
  make: (columns: readonly DataColumn[]) => IndependenceTest,
  makeOfContexts: (columns: readonly DataColumn[], contexts: readonly DataColumn[]) => IndependenceTest,
): IndependenceTest {
  const contexts = contextColumns(compiled, columns[0].values.length);
  const [, ...compared] = compiled.environments;
  const isContext = (i: number): boolean => i >= columns.length;
  const within = compiled.environments.map(({ rows }) => testWithin(withRows(columns, rows), make));
  const ofContexts = makeOfContexts(columns, contexts);

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const set = conditioning.filter((i) => !isContext(i));
    if (isContext(x) && isContext(y)) return { p: 1, rows: 0 };
    if (isContext(x) || isContext(y)) return ofContexts.test(x, y, set);
    const results = within.flatMap((one) => one(x, y, set) ?? []);
    const statistic = -2 * results.reduce((sum, { p }) => sum + Math.log(p), 0);
    return {
      p: results.length === 0 ? 1 : chiSquareTail(statistic, 2 * results.length),
      rows: results.reduce((sum, { rows }) => sum + rows, 0),
    };
  }

  return {
    variables: [...columns, ...contexts],
    contexts: compared.map(({ targets }, i) => ({ position: columns.length + i, targets })),
    resolution: 0,
    test,
  };
}

/**
 * Returns a test of the columns of one environment. A column that is constant there, because the environment sets it,
 * depends on nothing: a test of it has no result, and no test conditions on it.
 */
function testWithin(
  columns: readonly DataColumn[],
  make: (columns: readonly DataColumn[]) => IndependenceTest,
): (x: number, y: number, conditioning: readonly number[]) => TestResult | undefined {
  const varying = columns.flatMap(({ values }, i) => (isConstant(values) ? [] : [i]));
  const place = new Map(varying.map((i, at) => [i, at]));
  const inner = varying.length < 2 ? undefined : make(varying.map((i) => columns[i]));
  return (x, y, conditioning) => {
    const [a, b] = [place.get(x), place.get(y)];
    if (inner === undefined || a === undefined || b === undefined) return undefined;
    return inner.test(
      a,
      b,
      conditioning.flatMap((i) => place.get(i) ?? []),
    );
  };
}

function isConstant(values: Float64Array): boolean {
  const [first] = completeRows([{ name: '', values }], [0]);
  return values.every((value) => Number.isNaN(value) || value === values[first]);
}
