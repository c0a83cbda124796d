import { sizeOf } from '../../graph/shapes.js';
import { offset, positions, type Dispatch, type Shader } from '../shader.js';
import { elementwise } from './elementwise.js';

/** map: a thread executes the program for one element. */
export function map(shader: Shader): Dispatch[] {
  const { dims, registers, compute, results, strides } = elementwise(shader);
  const writes = results.map((register, output) => shader.write(output, offset(strides[output], dims), `r${register}`));
  return [shader.elements(sizeOf(dims), [positions('e', dims), registers, compute, ...writes].join('\n'))];
}
