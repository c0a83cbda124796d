// Rules that say whether an operation keeps runs apart. Runs are the first axis of tensors that have them.

import { numberAttribute } from './node.js';
import type { Operation } from './operation.js';

type Rule = Operation['keepsRunsApart'];

/** True if every input has runs. */
export const everyInput: Rule = ({ inputs }, hasRuns) => inputs.every(hasRuns);

/** True if every input has runs and the attribute `axis` is another axis. */
export const alongAxis: Rule = (node, hasRuns) => numberAttribute(node, 'axis') !== 0 && node.inputs.every(hasRuns);

/**
 * True if inputs with runs have all axes of the result, so that a run meets the same run, and the other inputs are
 * broadcast along the runs.
 */
export function broadcast(minRank: number): Rule {
  return ({ inputs, shape }, hasRuns) =>
    inputs.every((input) => {
      const rank = input.shape.length;
      if (hasRuns(input)) return rank === shape.length && rank >= minRank;
      return rank < shape.length || input.shape[0] === 1;
    });
}

/**
 * True if every input has runs, and the first input has further axes in front of the `axes` last ones, along which the
 * operation works.
 */
export function before(axes: number): Rule {
  return ({ inputs }, hasRuns) => inputs.every(hasRuns) && inputs[0].shape.length > axes;
}
