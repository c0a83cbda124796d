import { sizeOf } from '../../graph/shapes.js';
import { offset, partDeclaration, positions, THREADS, type Dispatch, type Shader } from '../shader.js';
import { elementwise } from './elementwise.js';

/** Number of terms from which on the threads of a workgroup share a result. */
const SHARED_FROM = 32;
/**
 * Number of terms that a thread combines before it adds them to its total. This reduces the rounding error of long
 * sums.
 */
const TERMS_PER_CHUNK = 32;

/** reduce: a thread combines the terms of one result. If a result has many terms, a workgroup does. */
export function reduce(shader: Shader): Dispatch[] {
  const { dims, registers, compute, results, strides, takesMaximum, reduced } = elementwise(shader);
  const isRetained = (axis: number): boolean => reduced[axis] === 0;
  const sizeWhere = (which: (axis: number) => boolean): number => sizeOf(dims.filter((_, axis) => which(axis)));
  const [resultCount, terms] = [sizeWhere(isRetained), sizeWhere((axis) => !isRetained(axis))];
  const combine = (a: string, b: string): string => (takesMaximum ? `larger(${a}, ${b})` : `${a} + ${b}`);
  const first = takesMaximum ? '-infinity()' : '0.0';
  const term = [positions('j', dims, (axis) => !isRetained(axis)), compute].join('\n');
  const value = `r${results[0]}`;
  const target = offset(strides[0], dims, isRetained);
  const loop = (from: string, stride: number): string => `${registers}
    var total = ${first};
    for (var start = ${from}; start < ${terms}u; start += ${stride * TERMS_PER_CHUNK}u) {
      var some = ${first};
      for (var i = 0u; i < ${shader.times(Math.min(TERMS_PER_CHUNK, Math.ceil(terms / stride)))}; i++) {
        let j = start + i * ${stride}u;
        if (j >= ${terms}u) { break; }
        ${term}
        some = ${combine('some', value)};
      }
      total = ${combine('total', 'some')};
    }`;
  const { isSoftware } = shader.target;
  if (terms < SHARED_FROM || isSoftware || (isRetained(dims.length - 1) && resultCount >= THREADS)) {
    const body = [positions('e', dims, isRetained), loop('0u', 1), shader.write(0, target, 'total')].join('\n');
    return [shader.elements(resultCount, body)];
  }
  const threads = terms >= 16 * THREADS ? 4 * THREADS : THREADS;
  const body = [
    positions('o', dims, isRetained),
    loop('thread', threads),
    shader.fold('total', combine, threads),
    `if (thread == 0u) { ${shader.write(0, target, 'part[0]')} }`,
  ].join('\n');
  return [shader.groups(resultCount, body, { threads, declarations: partDeclaration(threads) })];
}
