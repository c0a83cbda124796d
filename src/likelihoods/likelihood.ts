// A likelihood: how the values of a column scatter about what a decoder says of them. The sibling of a conditional
// flow, on the side of the data: θ comes from the decoder, log p(x | θ) is exact. docs/likelihoods.md has the formulas.

import type { Node } from '../graph/index.js';
import type { RandomStream } from '../random/random-stream.js';

/** As they stand in a study, in the description of a modality and in a saved model. */
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

/** What a column can be: of a likelihood, or the size that counts beside it are relative to, which has none. */
export const COLUMN_KINDS = [...LIKELIHOOD_NAMES, 'size'] as const;
export type ColumnKind = (typeof COLUMN_KINDS)[number];

/**
 * Of counts, whose values are `(ln(1 + count) − mean) / sd`. Graphs have a number for every column,
 * `[1, members, columns, 1]`.
 */
export interface CountScale<T> {
  readonly mean: T;
  readonly sd: T;
  /** ln of the count that is expected where the decoder says 0; it grows with the logarithm of a subject's size. */
  readonly offset: T;
}

/** Of one column, or of the columns of one likelihood that stand side by side. */
export interface Likelihood {
  readonly name: LikelihoodName;
  /** Values that a column takes in the table. */
  readonly values: number;
  /** Initial bias of the decoder's last layer: one for each number that it says of a column. */
  readonly said: readonly number[];
  /** Initial values of the numbers that a column has for all subjects, learned with the decoder. */
  readonly own: readonly number[];
  /**
   * log p(x | θ) − `logConstant`, value by value; those of a column together are its log probability.
   * @param x `[…, columns · values, batch]`
   * @param theta `[…, columns · (said + own), batch]`: what is said of each column, then each column's own
   * @returns `[…, columns · values, batch]`
   */
  logProbability(x: Node, theta: Node, scale: CountScale<Node | number>): Node;
  /** E[x | θ], `[…, columns · values, batch]`; of counts the value of the expected count. */
  mean(theta: Node, scale: CountScale<Node | number>): Node;
  /** What `logProbability` leaves out of log p(x | θ) of one column: it depends on its values x alone. */
  logConstant(x: readonly number[], scale: CountScale<number>): number;
  /** A column's values, at random. @param theta of the column: said, then own */
  draw(theta: readonly number[], random: RandomStream, scale: CountScale<number>): number[];
}
