// Sums of products of some subjects' components: all that a linear method learns of them, and all that its error on
// them depends on. Those of a part of the subjects are those of all less those of the rest.

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

  /** @param x subjects × components */
  static of(x: Matrix): Moments {
    return new Moments(x.rows, Matrix.rowVector(x.sum('column')), crossProducts(x));
  }

  get mean(): Matrix {
    return Matrix.div(this.#sums, this.count);
  }

  /** Of the subjects of all `parts`. */
  static joined(parts: readonly Moments[]): Moments {
    return parts.reduce((a, b) => a.#plus(b, 1));
  }

  /** Of the subjects that are not in `part`. */
  without(part: Moments): Moments {
    return this.#plus(part, -1);
  }

  /** Σ (x − centre)(x − centre)ᵀ over the subjects, components × components. */
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

/** Centred sums of products of two sides: x are given, y to be predicted. */
export interface TwoSides {
  readonly xx: Matrix;
  readonly xy: Matrix;
  readonly yy: Matrix;
}
