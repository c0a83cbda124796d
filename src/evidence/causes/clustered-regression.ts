// Least squares with a jackknife over units. A unit is a subject, or a group whose rows are not independent. For
// subjects the standard errors are HC3 (MacKinnon & White 1985), for groups CR3 (Bell & McCaffrey 2002): levels may
// differ in size and in spread. With two levels and no covariate, t is Welch's test.

import { inverse, Matrix } from 'ml-matrix';
import { fTail, studentTwoSided, studentTwoSidedQuantile } from '../../causal/discovery/independence/distributions.js';

/** A coefficient is not determined if the other columns leave less than this share of its column. */
const NEGLIGIBLE = 1e-6;
/** Minimum of 1 − leverage. A row that determines a coefficient alone has no residual. */
const MIN_FREE = 1e-9;

/** Rows of the regression. */
interface RegressionRows {
  /** Columns × rows; the first is constant. */
  readonly columns: readonly Float64Array[];
  /** Rows of each unit; each row is a unit when left out. */
  readonly units?: readonly (readonly number[])[] | undefined;
  /** Stratum of each unit. Degrees of freedom follow Welch (1947), with one variance per stratum. */
  readonly strata?: readonly number[] | undefined;
}

/** A coefficient, or a function of the coefficients, with its jackknife. */
export interface Estimate {
  readonly value: number;
  /** Change of the value because of each unit. The sum of squares is the squared standard error. */
  readonly influences: Float64Array;
  readonly degrees: number;
}

export interface Fit {
  readonly coefficients: Float64Array;
  readonly residuals: Float64Array;
  /** Returns coefficient `column` with its jackknife. */
  readonly estimate: (column: number) => Estimate;
  /** Returns p of the hypothesis that these coefficients are 0 (`scoreTest`). */
  readonly jointP: (columns: readonly number[]) => number;
}

/** Returns the positions of columns that are not combinations of earlier columns. */
export function determinedColumns(columns: readonly Float64Array[]): number[] {
  return orthonormalBasis(columns).map(({ position }) => position);
}

/** Part of an orthonormal basis of columns. */
export interface Direction {
  /** Position of the column that adds the direction. */
  readonly position: number;
  /** Has length 1, and is orthogonal to the directions of earlier columns. */
  readonly values: Float64Array;
}

/** Returns a basis of the span of the columns, without columns that are combinations of earlier ones. */
export function orthonormalBasis(columns: readonly Float64Array[]): Direction[] {
  const basis: Direction[] = [];
  for (const [position, column] of columns.entries()) {
    const rest = without(column, basis);
    const [left, whole] = [dotOf(rest, rest), centredSquare(column, position === 0)];
    if (left <= NEGLIGIBLE * whole || whole === 0) continue;
    basis.push({ position, values: rest.map((value) => value / Math.sqrt(left)) });
  }
  return basis;
}

/** Returns what orthonormal directions leave of a column (Gram–Schmidt, two passes). */
export function without(column: Float64Array, directions: readonly Direction[]): Float64Array {
  const rest = column.slice();
  for (const { values } of [...directions, ...directions]) {
    const share = dotOf(values, rest);
    for (let i = 0; i < rest.length; i++) rest[i] -= share * values[i];
  }
  return rest;
}

/**
 * Returns p of the hypothesis that some coefficients are 0, by Hotelling's T² of the units' scores. A unit's scores are
 * sums over its rows. They multiply a tested column, given the remaining columns, by the residual of a fit without the
 * tested columns. Their mean is 0 under the hypothesis.
 *
 * Their covariance is measured under the hypothesis, so a unit with a large leverage cannot make it too small, as it
 * does in a jackknife. If residuals are symmetric, heavy tails only make such a statistic smaller (Efron 1969).
 * @param tested positions among the columns
 */
function scoreTest({ columns, units }: RegressionRows, y: Float64Array, tested: readonly number[]): number {
  const untested = columns.filter((_, position) => !tested.includes(position));
  const all = orthonormalBasis([...untested, ...tested.map((position) => columns[position])]);
  const [nuisance, directions] = [all.slice(0, untested.length), all.slice(untested.length)];
  const residuals = without(y, nuisance);
  const scores = directions.map(({ values }) => {
    const products = values.map((value, row) => value * residuals[row]);
    return units
      ? Float64Array.from(units, (members) => members.reduce((sum, row) => sum + products[row], 0))
      : products;
  });
  const squares = new Matrix(scores.map((one) => scores.map((other) => dotOf(one, other))));
  const sums = Matrix.columnVector(scores.map((one) => one.reduce((sum, value) => sum + value, 0)));
  const share = sums.transpose().mmul(inverse(squares, true)).mmul(sums).get(0, 0) / scores[0].length;
  const degrees = Math.max(1, scores[0].length - nuisance.length + 1 - tested.length);
  if (share >= 1) return 0;
  return fTail(((share / (1 - share)) * degrees) / tested.length, tested.length, degrees);
}

function centredSquare(column: Float64Array, isConstant: boolean): number {
  if (isConstant) return dotOf(column, column);
  const middle = column.reduce((sum, value) => sum + value, 0) / column.length;
  return column.reduce((sum, value) => sum + (value - middle) ** 2, 0);
}

function dotOf(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The design of several regressions on the same columns, which must be linearly independent. */
export class ClusteredRegression {
  readonly #rows: RegressionRows;
  readonly #inverse: Matrix;
  /** Inverse products without a unit; undefined if each row is a unit. */
  readonly #without: readonly Matrix[] | undefined;
  /** Diagonal of the hat matrix, by row. */
  readonly leverages: Float64Array;
  readonly unitCount: number;

  constructor(rows: RegressionRows) {
    this.#rows = rows;
    const { columns, units } = rows;
    this.unitCount = units?.length ?? columns[0].length;
    const products = this.#products();
    this.#inverse = inverse(products);
    this.leverages = Float64Array.from(columns[0], (_, row) => {
      const x = columns.map((column) => column[row]);
      return x.reduce((sum, xi, i) => sum + xi * x.reduce((part, xj, j) => part + this.#inverse.get(i, j) * xj, 0), 0);
    });
    this.#without = units?.map((members) => inverse(Matrix.sub(products, this.#products(members)), true));
  }

  /** @param y one value per row */
  fit(y: Float64Array): Fit {
    const { columns, units, strata } = this.#rows;
    const crossed = this.#crossed(y);
    const coefficients = this.#solved(this.#inverse, crossed);
    const residuals = y.map((value, row) => value - columns.reduce((sum, x, j) => sum + coefficients[j] * x[row], 0));
    const changes = units ? this.#groupChanges(y, crossed, coefficients, units) : this.#rowChanges(residuals);
    const estimate = (column: number): Estimate => {
      const influences = changes[column];
      return { value: coefficients[column], influences, degrees: this.degrees(influences, strata) };
    };
    const jointP = (tested: readonly number[]): number => scoreTest(this.#rows, y, tested);
    return { coefficients, residuals, estimate, jointP };
  }

  /** Returns what the other columns leave of a column, by row. */
  remainder(column: number): Float64Array {
    const { columns } = this.#rows;
    const scale = this.#inverse.get(column, column);
    return Float64Array.from(columns[0], (_, row) => {
      return columns.reduce((sum, x, i) => sum + this.#inverse.get(column, i) * x[row], 0) / scale;
    });
  }

  /** Returns Welch's degrees of freedom of the sum of squares of influences. */
  degrees(influences: Float64Array, strata = this.#rows.strata): number {
    const spare = this.#rows.columns.length - 1;
    if (!strata) return Math.max(1, this.unitCount - 1 - spare);
    const shares = new Map<number, { square: number; count: number }>();
    influences.forEach((value, unit) => {
      const known = shares.get(strata[unit]) ?? { square: 0, count: 0 };
      shares.set(strata[unit], { square: known.square + value * value, count: known.count + 1 });
    });
    let [whole, parts] = [0, 0];
    for (const { square, count } of shares.values()) {
      whole += square;
      parts += square ** 2 / Math.max(1, count - 1);
    }
    return parts > 0 ? Math.max(1, whole ** 2 / parts) : 1;
  }

  #products(rows?: readonly number[]): Matrix {
    const { columns } = this.#rows;
    const result = Matrix.zeros(columns.length, columns.length);
    for (let i = 0; i < columns.length; i++) {
      for (let j = 0; j <= i; j++) {
        const [u, v] = [columns[i], columns[j]];
        let sum = 0;
        if (rows) for (const row of rows) sum += u[row] * v[row];
        else for (let row = 0; row < u.length; row++) sum += u[row] * v[row];
        result.set(i, j, sum);
        result.set(j, i, sum);
      }
    }
    return result;
  }

  #crossed(y: Float64Array, rows?: readonly number[]): Float64Array {
    return Float64Array.from(this.#rows.columns, (column) =>
      rows ? rows.reduce((sum, row) => sum + column[row] * y[row], 0) : dotOf(column, y),
    );
  }

  #solved(matrix: Matrix, right: Float64Array): Float64Array {
    return Float64Array.from(right, (_, i) => right.reduce((sum, value, j) => sum + matrix.get(i, j) * value, 0));
  }

  #rowChanges(residuals: Float64Array): Float64Array[] {
    const { columns } = this.#rows;
    const changes = columns.map(() => new Float64Array(residuals.length));
    for (let row = 0; row < residuals.length; row++) {
      const free = 1 - this.leverages[row];
      if (free < MIN_FREE) continue;
      const scale = residuals[row] / free;
      for (let i = 0; i < columns.length; i++) {
        let sum = 0;
        for (let j = 0; j < columns.length; j++) sum += this.#inverse.get(i, j) * columns[j][row];
        changes[i][row] = sum * scale;
      }
    }
    return changes;
  }

  #groupChanges(
    y: Float64Array,
    crossed: Float64Array,
    coefficients: Float64Array,
    units: readonly (readonly number[])[],
  ): Float64Array[] {
    const changes = coefficients.reduce<Float64Array[]>((all) => [...all, new Float64Array(units.length)], []);
    units.forEach((members, unit) => {
      const part = this.#crossed(y, members);
      const without = this.#solved(
        this.#without![unit],
        crossed.map((value, j) => value - part[j]),
      );
      without.forEach((value, j) => (changes[j][unit] = coefficients[j] - value));
    });
    return changes;
  }
}

export function standardErrorOf({ influences }: Pick<Estimate, 'influences'>): number {
  return Math.sqrt(dotOf(influences, influences));
}

/** Returns p of the hypothesis that a value is 0. */
export function pOf(estimate: Estimate): number {
  const error = standardErrorOf(estimate);
  return error > 0 ? studentTwoSided(estimate.value / error, estimate.degrees) : 1;
}

/** Returns half the width of an interval. @param share of intervals that miss the value */
export function halfWidth(standardError: number, degrees: number, share: number): number {
  return standardError * studentTwoSidedQuantile(share, degrees);
}
