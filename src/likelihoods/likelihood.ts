// A likelihood describes how the values of a column scatter about the decoder's prediction. It is the counterpart of a
// conditional flow on the side of the data: θ comes from the decoder, log p(x | θ) is exact. The formulas are in
// docs/explanation/likelihoods.md.

import type { Node } from '../graph/index.js';
import type { RandomStream } from '../random/random-stream.js';

/**
 * Scale of numbers that have a link: their values are `(link(number) − mean) / sd`. In graphs it has a number for every
 * column, `[1, members, columns, 1]`.
 */
export interface ValueScale<T> {
  readonly mean: T;
  readonly sd: T;
  /** What is added to the decoder's number (`NumberKind.offset`). For counts it includes ln of a subject's size. */
  readonly offset: T;
}

/**
 * Likelihood of one column, or of several adjacent columns of the same kind. θ of a column consists of numbers that the
 * decoder gives for each subject, and numbers that are the same for all subjects.
 */
export interface Likelihood {
  /** Number of values of a column in the table. */
  readonly values: number;
  /** Initial values of the numbers that the decoder gives for a column: the biases of its last layer. */
  readonly decoded: readonly number[];
  /**
   * Initial values of the numbers of a column that are the same for all subjects. They are learned with the decoder.
   */
  readonly perColumn: readonly number[];
  /**
   * Returns log p(x | θ) − `logConstant` for every value. The values of one column sum to its log probability.
   * @param x `[…, columns · values, batch]`
   * @param theta `[…, columns · (decoded + perColumn), batch]`: decoded numbers of all columns, then per-column numbers
   * @returns `[…, columns · values, batch]`
   */
  logProbability(x: Node, theta: Node, scale: ValueScale<Node | number>): Node;
  /** Returns E[x | θ], `[…, columns · values, batch]`; for numbers with a link the value of the expected number. */
  mean(theta: Node, scale: ValueScale<Node | number>): Node;
  /**
   * Returns the term of log p(x | θ) of one column that `logProbability` omits. It depends only on the column's values
   * x.
   */
  logConstant(x: readonly number[], scale: ValueScale<number>): number;
  /**
   * Draws the values of a column.
   * @param theta of the column: decoded, then per-column numbers
   */
  draw(theta: readonly number[], random: RandomStream, scale: ValueScale<number>): number[];
}
