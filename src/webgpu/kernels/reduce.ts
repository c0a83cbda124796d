import { sizeOf } from '../../graph/shapes.js';
import { offset, partDeclaration, positions, THREADS, type Dispatch, type Shader } from '../shader.js';
import { elementwise } from './elementwise.js';

/** Terms from which on a workgroup shares a result. */
const SHARED_FROM = 32;
/** Terms that a thread adds up before it adds them to the rest: the sum of many loses less so. */
const RUN_OF_TERMS = 32;

/** A thread, or where a result has many terms a workgroup, folds the terms of one result. */
export function reduce(shader: Shader): Dispatch[] {
  const { dims, registers, compute, results, strides, rest } = elementwise(shader);
  const [kind, ...reduced] = rest;
  const isMax = kind === 1;
  const isKept = (axis: number): boolean => reduced[axis] === 0;
  const sizeWhere = (which: (axis: number) => boolean): number => sizeOf(dims.filter((_, axis) => which(axis)));
  const [kept, terms] = [sizeWhere(isKept), sizeWhere((axis) => !isKept(axis))];
  const combine = (a: string, b: string): string => (isMax ? `larger(${a}, ${b})` : `${a} + ${b}`);
  const first = isMax ? '-infinity()' : '0.0';
  const term = [positions('j', dims, (axis) => !isKept(axis)), compute].join('\n');
  const value = `r${results[0]}`;
  const target = offset(strides[0], dims, isKept);
  const loop = (from: string, stride: number): string => `${registers}
    var total = ${first};
    for (var start = ${from}; start < ${terms}u; start += ${stride * RUN_OF_TERMS}u) {
      var some = ${first};
      for (var i = 0u; i < ${shader.times(Math.min(RUN_OF_TERMS, Math.ceil(terms / stride)))}; i++) {
        let j = start + i * ${stride}u;
        if (j >= ${terms}u) { break; }
        ${term}
        some = ${combine('some', value)};
      }
      total = ${combine('total', 'some')};
    }`;
  const { isSoftware } = shader.target;
  if (terms < SHARED_FROM || isSoftware || (isKept(dims.length - 1) && kept >= THREADS)) {
    const body = [positions('e', dims, isKept), loop('0u', 1), shader.write(0, target, 'total')].join('\n');
    return [shader.elements(kept, body)];
  }
  const threads = terms >= 16 * THREADS ? 4 * THREADS : THREADS;
  const body = [
    positions('o', dims, isKept),
    loop('thread', threads),
    shader.fold('total', combine, threads),
    `if (thread == 0u) { ${shader.write(0, target, 'part[0]')} }`,
  ].join('\n');
  return [shader.groups(kept, body, { threads, declarations: partDeclaration(threads) })];
}
