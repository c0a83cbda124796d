// Sums of products of components over subjects. A linear method and its error depend only on these. The sums of some
// subjects are those of all minus those of the rest.

import { Matrix } from 'ml-matrix';
import { crossProducts } from './products.js';

export class Moments {
  readonly count: number;
  readonly #sums: Matrix;
  readonly #products: Matrix;

  private constructor(count: number, sums: Matrix, products: Matrix) {
    this.count = count;
    this.#sums = sums;
    this.#products = products;
  }

  /** Returns the moments of a table. @param x subjects × components */
  static of(x: Matrix): Moments {
    return new Moments(x.rows, Matrix.rowVector(x.sum('column')), crossProducts(x));
  }

  get mean(): Matrix {
    return Matrix.div(this.#sums, this.count);
  }

  /** Returns the moments of the subjects of all `parts`. */
  static joined(parts: readonly Moments[]): Moments {
    return parts.reduce((a, b) => a.#plus(b, 1));
  }

  /** Returns the moments of the subjects that are not in `part`. */
  without(part: Moments): Moments {
    return this.#plus(part, -1);
  }

  /** Returns Σ (x − centre)(x − centre)ᵀ over the subjects, components × components. */
  about(centre: Matrix): Matrix {
    const shift = this.#sums.transpose().mmul(centre);
    const square = centre.transpose().mmul(centre).mul(this.count);
    return Matrix.sub(this.#products, shift).sub(shift.transpose()).add(square);
  }

  #plus(other: Moments, sign: 1 | -1): Moments {
    return new Moments(
      this.count + sign * other.count,
      Matrix.mul(other.#sums, sign).add(this.#sums),
      Matrix.mul(other.#products, sign).add(this.#products),
    );
  }
}

/** Centred sums of products of two sides: x are the predictors, y the responses. */
export interface TwoSides {
  readonly xx: Matrix;
  readonly xy: Matrix;
  readonly yy: Matrix;
}
