// Test of zero partial correlation, for jointly normal variables: its Fisher transform has the variance
// 1 / (n − |S| − 3) (Fisher 1924). The partial correlation follows from the Cholesky factor of the correlations of
// (S, x, y).

import { InputError } from '../../../errors/errors.js';
import { normalTwoSided, normalTwoSidedQuantile } from './distributions.js';
import { checkColumnShapes, completeRows, type DataColumn } from '../columns.js';
import { fillCorrelations } from './correlations.js';
import type { IndependenceTest, TestResult } from './independence.js';
import { COLLINEAR, SeparatingSets } from './partial-correlations.js';

/**
 * Returns the Fisher z test on numeric columns. Each test uses the rows where all of its variables are present.
 * @throws InputError `constant-column`; its `test` throws `too-few-rows`, `collinear-columns`, `constant-column`
 */
export function fisherZ(columns: readonly DataColumn[]): IndependenceTest {
  checkColumnShapes('fisherZ: columns', columns);
  const rows = columns[0]?.values.length ?? 0;
  const hasMissing = columns.map(({ values }) => values.some(Number.isNaN));
  const complete = columns.flatMap((_, i) => (hasMissing[i] ? [] : [i]));
  const shared = new Float64Array(columns.length ** 2);
  fillCorrelations(columns, complete, undefined, { into: shared, stride: columns.length, places: complete });

  function test(x: number, y: number, conditioning: readonly number[]): TestResult {
    const order = [...conditioning, x, y];
    const size = order.length;
    const factor = new Float64Array(size * size);
    let n = rows;
    if (order.some((i) => hasMissing[i])) {
      const present = completeRows(columns, order);
      n = present.length;
      checkRows(n, columns, order);
      fillCorrelations(columns, order, present, { into: factor, stride: size, places: [...order.keys()] });
    } else {
      checkRows(n, columns, order);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) factor[i * size + j] = shared[order[i] * columns.length + order[j]];
      }
    }
    const r = lastPartialCorrelation(factor, size, (at) => collinear(columns, order, at));
    const z = 0.5 * Math.log((1 + r) / (1 - r)) * Math.sqrt(n - conditioning.length - 3);
    return { p: normalTwoSided(z), rows: n };
  }

  const critical = new Map<string, number>();
  function criticalCorrelation(alpha: number, size: number): number {
    const key = `${alpha},${size}`;
    const known = critical.get(key);
    if (known !== undefined) return known;
    const r = Math.tanh(normalTwoSidedQuantile(alpha) / Math.sqrt(rows - size - 3));
    critical.set(key, r);
    return r;
  }

  const isComplete = (i: number): boolean => !hasMissing[i];
  const isAllComplete = !hasMissing.includes(true);
  const sets = new SeparatingSets(shared, columns.length, {
    p: (x, y, conditioning) => test(x, y, conditioning).p,
    criticalCorrelation,
  });

  return {
    variables: columns,
    // causal-learn computes p as 2 (1 − Φ(|z|)), a multiple of 2⁻⁵². Finer steps would give other ranks.
    resolution: 2 ** -52,
    test,
    separatingSets(question) {
      const { x, y, candidates, size } = question;
      if (rows <= size + 3) return undefined;
      if (!isAllComplete && ![[x, y], ...candidates].every((some) => some.every(isComplete))) return undefined;
      return { ...sets.answer(question), rows };
    },
  };
}

/** Returns the correlation of the last two variables given all earlier ones. The lower triangle becomes the factor. */
function lastPartialCorrelation(factor: Float64Array, size: number, collinearAt: (at: number) => InputError): number {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = factor[i * size + j];
      for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
      if (i > j) {
        factor[i * size + j] = rest / factor[j * size + j];
      } else if (i < size - 1) {
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

function checkRows(rows: number, columns: readonly DataColumn[], order: readonly number[]): void {
  if (rows > order.length + 1) return;
  throw new InputError(
    'too-few-rows',
    `a test of ${order.length} variables needs at least ${order.length + 2} rows without missing values; ` +
      `${rows} rows have all of ${order.map((i) => columns[i].name).join(', ')}. Leave out the column with most ` +
      'missing values or lower maxConditioning',
  );
}

function collinear(columns: readonly DataColumn[], order: readonly number[], at: number): InputError {
  const predictors = order.slice(0, at).map((i) => columns[i].name);
  return new InputError(
    'collinear-columns',
    `column '${columns[order[at]].name}' is a linear function of ${predictors.join(', ')}: leave out one of them`,
    { columns: order.slice(0, at + 1).map((i) => columns[i].name) },
  );
}
