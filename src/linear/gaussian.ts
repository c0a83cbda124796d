// Fits a Gaussian to a table with missing cells, and computes missing cells given observed ones. Moments come from
// expectation–maximisation (Little and Rubin 2002, section 11.2), with a covariance that is shrunk towards its
// diagonal.

import { Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { crossProducts } from './products.js';
import { Factor } from '../metrics/triangular.js';

/** A table that may have missing cells. */
export interface PartialTable {
  /** Values; a missing cell has any finite number. */
  readonly samples: Samples;
  /** 1 for an observed cell, 0 for a missing one, rows × columns; undefined if none is missing. */
  readonly observed: Uint8Array | undefined;
}

/** Mean and sd of every cell given the observed cells of its row, rows × columns. An observed cell has sd 0. */
export interface Conditional {
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/** Rows with the same missing columns. */
interface Pattern {
  /** Missing columns. */
  readonly missing: readonly number[];
  readonly rows: number[];
}

/** The iteration stops if no covariance, in units of the sds, changes by more. */
const TOLERANCE = 1e-3;

export class Gaussian {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
  readonly #precision: Matrix;

  /** @param covariance positive definite */
  constructor(mean: Float64Array, covariance: Matrix) {
    this.mean = mean;
    this.covariance = covariance;
    this.#precision = inverse(covariance);
  }

  /** Returns a Gaussian with these moments, the covariance row-major. */
  static of(mean: ArrayLike<number>, covariance: ArrayLike<number>): Gaussian {
    return new Gaussian(Float64Array.from(mean), Matrix.from1DArray(mean.length, mean.length, covariance));
  }

  /** Returns the marginal of some columns. */
  marginal(columns: readonly number[]): Gaussian {
    const mean = Float64Array.from(columns, (column) => this.mean[column]);
    return new Gaussian(mean, this.covariance.selection([...columns], [...columns]));
  }

  conditional(table: PartialTable): Conditional {
    const mean = Float64Array.from(table.samples.values);
    const sd = new Float64Array(mean.length);
    this.eachPattern(patternsOf(table), mean, ({ missing, rows }, covariance) => {
      const sds = covariance.diagonal().map(Math.sqrt);
      for (const row of rows) missing.forEach((column, i) => (sd[row * this.mean.length + column] = sds[i]));
    });
    return { mean, sd };
  }

  /**
   * Fills missing cells of `filled`, a copy of a table with these patterns, with their conditional means. With the
   * precision Ω, missing cells m have the covariance Ωₘₘ⁻¹ and the mean μₘ − Ωₘₘ⁻¹ Ωₘₒ (xₒ − μₒ). This takes one
   * factorisation per pattern, of the size of its missing columns.
   * @param visit receives the conditional covariance of the missing cells of a pattern
   */
  eachPattern(
    patterns: readonly Pattern[],
    filled: Float64Array,
    visit: (pattern: Pattern, covariance: Matrix) => void,
  ): void {
    const width = this.mean.length;
    for (const pattern of patterns) {
      const { missing, rows } = pattern;
      const covariance = inverse(this.#precision.selection([...missing], [...missing]));
      const weights = missing.map((column) => this.#precision.getRow(column));
      for (const row of rows) {
        const cells = filled.subarray(row * width, (row + 1) * width);
        for (const column of missing) cells[column] = this.mean[column];
        const pull = weights.map((line) => {
          let sum = 0;
          for (let j = 0; j < width; j++) sum += line[j] * (cells[j] - this.mean[j]);
          return sum;
        });
        missing.forEach((column, i) => {
          for (let j = 0; j < pull.length; j++) cells[column] -= covariance.get(i, j) * pull[j];
        });
      }
      visit(pattern, covariance);
    }
  }
}

export interface GaussianOptions {
  /** Share by which off-diagonal covariances are reduced, 0 to 1; above 0 if columns are collinear. */
  readonly shrinkage: number;
  /** Maximum number of iterations. */
  readonly iterations: number;
  /** Initial Gaussian. Default: independent columns with their observed moments. */
  readonly start?: Gaussian | undefined;
}

/** Fits a Gaussian. Every column must have an observed cell and vary. */
export function fitGaussian(table: PartialTable, options: GaussianOptions): Gaussian {
  return gaussianFitter(table)(options);
}

/** Returns a function for several fits to one table. Patterns, or moments of a complete table, are computed once. */
export function gaussianFitter(table: PartialTable): (options: GaussianOptions) => Gaussian {
  const patterns = patternsOf(table);
  const complete = patterns.length === 0 ? expectedMoments(table, patterns) : undefined;
  return ({ shrinkage, iterations, start }) => {
    if (complete) return new Gaussian(complete.mean, shrunk(complete.covariance, shrinkage));
    let gaussian = start ?? independent(table);
    for (let step = 0; step < iterations; step++) {
      const { mean, covariance } = expectedMoments(table, patterns, gaussian);
      const next = new Gaussian(mean, shrunk(covariance, shrinkage));
      const change = maxChange(gaussian.covariance, next.covariance);
      gaussian = next;
      if (change < TOLERANCE) break;
    }
    return gaussian;
  };
}

interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

/** Returns the expected moments of the table under a Gaussian; of a complete table, its moments. */
function expectedMoments(table: PartialTable, patterns: readonly Pattern[], gaussian?: Gaussian): Moments {
  const { rows, columns } = table.samples;
  const filled = Float64Array.from(table.samples.values);
  const uncertain = Matrix.zeros(columns, columns);
  gaussian?.eachPattern(patterns, filled, ({ missing, rows: members }, covariance) => {
    missing.forEach((column, i) => {
      missing.forEach((other, j) => {
        uncertain.set(column, other, uncertain.get(column, other) + members.length * covariance.get(i, j));
      });
    });
  });
  const matrix = Matrix.from1DArray(rows, columns, filled);
  const mean = matrix.mean('column');
  const covariance = crossProducts(matrix.subRowVector(mean)).add(uncertain).div(rows);
  return { mean: Float64Array.from(mean), covariance };
}

/** Returns the largest change of a covariance, in units of the sds of its columns. */
function maxChange(from: Matrix, to: Matrix): number {
  const sds = to.diagonal().map(Math.sqrt);
  let largest = 0;
  for (let i = 0; i < to.rows; i++) {
    for (let j = 0; j <= i; j++) {
      largest = Math.max(largest, Math.abs(to.get(i, j) - from.get(i, j)) / (sds[i] * sds[j]));
    }
  }
  return largest;
}

/** Returns a Gaussian of independent columns with their observed moments. */
function independent({ samples: { values, rows, columns }, observed }: PartialTable): Gaussian {
  const [counts, sums, squares] = [0, 1, 2].map(() => new Float64Array(columns));
  for (let at = 0; at < rows * columns; at++) {
    if (observed?.[at] === 0) continue;
    counts[at % columns]++;
    sums[at % columns] += values[at];
    squares[at % columns] += values[at] ** 2;
  }
  const mean = sums.map((sum, column) => sum / counts[column]);
  return new Gaussian(mean, Matrix.diag([...squares.map((square, c) => square / counts[c] - mean[c] ** 2)]));
}

function shrunk(covariance: Matrix, shrinkage: number): Matrix {
  const diagonal = covariance.diagonal();
  const shrunken = Matrix.mul(covariance, 1 - shrinkage);
  diagonal.forEach((variance, i) => shrunken.set(i, i, variance));
  return shrunken;
}

function inverse(matrix: Matrix): Matrix {
  return new Factor(matrix, 0).solve(Matrix.eye(matrix.rows));
}

/** Groups rows with missing cells by their missing columns. */
function patternsOf({ samples: { rows, columns }, observed }: PartialTable): Pattern[] {
  if (!observed) return [];
  const patterns = new Map<string, Pattern>();
  for (let row = 0; row < rows; row++) {
    const marks = observed.subarray(row * columns, (row + 1) * columns);
    if (!marks.includes(0)) continue;
    const key = marks.join('');
    const known = patterns.get(key);
    if (known) known.rows.push(row);
    else patterns.set(key, { missing: [...marks.keys()].filter((column) => marks[column] === 0), rows: [row] });
  }
  return [...patterns.values()];
}
