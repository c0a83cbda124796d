// Measures the peak rates of the processor on one thread with bench/peak.cc: oneDNN's matmul rate, copy bandwidth.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../src/runtime/package.js';

/** `batch` products C [m × n] = op(A) [m × k] · op(B) [k × n]. A transposed operand is stored transposed. */
export interface Product {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transA?: boolean;
  readonly transB?: boolean;
}

export function flopsOf({ batch, m, n, k }: Product): number {
  return 2 * batch * m * n * k;
}

/** Returns the seconds that oneDNN takes for all products. Each is measured for `seconds` on the same operands. */
export function secondsOfProducts(products: readonly Product[], seconds: number): number {
  const requests = products.map(({ batch, m, n, k, transA = false, transB = false }) =>
    ['matmul', batch, m, n, k, Number(transA), Number(transB), seconds].join(' '),
  );
  return ask(requests).reduce((sum, rate, i) => sum + flopsOf(products[i]) / (rate * 1e9), 0);
}

/** Returns oneDNN's best rate in FLOP/s on operands that fit the cache of a core: a bound for small networks. */
export function peakRate(seconds: number): number {
  const products = [64, 128].map((width): Product => ({ batch: 1, m: width, n: 256, k: width }));
  return Math.max(...products.map((product) => flopsOf(product) / secondsOfProducts([product], seconds)));
}

/** Returns the rate of copying an array larger than any cache, in GB/s of read and written bytes. */
export function copyBandwidth(seconds: number): number {
  return ask([`copy 256 ${seconds}`])[0];
}

function ask(requests: readonly string[]): number[] {
  const answer = execFileSync(join(packageRoot, 'build', 'bench', 'peak'), {
    input: requests.join('\n'),
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  return answer.trim().split('\n').map(Number);
}
