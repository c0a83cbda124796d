// A Gaussian over the columns of a table with missing cells, and what it says of a subject's missing cells given those
// that are observed. Moments by expectation–maximisation (Little and Rubin 2002, section 11.2), the covariance shrunk
// towards its diagonal.

import { Matrix } from 'ml-matrix';
import type { Samples } from '../metrics/index.js';
import { crossProducts } from './products.js';
import { Factor } from '../metrics/triangular.js';

/** A table of which some cells may be missing. */
export interface PartialTable {
  /** Any finite number where a cell is missing. */
  readonly samples: Samples;
  /** 1 where a cell is observed, 0 where it is missing, rows × columns; left out where none is missing. */
  readonly observed: Uint8Array | undefined;
}

/** Of every cell given the row's observed ones, rows × columns: an observed cell is its own mean, with an sd of 0. */
export interface Conditional {
  readonly mean: Float64Array;
  readonly sd: Float64Array;
}

/** Rows that lack the same columns. */
interface Pattern {
  /** Columns. */
  readonly missing: readonly number[];
  readonly rows: number[];
}

/** Moments have settled when no correlation moves by more. */
const SETTLED = 1e-3;

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

  /** From flat moments. */
  static of(mean: ArrayLike<number>, covariance: ArrayLike<number>): Gaussian {
    return new Gaussian(Float64Array.from(mean), Matrix.from1DArray(mean.length, mean.length, covariance));
  }

  /** Of some columns alone. */
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
   * Fills missing cells of `filled`, a copy of a table with these patterns, with their conditional means. Of the
   * precision Ω, missing cells m have the covariance Ωₘₘ⁻¹ and the mean μₘ − Ωₘₘ⁻¹ Ωₘₒ (xₒ − μₒ): one factorisation per
   * pattern, as large as what is missing.
   * @param visit is given the conditional covariance of a pattern's missing cells
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
        const own = filled.subarray(row * width, (row + 1) * width);
        for (const column of missing) own[column] = this.mean[column];
        const pull = weights.map((line) => {
          let sum = 0;
          for (let j = 0; j < width; j++) sum += line[j] * (own[j] - this.mean[j]);
          return sum;
        });
        missing.forEach((column, i) => {
          for (let j = 0; j < pull.length; j++) own[column] -= covariance.get(i, j) * pull[j];
        });
      }
      visit(pattern, covariance);
    }
  }
}

export interface GaussianOptions {
  /** Share of the covariances off the diagonal that is taken away, in 0 … 1; above 0 of columns that repeat others. */
  readonly shrinkage: number;
  /** At most. */
  readonly iterations: number;
  /** Where to begin; left out, at the columns' own moments, each apart. */
  readonly start?: Gaussian | undefined;
}

/** Of columns that have an observed cell and vary. */
export function fitGaussian(table: PartialTable, options: GaussianOptions): Gaussian {
  return gaussianFitter(table)(options);
}

/** For several fits to one table: what it lacks, or its moments if it lacks nothing, are found once. */
export function gaussianFitter(table: PartialTable): (options: GaussianOptions) => Gaussian {
  const patterns = patternsOf(table);
  const complete = patterns.length === 0 ? expectedMoments(table, patterns) : undefined;
  return ({ shrinkage, iterations, start }) => {
    if (complete) return new Gaussian(complete.mean, shrunk(complete.covariance, shrinkage));
    let gaussian = start ?? independent(table);
    for (let step = 0; step < iterations; step++) {
      const { mean, covariance } = expectedMoments(table, patterns, gaussian);
      const next = new Gaussian(mean, shrunk(covariance, shrinkage));
      const moved = largestMove(gaussian.covariance, next.covariance);
      gaussian = next;
      if (moved < SETTLED) break;
    }
    return gaussian;
  };
}

interface Moments {
  readonly mean: Float64Array;
  readonly covariance: Matrix;
}

/** Of the table as it is expected to be by a Gaussian; of one that lacks nothing, its own. */
function expectedMoments(table: PartialTable, patterns: readonly Pattern[], gaussian?: Gaussian): Moments {
  const { rows, columns } = table.samples;
  const filled = Float64Array.from(table.samples.values);
  const uncertain = Matrix.zeros(columns, columns);
  gaussian?.eachPattern(patterns, filled, ({ missing, rows: own }, covariance) => {
    missing.forEach((column, i) => {
      missing.forEach((other, j) => {
        uncertain.set(column, other, uncertain.get(column, other) + own.length * covariance.get(i, j));
      });
    });
  });
  const matrix = Matrix.from1DArray(rows, columns, filled);
  const mean = matrix.mean('column');
  const covariance = crossProducts(matrix.subRowVector(mean)).add(uncertain).div(rows);
  return { mean: Float64Array.from(mean), covariance };
}

/** In units of the columns' standard deviations. */
function largestMove(from: Matrix, to: Matrix): number {
  const sds = to.diagonal().map(Math.sqrt);
  let largest = 0;
  for (let i = 0; i < to.rows; i++) {
    for (let j = 0; j <= i; j++) {
      largest = Math.max(largest, Math.abs(to.get(i, j) - from.get(i, j)) / (sds[i] * sds[j]));
    }
  }
  return largest;
}

/** Moments of each column alone. */
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

/** Rows that lack something, by what they lack. */
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
