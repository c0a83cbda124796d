// Computes reference p-values for the kernel test from full matrices in double precision, without its approximations.
// The references are the weighted sum of χ² variables, permutations of the residual kernels, and y drawn again from its
// law.

import { EigenvalueDecomposition, inverse, Matrix } from 'ml-matrix';
import { kci, type DataColumn } from '../src/causal/discovery/index.js';
import { seedKey, uniforms } from '../src/random/streams.js';
import { drawTable, LAWS, normalNumbers } from './calibration-laws.js';

export interface Distances {
  readonly rows: number;
  /** Number of variables in S. */
  readonly conditioning: number;
  readonly tables: number;
  /** Mean and maximum of |p − reference|, for each reference. */
  readonly mixture: readonly number[];
  readonly permuted: readonly number[];
  readonly drawn: readonly number[];
}

/** Number of draws of each reference. */
const DRAWS = { mixture: 2000, permuted: 500, drawn: 200 } as const;

/**
 * Mean distance of each reference from the p-value that it estimates, for uniform p-values. The mean absolute error of
 * a share of n draws is √(2/π) times its standard deviation √(p (1 − p)/n), whose mean over p is π/8 of 1/√n.
 */
export const CHANCE = Object.values(DRAWS).map((draws) => (Math.sqrt(2 / Math.PI) * Math.PI) / 8 / Math.sqrt(draws));

/** Compares p-values of the kernel test on independent data with the references. @param conditioning size of S */
export function distancesOf(conditioning: number, rows: number, tables: number): Distances {
  const laws = LAWS.filter(
    (law) => law.conditioning === conditioning && !law.isDependent && !law.name.startsWith('fast'),
  );
  const distances = { mixture: [] as number[], permuted: [] as number[], drawn: [] as number[] };
  for (const law of laws) {
    for (let t = 0; t < tables; t++) {
      const columns = drawTable(law, rows, 5000 + t, DRAWS.drawn);
      const set = Array.from({ length: conditioning }, (_, i) => i + 2);
      const kernelTest = kci(columns);
      const { p } = kernelTest.test(0, 1, set);
      const [a, b] = residualKernels(columns.slice(0, 2 + conditioning));
      distances.mixture.push(Math.abs(p - mixtureShare(a, b, t)));
      distances.permuted.push(Math.abs(p - permutedShare(a, b, t)));
      const redrawn = Array.from({ length: DRAWS.drawn }, (_, i) => kernelTest.test(0, 2 + conditioning + i, set).p);
      distances.drawn.push(Math.abs(p - (1 + redrawn.filter((other) => other <= p).length) / (DRAWS.drawn + 1)));
    }
  }
  const spread = (values: readonly number[]) => [
    values.reduce((sum, value) => sum + value, 0) / values.length,
    Math.max(...values),
  ];
  const { mixture, permuted, drawn } = distances;
  return {
    ...{ rows, conditioning, tables: mixture.length },
    ...{ mixture: spread(mixture), permuted: spread(permuted), drawn: spread(drawn) },
  };
}

/** Computes the residual kernels by their definition: Gaussian kernels, centred, R K R with R = ε (K_S + ε I)⁻¹. */
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
  const halved = s.map((values) => values.map((value) => value / 2));
  return [
    residual.mmul(centred(gaussian([x, ...halved], width))).mmul(residual),
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

/** Returns how often Σ λ_k χ²₁ reaches the statistic, where λ are the eigenvalues of A ∘ B. */
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

/** Returns how often the statistic is at least as large if the rows and columns of one kernel are permuted. */
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
