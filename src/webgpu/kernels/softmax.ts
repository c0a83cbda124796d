import { softmaxKernel } from '../../graph/softmax.js';
import type { Dispatch, Shader } from '../shader.js';

/** softmax: a thread computes one column of one group. Neighbouring threads are neighbours in the batch. */
export function softmax(shader: Shader): Dispatch[] {
  const { groups, categories, columns } = shader.record(softmaxKernel);
  const each = (body: string): string =>
    `for (var k = 0u; k < ${shader.times(categories)}; k++) { let at = first + k * ${columns}u; ${body} }`;
  const power = `exponential(${shader.read(1, 'at')} - largest)`;
  const body = `let first = e / ${columns}u * ${categories * columns}u + e % ${columns}u;
    var largest = -infinity();
    ${each(`largest = larger(largest, ${shader.read(1, 'at')});`)}
    // Infinity minus infinity is NaN. This selection prevents a compiler from simplifying the difference to 0.
    largest = select(not_a_number(), largest, is_finite(largest));
    var sum = 0.0;
    ${each(`sum += ${power};`)}
    let share = 1.0 / sum;
    ${each(shader.write(0, 'at', `${power} * share`))}`;
  return [shader.elements(groups * columns, body)];
}
