// The part of the kernel test that grows with the square of the rows, on the native engine: sums over the elements of
// residual kernels. Those are sums of squares, without cancellation, so single precision is enough.

import { compile } from '../../compile/index.js';
import { add, data, matmul, mul, slice, square, sub, sum, type Node } from '../../graph/index.js';
import { Program } from '../../runtime/program.js';
import type { KernelFactor } from './kernel-factor.js';
import { RecentlyUsed } from './recently-used.js';

/** Rows of n × n matrices that exist at once. */
const BLOCK = 512;
/** Sizes are padded with zeros to a multiple of this, so that few programs serve many tests. */
const STEP = 32;

export interface ResidualMoments {
  /** tr(A B), A and B the residual kernels. */
  readonly statistic: number;
  /** Σ_i A_ii B_ii. */
  readonly mean: number;
  /** 2 Σ_ij (A_ij B_ij)². */
  readonly variance: number;
}

const programs = new RecentlyUsed<Program>(8, (program) => void program.dispose());

/**
 * Sums over the residual kernels A = (I − Q Qᵀ) X Xᵀ (I − Q Qᵀ) and B, the same of Y.
 * @param x factor with as many rows as `y` and `basis`; `basis` is Q
 */
export function residualMoments(x: KernelFactor, y: KernelFactor, basis: KernelFactor): ResidualMoments {
  const [rows, ...ranks] = [x.rows, x.rank, y.rank, basis.rank].map((size) => Math.ceil(size / STEP) * STEP);
  const program = programs.get([rows, ...ranks].join(), () => momentsProgram(rows, ranks));
  for (const [name, factor, rank] of [
    ['x', x, ranks[0]],
    ['y', y, ranks[1]],
    ['basis', basis, ranks[2]],
  ] as const) {
    const padded = new Float32Array(rank * rows);
    for (let j = 0; j < factor.rank; j++) {
      padded.set(factor.columns.subarray(j * factor.rows, (j + 1) * factor.rows), j * rows);
    }
    program.set('data', name, padded);
  }
  const [statistic, mean, halfVariance] = program.runSync('moments').results;
  return { statistic, mean, variance: 2 * halfVariance };
}

/** Factors lie transposed, [rank, rows], as {@link KernelFactor} holds them. */
function momentsProgram(rows: number, [rankX, rankY, rankBasis]: readonly number[]): Program {
  const basis = data('basis', [rankBasis, rows]);
  const residual = (factor: Node): Node => sub(factor, matmul(matmul(factor, basis, { transB: true }), basis));
  const a = residual(data('x', [rankX, rows]));
  const b = residual(data('y', [rankY, rows]));
  const all = (node: Node): Node => sum(node, [0, 1]);
  const statistic = all(square(matmul(a, b, { transB: true })));
  const mean = sum(mul(sum(square(a), [0]), sum(square(b), [0])), [0]);
  const part = (node: Node, start: number, end: number): Node => slice(node, 1, start, end);
  const products = ([from, to]: readonly number[], [start, end]: readonly number[]): Node => {
    const [one, other] = [a, b].map((node) => matmul(part(node, from, to), part(node, start, end), { transA: true }));
    return all(square(mul(one, other)));
  };
  let halfVariance: Node | undefined;
  for (let start = 0; start < rows; start += BLOCK) {
    const end = Math.min(rows, start + BLOCK);
    const diagonal = products([start, end], [start, end]);
    const here = end === rows ? diagonal : add(diagonal, mul(2, products([start, end], [end, rows])));
    halfVariance = halfVariance === undefined ? here : add(halfVariance, here);
  }
  const outputs = { statistic, mean, halfVariance: halfVariance! };
  // One thread: discovery runs in parallel over resamples.
  return Program.load(compile({ runs: 1, entries: { moments: { outputs } } }), { threads: 1 });
}
