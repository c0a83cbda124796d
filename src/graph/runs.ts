// Rules by which operations keep runs apart, the first axis of tensors that have them.

import { numberAttribute } from './node.js';
import type { Operation } from './operation.js';

type Rule = Operation['keepsRunsApart'];

/** Every input has runs. */
export const everyInput: Rule = ({ inputs }, hasRuns) => inputs.every(hasRuns);

/** Every input has runs, and the attribute `axis` is another axis. */
export const alongAxis: Rule = (node, hasRuns) => numberAttribute(node, 'axis') !== 0 && node.inputs.every(hasRuns);

/** Inputs with runs have all axes of the result, so that runs meet runs; the others are broadcast along the runs. */
export function broadcast(minRank: number): Rule {
  return ({ inputs, shape }, hasRuns) =>
    inputs.every((input) => {
      const rank = input.shape.length;
      if (hasRuns(input)) return rank === shape.length && rank >= minRank;
      return rank < shape.length || input.shape[0] === 1;
    });
}

/** Every input has runs, and the first one has axes before the last ones, which the operation works along. */
export function before(axes: number): Rule {
  return ({ inputs }, hasRuns) => inputs.every(hasRuns) && inputs[0].shape.length > axes;
}
