import { averageKernel } from '../../compile/kernels.js';
import { literal } from '../arithmetic.js';
import type { Dispatch, Shader } from '../shader.js';

/** average: a thread sums one element over all tiles, in order. */
export function average(shader: Shader): Dispatch[] {
  const { count, stride, elements } = shader.record(averageKernel);
  const body = `var sum = ${shader.read(1, 'e')};
    for (var t = 1u; t < ${shader.times(count)}; t++) { sum += ${shader.read(1, `t * ${stride}u + e`)}; }
    ${shader.write(0, 'e', `sum * ${literal(1 / count)}`)}`;
  return [shader.elements(elements, body)];
}
