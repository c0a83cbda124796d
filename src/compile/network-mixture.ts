// Fuses the log density of a mixture, and its gradient, with the network that computes θ. Neither θ nor the slopes by
// it are then stored.

import { extentOf } from '../graph/access.js';
import { mixtureNumbers } from '../graph/mixture.js';
import { call, recordOf } from '../graph/kernel-record.js';
import { decodeProgram } from './decode.js';
import type { Kernel, Operand } from './kernel.js';
import { mapKernel, reduceKernel } from './kernels.js';
import { samePlace, type Matrices } from './products.js';
import type { Buffer } from './value.js';

export interface Mixture {
  readonly components: number;
  /** Limits of the log scales. */
  readonly limits: readonly number[];
  readonly z: Matrices;
  /** Kernel of the value; undefined if only the gradient is requested. */
  readonly value: Kernel | undefined;
  readonly gradient: MixtureGradient | undefined;
}

export interface MixtureGradient {
  readonly kernel: Kernel;
  readonly upstream: Matrices;
  /** The slope by z, in a separate buffer; undefined if no kernel reads it. */
  readonly byZ: Matrices | undefined;
  /** Kernels that read it, with their replacements. */
  readonly readers: ReadonlyMap<Kernel, Kernel>;
}

export interface Theta {
  readonly matrices: Matrices;
  readonly groups: number;
  readonly rows: number;
  readonly batch: number;
  /** Slopes by θ, which the network's gradient reads. */
  readonly slopes: Matrices | undefined;
}

/**
 * Returns the mixture behind a network, or undefined if other kernels read θ or its slopes.
 * @param users of θ, except the kernel that computes it
 * @param touching returns the kernels that touch a buffer, except the network's gradient
 */
export function mixtureBehind(
  theta: Theta,
  users: readonly Kernel[],
  touching: (buffer: Buffer) => readonly Kernel[],
): Mixture | undefined {
  const { matrices, groups, rows, batch, slopes } = theta;
  const value = users.find(({ name }) => name === 'mixtureLogDensity');
  const gradient = users.find(({ name }) => name === 'mixtureLogDensityGrad');
  const known = [value, gradient].filter((kernel) => kernel !== undefined);
  const isWhole = matrices.leading === batch && (groups === 1 || matrices.group === rows * batch);
  const fits = (kernel: Kernel): boolean => {
    const record = recordOf(mixtureNumbers, kernel);
    const isSame = record.groups === groups && 3 * record.components === rows && record.batch === batch;
    return isSame && samePlace(kernel.operands[2], matrices.operand);
  };
  const isAll = known.length === users.length && (gradient === undefined) === (slopes === undefined);
  if (known.length === 0 || !isAll || !isWhole || matrices.operand.buffer.offset !== undefined) return undefined;
  const [first] = known;
  if (!known.every((kernel) => fits(kernel) && samePlace(kernel.operands[1], first.operands[1]))) return undefined;
  const backward = gradient && slopes && gradientOf(gradient, theta, slopes, touching);
  if (gradient && !backward) return undefined;
  return {
    components: rows / 3,
    limits: first.floats,
    z: rowOf(first.operands[1], batch),
    value,
    gradient: backward,
  };
}

/** Returns matrices of one row per group. */
const rowOf = (operand: Operand, batch: number): Matrices => ({ operand, leading: batch, group: batch });

function gradientOf(
  kernel: Kernel,
  { groups, rows, batch }: Theta,
  slopes: Matrices,
  touching: (buffer: Buffer) => readonly Kernel[],
): MixtureGradient | undefined {
  const [out, , , upstream] = kernel.operands;
  const pitch = (1 + rows) * batch;
  const isBehind = slopes.operand.buffer === out.buffer && slopes.operand.offset === out.offset + batch;
  const fits = isBehind && slopes.leading === batch && (groups === 1 || slopes.group === pitch);
  if (!fits || out.buffer.offset !== undefined || out.offset !== 0) return undefined;
  const buffer = { ...out.buffer, size: groups * batch };
  const otherKernels = touching(out.buffer).filter((other) => other !== kernel);
  const readers = new Map<Kernel, Kernel>();
  for (const other of otherKernels) {
    const moved = readingRows(other, { from: out.buffer, pitch, to: buffer, batch });
    if (moved === undefined) return undefined;
    readers.set(other, moved);
  }
  const operand = { ...out, buffer, extent: groups * batch, runStride: (out.runStride / pitch) * batch };
  return {
    kernel,
    upstream: rowOf(upstream, batch),
    byZ: otherKernels.length > 0 ? rowOf(operand, batch) : undefined,
    readers,
  };
}

interface Rows {
  readonly from: Buffer;
  /** Elements from one first row to the next. */
  readonly pitch: number;
  readonly to: Buffer;
  readonly batch: number;
}

/**
 * Rewrites a map or reduction that reads first rows only, so that it reads them where they are adjacent. Returns
 * undefined for other kernels.
 */
function readingRows(kernel: Kernel, { from, pitch, to, batch }: Rows): Kernel | undefined {
  const { name } = kernel;
  if (name !== 'map' && name !== 'reduce') return undefined;
  const { dims, strides: allStrides } = decodeProgram(kernel);
  const patched = [...allStrides];
  const moved: (Operand | undefined)[] = kernel.operands.map((operand, i) => {
    if (operand.buffer !== from) return operand;
    const inRow = allStrides[i].map((stride) => (stride % pitch === 0 ? 0 : stride));
    if (operand.offset + extentOf(dims, { offset: 0, strides: inRow }) > batch) return undefined;
    const next = allStrides[i].map((stride) => (stride % pitch === 0 ? (stride / pitch) * batch : stride));
    patched[i] = next;
    const extent = extentOf(dims, { offset: 0, strides: next });
    return { ...operand, buffer: to, extent, runStride: (operand.runStride / pitch) * batch };
  });
  if (!moved.every((operand) => operand !== undefined)) return undefined;
  const shareable = kernel.shareable.filter((pair) => pair.every((operand) => operand.buffer !== from));
  const strides = patched.flat();
  const numbers =
    name === 'map'
      ? call(mapKernel, { ...recordOf(mapKernel, kernel), strides })
      : call(reduceKernel, { ...recordOf(reduceKernel, kernel), strides });
  return { ...kernel, ...numbers, operands: moved, shareable };
}
