// Finds the sets of one size that separate two variables, by partial correlations. Sets with a common prefix share its
// Cholesky factor. Each further set then needs about one multiplication per member. To compute few p-values, r² is
// compared with its value at p = α.

import type { SetQuestion, SetAnswer } from './independence.js';

/** A variable with a smaller share of residual variance counts as determined by the other variables. */
export const COLLINEAR = 1e-12;

/** Relative distance of r² from its value at p = α below which the p-value decides. */
const UNSURE = 1e-9;

export interface ExactTest {
  /** Returns the p-value of one set. Throws if a variable is determined by the other variables. */
  p(x: number, y: number, conditioning: readonly number[]): number;
  /** Returns |r| at p = α, for sets of this size. */
  criticalCorrelation(alpha: number, size: number): number;
}

/** Gives the same answers as tests of every set. Its buffers are reused for all questions. */
export class SeparatingSets {
  /** By depth and item: residual variance and covariances with x and y, given the items chosen at smaller depths. */
  #variance = new Float64Array(0);
  #withX = new Float64Array(0);
  #withY = new Float64Array(0);
  /** By depth and item: the entry of the Cholesky factor for the item and the one chosen at that depth. */
  #factor = new Float64Array(0);
  readonly #items: Int32Array;
  #count = 0;
  readonly #isBefore: Uint8Array;
  readonly #isInSome: Uint8Array;
  #chosen = new Int32Array(0);
  #question!: SetQuestion;
  #surelySmall = 0;
  #surelyLarge = 0;
  #tests = 0;
  #isSeparated = false;
  /** The smallest squared partial correlation, as numerator and denominator, and its set. */
  #minSquare = Infinity;
  #minScale = 1;
  #minSet = new Int32Array(0);

  /** @param correlations variables × variables, row-major */
  constructor(
    readonly correlations: Float64Array,
    readonly variables: number,
    readonly exact: ExactTest,
  ) {
    this.#items = new Int32Array(variables);
    this.#isBefore = new Uint8Array(variables);
    this.#isInSome = new Uint8Array(variables);
  }

  answer(question: SetQuestion): SetAnswer & { readonly tests: number } {
    const { x, y, candidates, size } = question;
    this.#begin(question);
    if (size === 0) {
      this.#weigh(1, 1, this.correlations[x * this.variables + y]);
    } else {
      this.#weighSubsets(candidates[0]);
      for (const item of candidates[0]) this.#isBefore[item] = 1;
      this.#weighSubsets(candidates[1]);
    }
    if (this.#tests === 0) return { tests: 0, maxP: 0 };
    const conditioning = [...this.#minSet];
    const maxP = this.exact.p(x, y, conditioning);
    const result = { tests: this.#tests, maxP };
    if (!this.#isSeparated) return result;
    const union: number[] = [];
    for (let node = 0; node < this.variables; node++) if (this.#isInSome[node] === 1) union.push(node);
    return { ...result, separation: { conditioning, p: maxP, union } };
  }

  #begin(question: SetQuestion): void {
    const { size, alpha } = question;
    const critical = this.exact.criticalCorrelation(alpha, size) ** 2;
    this.#question = question;
    this.#surelySmall = critical * (1 - UNSURE);
    this.#surelyLarge = critical * (1 + UNSURE);
    this.#tests = 0;
    this.#isSeparated = false;
    this.#minSquare = Infinity;
    this.#minScale = 1;
    this.#isInSome.fill(0);
    this.#isBefore.fill(0);
    this.#chosen = new Int32Array(size);
  }

  #weighSubsets(candidates: readonly number[]): void {
    const { x, y, size } = this.#question;
    const items = this.#items;
    let count = 0;
    for (const item of candidates) if (item !== x && item !== y) items[count++] = item;
    if (count < size) return;
    this.#count = count;
    if (this.#factor.length < size * count) {
      const length = 2 * size * count;
      this.#variance = new Float64Array(length);
      this.#withX = new Float64Array(length);
      this.#withY = new Float64Array(length);
      this.#factor = new Float64Array(length);
    }
    for (let i = 0; i < count; i++) {
      const row = items[i] * this.variables;
      this.#variance[i] = 1;
      this.#withX[i] = this.correlations[row + x];
      this.#withY[i] = this.correlations[row + y];
    }
    this.#descend(0, 0, true, 1, 1, this.correlations[x * this.variables + y]);
  }

  /** @param isBefore true if all items so far are among the candidates whose subsets have been weighed already */
  #descend(depth: number, from: number, isBefore: boolean, vx: number, vy: number, vxy: number): void {
    const { x, y, size } = this.#question;
    const items = this.#items;
    const { correlations } = this;
    const variance = this.#variance;
    const withX = this.#withX;
    const withY = this.#withY;
    const factor = this.#factor;
    const count = this.#count;
    const level = depth * count;
    const end = count - (size - 1 - depth);
    for (let i = from; i < end; i++) {
      const item = items[i];
      const isBeforeWith = isBefore && this.#isBefore[item] === 1;
      const isLast = depth === size - 1;
      if (isLast && isBeforeWith) continue;
      const here = variance[level + i];
      this.#chosen[depth] = item;
      if (!(here > COLLINEAR)) {
        this.exact.p(x, y, [...this.#chosen.slice(0, depth), ...items.subarray(i, i + size - depth)]);
      }
      const root = Math.sqrt(here);
      const a = withX[level + i] / root;
      const b = withY[level + i] / root;
      if (isLast) {
        this.#weigh(vx - a * a, vy - b * b, vxy - a * b);
        continue;
      }
      const row = item * this.variables;
      const next = level + count;
      for (let j = i + 1; j < count; j++) {
        let rest = correlations[row + items[j]];
        for (let k = 0; k < level; k += count) rest -= factor[k + i] * factor[k + j];
        rest /= root;
        factor[level + j] = rest;
        variance[next + j] = variance[level + j] - rest * rest;
        withX[next + j] = withX[level + j] - rest * a;
        withY[next + j] = withY[level + j] - rest * b;
      }
      this.#descend(depth + 1, i + 1, isBeforeWith, vx - a * a, vy - b * b, vxy - a * b);
    }
  }

  /** Weighs the chosen set, given the residual variances of x and y and their covariance. */
  #weigh(varianceX: number, varianceY: number, covariance: number): void {
    this.#tests++;
    if (!(varianceX > COLLINEAR && varianceY > COLLINEAR)) this.#exactP();
    const square = covariance * covariance;
    const scale = varianceX * varianceY;
    if (square * this.#minScale < this.#minSquare * scale) {
      this.#minSquare = square;
      this.#minScale = scale;
      this.#minSet = this.#chosen.slice();
    }
    if (!(square < this.#surelyLarge * scale)) return;
    if (square > this.#surelySmall * scale && !(this.#exactP() > this.#question.alpha)) return;
    this.#isSeparated = true;
    for (const node of this.#chosen) this.#isInSome[node] = 1;
  }

  #exactP(): number {
    const { x, y } = this.#question;
    return this.exact.p(x, y, [...this.#chosen]);
  }
}
