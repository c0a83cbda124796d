// A likelihood: how observed values scatter about what a decoder says of them. The sibling of a conditional flow, on
// the side of the data: θ comes from the decoder, log p(x | θ) is exact.

import type { Node } from '../graph/index.js';
import type { Initialiser } from '../nn/parameters.js';

/** As they stand in the description of a modality and in a saved model. */
export const LIKELIHOOD_NAMES = ['gaussian'] as const;
export type LikelihoodName = (typeof LIKELIHOOD_NAMES)[number];

export interface Likelihood {
  readonly name: LikelihoodName;
  /** Numbers in θ for one value. */
  readonly size: number;
  /** Initial bias of the decoder's last layer, `[members, values · size, 1]`. */
  readonly initialBias: Initialiser;
  /** What `logProbability` leaves out of log p(x | θ), per value: it depends on neither. */
  readonly logConstant: number;
  /**
   * log p(x | θ) − `logConstant`, value by value.
   * @param x `[…, values, batch]`
   * @param theta `[…, values · size, batch]`, a value's numbers one after the other
   * @returns `[…, values, batch]`
   */
  logProbability(x: Node, theta: Node): Node;
  /** E[x | θ], `[…, values, batch]`. */
  mean(theta: Node): Node;
}
