// References for p-values of the kernel test that share no approximation with it, from full matrices in double
// precision: the weighted sum of χ² variables, permutations of the residual kernels, and y drawn anew from its law.

import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { kci, type DataColumn } from '../src/causal/discovery/index.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { drawTable, LAWS, normalNumbers } from './calibration-laws.js';

export interface Distances {
  readonly rows: number;
  readonly given: number;
  readonly tables: number;
  /** Mean and largest |p − reference|. */
  readonly mixture: readonly number[];
  readonly permuted: readonly number[];
  readonly drawn: readonly number[];
}

/** Draws of each reference. */
const DRAWS = { mixture: 2000, permuted: 500, drawn: 200 } as const;

/**
 * How far, on average, a share of each reference's draws is from the p-value that it estimates, for p-values as likely
 * anywhere: √(2/π) of the deviation √(p (1 − p)/n), whose mean over p is π/8 of 1/√n.
 */
export const CHANCE = Object.values(DRAWS).map((draws) => (Math.sqrt(2 / Math.PI) * Math.PI) / 8 / Math.sqrt(draws));

export function distancesOf(given: number, rows: number, tables: number): Distances {
  const laws = LAWS.filter((law) => law.given === given && !law.isDependent && !law.name.startsWith('fast'));
  const found = { mixture: [] as number[], permuted: [] as number[], drawn: [] as number[] };
  for (const law of laws) {
    for (let t = 0; t < tables; t++) {
      const columns = drawTable(law, rows, 5000 + t, DRAWS.drawn);
      const set = Array.from({ length: given }, (_, i) => i + 2);
      const asked = kci(columns);
      const { p } = asked.test(0, 1, set);
      const [a, b] = residualKernels(columns.slice(0, 2 + given));
      found.mixture.push(Math.abs(p - mixtureShare(a, b, t)));
      found.permuted.push(Math.abs(p - permutedShare(a, b, t)));
      const others = Array.from({ length: DRAWS.drawn }, (_, i) => asked.test(0, 2 + given + i, set).p);
      found.drawn.push(Math.abs(p - (1 + others.filter((other) => other <= p).length) / (DRAWS.drawn + 1)));
    }
  }
  const spread = (values: readonly number[]) => [
    values.reduce((sum, value) => sum + value, 0) / values.length,
    Math.max(...values),
  ];
  const { mixture, permuted, drawn } = found;
  return {
    ...{ rows, given, tables: mixture.length },
    ...{ mixture: spread(mixture), permuted: spread(permuted), drawn: spread(drawn) },
  };
}

/** By the definition: Gaussian kernels, centred, R K R with R = ε (K_S + ε I)⁻¹. */
function residualKernels(columns: readonly DataColumn[]): [Matrix, Matrix] {
  const rows = columns[0].values.length;
  const level = rows < 200 ? 0 : rows < 1200 ? 1 : 2;
  const [x, y, ...s] = columns.map(({ values }) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / rows;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
    return values.map((value) => (value - mean) / deviation);
  });
  const gaussian = (points: readonly Float64Array[], width: number) => {
    const matrix = new Matrix(rows, rows);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++) {
        const square = points.reduce((sum, point) => sum + (point[i] - point[j]) ** 2, 0);
        matrix.set(i, j, Math.exp(-square / (2 * width ** 2 * points.length)));
      }
    }
    return matrix;
  };
  const centred = (matrix: Matrix) => matrix.center('row').center('column');
  if (s.length === 0) {
    const width = [0.8, 0.5, 0.3][level];
    return [centred(gaussian([x], width)), centred(gaussian([y], width))];
  }
  const width = [1.2, 0.7, 0.4][level];
  const residual = inverse(Matrix.add(gaussian(s, width), Matrix.eye(rows).mul(0.01))).mul(0.01);
  const halves = s.map((values) => values.map((value) => value / 2));
  return [
    residual.mmul(centred(gaussian([x, ...halves], width))).mmul(residual),
    residual.mmul(centred(gaussian([y], width))).mmul(residual),
  ];
}

function statisticOf(a: Matrix, b: Matrix, order: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.rows; j++) sum += a.get(i, j) * b.get(order[i], order[j]);
  }
  return sum;
}

const identity = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** Σ λ_k χ²₁ with λ the eigenvalues of A ∘ B, how often it reaches the statistic. */
function mixtureShare(a: Matrix, b: Matrix, seed: number): number {
  const { realEigenvalues } = new EigenvalueDecomposition(Matrix.mul(a, b), { assumeSymmetric: true });
  const largest = Math.max(...realEigenvalues);
  const weights = realEigenvalues.filter((value) => value > 1e-8 * largest);
  const observed = statisticOf(a, b, identity(a.rows));
  const g = normalNumbers(9000 + seed, DRAWS.mixture * weights.length);
  let reached = 0;
  for (let draw = 0; draw < DRAWS.mixture; draw++) {
    if (weights.reduce((sum, weight) => sum + weight * g() ** 2, 0) >= observed) reached++;
  }
  return reached / DRAWS.mixture;
}

/** The rows and columns of one kernel in another order, how often the statistic is as large. */
function permutedShare(a: Matrix, b: Matrix, seed: number): number {
  const order = identity(a.rows);
  const observed = statisticOf(a, b, order);
  const draws = uniforms(seedKey(seed), 0x7065726d, 0, DRAWS.permuted * order.length);
  let reached = 1;
  for (let trial = 0, next = 0; trial < DRAWS.permuted; trial++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(draws[next++] * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    if (statisticOf(a, b, order) >= observed) reached++;
  }
  return reached / (DRAWS.permuted + 1);
}
