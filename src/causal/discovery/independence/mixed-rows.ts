// Columns of several kinds, restricted to the rows where some of them are complete. Holds the predictors of each column
// in a regression, and their products, from which every linear regression on these rows follows. Both are computed on
// first use.

import type { DataColumn, VariableKind } from '../columns.js';
import { fitOrdinal, type Levels, type OrdinalFit } from './ordinal-regression.js';
import { RecentlyUsed } from './recently-used.js';
import { centred, dot } from '../../../metrics/vectors.js';

/** Minimum share of the variance of a predictor outside the span of all other predictors that the products resolve. */
const RESOLVED = 1e-8;
/** Total number of rows of the cached regressions. An algorithm needs the same regression for every added cause. */
const CACHED_ROWS = 4e6;

export interface Fitted {
  /** Residual variance, as a share of the response's: with the first predictors, and with all of them. */
  readonly before: number;
  readonly after: number;
}

export class MixedRows {
  readonly #levels = new Map<number, Levels>();
  readonly #predictors = new Map<number, readonly number[]>();
  /** Centred predictors of norm √n. */
  readonly #standardised: Float64Array[] = [];
  readonly #products = new Map<number, number>();
  readonly #ordinalFits: RecentlyUsed<OrdinalFit>;

  constructor(
    readonly columns: readonly DataColumn[],
    readonly kinds: readonly VariableKind[],
    readonly rows: Int32Array,
  ) {
    this.#ordinalFits = new RecentlyUsed(Math.max(4, Math.floor(CACHED_ROWS / (rows.length + 1))));
  }

  values(column: number): Float64Array {
    const { values } = this.columns[column];
    return Float64Array.from(this.rows, (row) => values[row]);
  }

  levels(column: number): Levels {
    let levels = this.#levels.get(column);
    if (levels === undefined) this.#levels.set(column, (levels = levelsOf(this.values(column))));
    return levels;
  }

  /**
   * Returns the numbers of a column's predictors: the column, or one for each level except the first; none if constant.
   */
  predictors(column: number): readonly number[] {
    const known = this.#predictors.get(column);
    if (known !== undefined) return known;
    const numbers = design(this, column).flatMap((values) => {
      const predictor = standardised(values);
      return predictor === undefined ? [] : [this.#standardised.push(predictor) - 1];
    });
    this.#predictors.set(column, numbers);
    return numbers;
  }

  /** Returns predictors by their numbers. */
  all(numbers: readonly number[]): Float64Array[] {
    return numbers.map((number) => this.#standardised[number]);
  }

  /** Returns the proportional odds regression of a discrete column on some predictors. */
  ordinalFit(response: number, numbers: readonly number[]): OrdinalFit {
    const key = `${response}|${numbers.join()}`;
    return this.#ordinalFits.get(key, () => fitOrdinal(this.levels(response), this.all(numbers)));
  }

  /**
   * Returns the residual variances of a response after least squares on `base`, and on `base` and `added`. Undefined if
   * a predictor or the response is so nearly determined by the rest that the products do not resolve it.
   * @param response number of a predictor; if left out, only the predictors are checked
   */
  fit(base: readonly number[], added: readonly number[], response?: number): Fitted | undefined {
    const all = [...base, ...added];
    const size = all.length;
    const factor = new Float64Array(size * size);
    let before = 1;
    let after = 1;
    const shares = new Float64Array(size);
    for (let i = 0; i < size; i++) {
      for (let j = 0; j <= i; j++) {
        let rest = this.#product(all[i], all[j]);
        for (let k = 0; k < j; k++) rest -= factor[i * size + k] * factor[j * size + k];
        if (i > j) factor[i * size + j] = rest / factor[j * size + j];
        else if (rest < RESOLVED) return undefined;
        else factor[i * size + i] = Math.sqrt(rest);
      }
      if (response === undefined) continue;
      let share = this.#product(all[i], response);
      for (let k = 0; k < i; k++) share -= factor[i * size + k] * shares[k];
      shares[i] = share / factor[i * size + i];
      after -= shares[i] ** 2;
      if (i < base.length) before = after;
    }
    return after < RESOLVED ? undefined : { before, after };
  }

  /** Returns the correlation of two predictors. */
  #product(a: number, b: number): number {
    if (a === b) return 1;
    const key = a < b ? a * 0x4000000 + b : b * 0x4000000 + a;
    let product = this.#products.get(key);
    if (product === undefined) {
      product = dot(this.#standardised[a], this.#standardised[b]) / this.rows.length;
      this.#products.set(key, product);
    }
    return product;
  }
}

/** Returns the columns of a variable in a regression: itself, or an indicator for each level except the first. */
export function design(rows: MixedRows, column: number): Float64Array[] {
  if (rows.kinds[column] === 'continuous') return [rows.values(column)];
  const { codes, count } = rows.levels(column);
  return Array.from({ length: count - 1 }, (_, level) =>
    Float64Array.from(codes, (code) => (code === level + 1 ? 1 : 0)),
  );
}

function standardised(values: Float64Array): Float64Array | undefined {
  const rest = centred(values);
  const length = Math.sqrt(dot(rest, rest));
  const scale = Math.sqrt(rest.length) / length;
  // The residual of a constant is 0 or rounding error.
  return length > 1e-12 * Math.sqrt(dot(values, values)) ? rest.map((value) => value * scale) : undefined;
}

function levelsOf(values: Float64Array): Levels {
  const level = new Map([...new Set(values)].sort((a, b) => a - b).map((value, i) => [value, i]));
  return { codes: Int32Array.from(values, (value) => level.get(value)!), count: level.size };
}
