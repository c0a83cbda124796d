// The entry of a program that takes one training step: gradients of a loss, the guard against NaN and infinity, and
// Adam.

import type { AdamUpdate, EntrySpec } from '../compile/index.js';
import { grad, type Node } from '../graph/index.js';
import type { ModelParameter } from '../nn/parameters.js';

export type Adam = Omit<AdamUpdate, 'parameters'>;

export const ADAM: Adam = { optimizer: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

export interface StepOptions {
  /** Recorded before the loss, `[runs]` each. */
  readonly terms?: Readonly<Record<string, Node>>;
  /** Tensors that the guard checks before the loss, because their names describe the cause better. */
  readonly guard?: readonly Node[];
  /** Number of tiles of a mini-batch. Default: 1. */
  readonly tiles?: number;
  /** Default: `ADAM`. */
  readonly adam?: Adam;
}

/**
 * Returns the entry of a training step.
 * @param loss `[runs]`
 * @param parameters the trained parameters. Fixed ones among them, and all other parameters of the loss, do not change.
 */
export function trainedEntry(
  loss: Node,
  parameters: readonly ModelParameter[],
  { terms = {}, guard = [], tiles = 1, adam = ADAM }: StepOptions = {},
): EntrySpec {
  const trained = parameters.filter(({ rate }) => rate !== 'fixed');
  const gradients = grad(
    loss,
    trained.map(({ node }) => node),
  );
  return {
    tiles,
    outputs: { ...terms, loss },
    guard: [...guard, loss],
    update: {
      ...adam,
      parameters: trained.map(({ node, rate }, i) => ({ node, gradient: gradients[i], rate })),
    },
  };
}
