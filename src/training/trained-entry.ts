// The entry of a program that takes one training step: the gradients of a loss, the guard against NaN and infinity,
// Adam.

import type { AdamUpdate, EntrySpec } from '../compile/index.js';
import { grad, type Node } from '../graph/index.js';
import type { ModelParameter } from '../nn/parameters.js';

export type Adam = Omit<AdamUpdate, 'parameters'>;

export const ADAM: Adam = { optimizer: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8 };

export interface StepOptions {
  /** Recorded before the loss, `[runs]` each. */
  readonly terms?: Readonly<Record<string, Node>>;
  /** Tensors whose NaN or infinity is looked for before that of the loss, which names it better. */
  readonly guard?: readonly Node[];
  /** Tiles of a mini-batch, 1 when left out. */
  readonly tiles?: number;
  /** `ADAM` when left out. */
  readonly adam?: Adam;
}

/**
 * @param loss `[runs]`
 * @param parameters what is trained, but for the fixed ones; these and others that the loss depends on stay as they are
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
