// Partial correlation zero, for jointly normal variables: Fisher's transform of it has variance 1 / (n − |S| − 3)
// (Fisher 1924). The partial correlation is read off the Cholesky factor of the correlations of (S, x, y).

import { InputError } from '../../errors.js';
import { normalTwoSided } from './distributions.js';
import { completeRows, type DataColumn } from './columns.js';
import type { IndependenceTest, TestResult } from './independence.js';

/** Below this share of its variance left, a variable counts as determined by the others. */
const COLLINEAR = 1e-12;

/**
 * Fisher z on numeric columns. Missing values: each test uses the rows where its own variables are present.
 * @throws InputError `constant-column`; its `test` throws `too-few-rows`, `collinear-columns`, `constant-column`
 */
export function fisherZ(columns: readonly DataColumn[]): IndependenceTest {
  const rows = columns[0]?.values.length ?? 0;
  const hasMissing = columns.map(({ values }) => values.some(Number.isNaN));
  const complete = columns.flatMap((_, i) => (hasMissing[i] ? [] : [i]));
  const shared = new Float64Array(columns.length ** 2);
  fillCorrelations(columns, complete, undefined, shared, columns.length, complete);

  function test(x: number, y: number, given: readonly number[]): TestResult {
    const order = [...given, x, y];
    const size = order.length;
    const factor = new Float64Array(size * size);
    let n = rows;
    if (order.some((i) => hasMissing[i])) {
      const kept = completeRows(columns, order);
      n = kept.length;
      checkRows(n, columns, order);
      fillCorrelations(
        columns,
        order,
        kept,
        factor,
        size,
        Array.from({ length: size }, (_, i) => i),
      );
    } else {
      checkRows(n, columns, order);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) factor[i * size + j] = shared[order[i] * columns.length + order[j]];
      }
    }
    const r = lastPartialCorrelation(factor, size, (at) => collinear(columns, order, at));
    const z = 0.5 * Math.log((1 + r) / (1 - r)) * Math.sqrt(n - given.length - 3);
    return { p: normalTwoSided(z), rows: n };
  }

  // causal-learn forms p as 2 (1 − Φ(|z|)), which comes in steps of 2⁻⁵²: ranks that use finer steps would differ.
  return { variables: columns, resolution: 2 ** -52, test };
}

/** Correlation of the last two variables given all before; overwrites the lower triangle with its Cholesky factor. */
function lastPartialCorrelation(factor: Float64Array, size: number, collinearAt: (at: number) => InputError): number {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = factor[i * size + j];
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      if (i > j) factor[i * size + j] = rest / factor[j * size + j];
      else if (i < size - 1) {
        if (!(rest > COLLINEAR)) throw collinearAt(i);
        factor[i * size + i] = Math.sqrt(rest);
      } else {
        const below = factor[i * size + i - 1];
        if (!(rest + below * below > COLLINEAR)) throw collinearAt(i);
        const r = below / Math.sqrt(below * below + Math.max(0, rest));
        return Math.max(-1 + Number.EPSILON, Math.min(1 - Number.EPSILON, r));
      }
    }
  }
  return NaN;
}

function fillCorrelations(
  columns: readonly DataColumn[],
  which: readonly number[],
  rows: Int32Array | undefined,
  into: Float64Array,
  stride: number,
  places: readonly number[],
): void {
  const scaled = which.map((i) => standardised(columns[i], rows));
  for (let i = 0; i < which.length; i++) {
    for (let j = 0; j <= i; j++) {
      const r = i === j ? 1 : dot(scaled[i], scaled[j]);
      into[places[i] * stride + places[j]] = r;
      into[places[j] * stride + places[i]] = r;
    }
  }
}

/** Centred, of length 1. */
function standardised({ name, values }: DataColumn, rows: Int32Array | undefined): Float64Array {
  const result = rows === undefined ? Float64Array.from(values) : Float64Array.from(rows, (row) => values[row]);
  let mean = 0;
  for (const value of result) mean += value;
  mean /= result.length;
  let squares = 0;
  let largest = 0;
  for (let i = 0; i < result.length; i++) {
    largest = Math.max(largest, Math.abs(result[i]));
    result[i] -= mean;
    squares += result[i] * result[i];
  }
  const length = Math.sqrt(squares);
  if (!(length > largest * 1e-13)) {
    const where = rows === undefined ? '' : ` in the ${rows.length} rows without missing values of a test`;
    throw new InputError(
      'constant-column',
      `column '${name}' is constant${where}: it has no correlation; leave it out`,
      { column: name },
    );
  }
  for (let i = 0; i < result.length; i++) result[i] /= length;
  return result;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function checkRows(rows: number, columns: readonly DataColumn[], order: readonly number[]): void {
  if (rows > order.length + 1) return;
  throw new InputError(
    'too-few-rows',
    `a test of ${order.length} variables needs at least ${order.length + 2} rows without missing values; ` +
      `${rows} have all of ${order.map((i) => columns[i].name).join(', ')}. Leave out the sparsest or lower maxConditioning`,
  );
}

function collinear(columns: readonly DataColumn[], order: readonly number[], at: number): InputError {
  const others = order.slice(0, at).map((i) => columns[i].name);
  return new InputError(
    'collinear-columns',
    `column '${columns[order[at]].name}' is a linear function of ${others.join(', ')}: leave out one of them`,
    { columns: order.slice(0, at + 1).map((i) => columns[i].name) },
  );
}
