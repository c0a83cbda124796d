// The large products of the kernel test, on the native engine. Single precision is enough. Its error in a kernel is far
// below the ridge, and the sums over the elements of residual kernels are sums of squares, without cancellation.

import { compile } from '../../../compile/index.js';
import { add, data, matmul, mul, slice, square, sub, sum, type Node } from '../../../graph/index.js';
import { Program } from '../../../runtime/program.js';
import { inverseCholesky } from './cholesky.js';
import type { KernelFactor } from './kernel-factor.js';
import { RecentlyUsed } from './recently-used.js';

/** Number of rows of an n × n matrix that are in memory at the same time. */
const BLOCK = 512;
/** Sizes are padded with zeros to a multiple of this, so that a few programs suffice for many tests. */
const STEP = 32;

export interface ResidualMoments {
  /** tr(A B) of the residual kernels A and B. */
  readonly statistic: number;
  /** Σ_i A_ii B_ii. */
  readonly mean: number;
  /** 2 Σ_ij (A_ij B_ij)². */
  readonly variance: number;
}

const programs = new RecentlyUsed<Program>(8, (program) => void program.dispose());

/** Q with K (K + ridge · I)⁻¹ = Q Qᵀ. The residual of X after the regression on the kernel K is X − Q Qᵀ X. */
export interface RidgeBasis {
  readonly rank: number;
  /** Qᵀ, row-major, padded. */
  readonly rows: Float32Array;
}

/**
 * Returns Q = L C⁻ᵀ, where K = L Lᵀ and C Cᵀ = Lᵀ L + ridge · I.
 * @param factor L
 */
export function ridgeBasis(factor: KernelFactor, ridge: number): RidgeBasis {
  const [rows, rank] = [padded(factor.rows), padded(factor.rank)];
  const columns = data('factor', [rank, rows]);
  const lower = paddedColumns(factor);
  const gramProgram = programs.get(`gram ${rows} ${rank}`, () =>
    load('gram', { gram: matmul(columns, columns, { transB: true }) }),
  );
  gramProgram.set('data', 'factor', lower);
  const gram = Float64Array.from(gramProgram.runSync('gram').results);
  for (let i = 0; i < rank; i++) gram[i * rank + i] += ridge;
  const basisProgram = programs.get(`basis ${rows} ${rank}`, () =>
    load('basis', { basis: matmul(data('inverse', [rank, rank]), columns) }),
  );
  basisProgram.set('data', 'factor', lower);
  basisProgram.set('data', 'inverse', Float32Array.from(inverseCholesky(gram, rank)));
  return { rank, rows: basisProgram.runSync('basis').results };
}

/**
 * Returns sums over the residual kernel A = (I − Q Qᵀ) X Xᵀ (I − Q Qᵀ) and the residual kernel B of Y.
 * @param x factor X, with the same number of rows as `y` and `basis`
 * @param basis Q
 */
export function residualMoments(x: KernelFactor, y: KernelFactor, basis: RidgeBasis): ResidualMoments {
  const rows = padded(x.rows);
  const ranks = [padded(x.rank), padded(y.rank), basis.rank];
  const program = programs.get(`moments ${[rows, ...ranks].join(' ')}`, () => momentsProgram(rows, ranks));
  program.set('data', 'x', paddedColumns(x));
  program.set('data', 'y', paddedColumns(y));
  program.set('data', 'basis', basis.rows);
  const [statistic, mean, halfVariance] = program.runSync('moments').results;
  return { statistic, mean, variance: 2 * halfVariance };
}

function padded(size: number): number {
  return Math.ceil(size / STEP) * STEP;
}

/** Returns a padded factor, transposed to [rank, rows] as in {@link KernelFactor}. */
function paddedColumns({ rows, rank, columns }: KernelFactor): Float32Array {
  const width = padded(rows);
  const result = new Float32Array(padded(rank) * width);
  for (let j = 0; j < rank; j++) result.set(columns.subarray(j * rows, (j + 1) * rows), j * width);
  return result;
}

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
  return load('moments', { statistic, mean, halfVariance: halfVariance! });
}

/** Loads a program on one thread: discovery is already parallel over tests or half-samples. */
function load(entry: string, outputs: Readonly<Record<string, Node>>): Program {
  return Program.load(compile({ runs: 1, entries: { [entry]: { outputs } } }), { threads: 1 });
}
