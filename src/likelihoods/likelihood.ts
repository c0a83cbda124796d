// A likelihood describes how the values of a column scatter about the decoder's prediction. It is the counterpart of a
// conditional flow on the side of the data: θ comes from the decoder, log p(x | θ) is exact. The formulas are in
// docs/explanation/likelihoods.md.

import type { Node } from '../graph/index.js';
import type { RandomStream } from '../random/random-stream.js';

/** Names in study files, descriptions of modalities and saved models. */
export const LIKELIHOOD_NAMES = [
  'gaussian',
  'learned-noise',
  'robust',
  'binary',
  'categorical',
  'ordinal',
  'count',
  'poisson',
] as const;
export type LikelihoodName = (typeof LIKELIHOOD_NAMES)[number];

/**
 * Kinds of columns: those with a likelihood, and the size, to which the counts of the same table are relative and which
 * has none.
 */
export const COLUMN_KINDS = [...LIKELIHOOD_NAMES, 'size'] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/**
 * Scale of counts, whose values are `(ln(1 + count) − mean) / sd`. In graphs it has a number for every column,
 * `[1, members, columns, 1]`.
 */
export interface CountScale<T> {
  readonly mean: T;
  readonly sd: T;
  /** ln of the count that is expected if the decoder gives 0. It increases with the logarithm of a subject's size. */
  readonly offset: T;
}

/**
 * Likelihood of one column, or of several adjacent columns of the same kind. θ of a column consists of numbers that the
 * decoder gives for each subject, and numbers that are the same for all subjects.
 */
export interface Likelihood {
  readonly name: LikelihoodName;
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
  logProbability(x: Node, theta: Node, scale: CountScale<Node | number>): Node;
  /** Returns E[x | θ], `[…, columns · values, batch]`; for counts the value of the expected count. */
  mean(theta: Node, scale: CountScale<Node | number>): Node;
  /**
   * Returns the term of log p(x | θ) of one column that `logProbability` omits. It depends only on the column's values
   * x.
   */
  logConstant(x: readonly number[], scale: CountScale<number>): number;
  /**
   * Draws the values of a column.
   * @param theta of the column: decoded, then per-column numbers
   */
  draw(theta: readonly number[], random: RandomStream, scale: CountScale<number>): number[];
}
