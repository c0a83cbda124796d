import { cumulativeSumKernel } from '../../graph/cumulative-sum.js';
import type { Dispatch, Shader } from '../shader.js';

/** cumulativeSum: a thread adds the terms of one column of one group. Neighbouring threads are neighbours in the batch. */
export function cumulativeSum(shader: Shader): Dispatch[] {
  const { groups, terms, columns, reverse } = shader.record(cumulativeSumKernel);
  const body = `let first = e / ${columns}u * ${terms * columns}u + e % ${columns}u;
    var sum = 0.0;
    for (var i = 0u; i < ${shader.times(terms)}; i++) {
      let at = first + ${reverse ? `(${terms - 1}u - i)` : 'i'} * ${columns}u;
      sum += ${shader.read(1, 'at')};
      ${shader.write(0, 'at', 'sum')}
    }`;
  return [shader.elements(groups * columns, body)];
}
