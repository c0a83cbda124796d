import { literal } from '../arithmetic.js';
import type { Dispatch, Shader } from '../shader.js';

/** average: a thread sums one element over all tiles, in order. */
export function average(shader: Shader): Dispatch[] {
  const [tiles, stride, elements] = shader.kernel.ints;
  const body = `var sum = ${shader.read(1, 'e')};
    for (var t = 1u; t < ${shader.times(tiles)}; t++) { sum += ${shader.read(1, `t * ${stride}u + e`)}; }
    ${shader.write(0, 'e', `sum * ${literal(1 / tiles)}`)}`;
  return [shader.elements(elements, body)];
}
