// Finds the cause of a failure in a step. To find the kernel whose result is not finite, it executes the step again,
// kernel by kernel, up to the guard. This is possible because every kernel before the guard is a pure function of the
// slabs, and a lost run keeps its parameters. It also finds an invalid row in the index of a gather.

import { decodeProgram, type DecodedKernel, type DecodedOperand, type DecodedPlan } from '../compile/decode.js';
import { KERNELS, matmulKernel } from '../compile/kernels.js';
import { gatherKernel } from '../graph/gather.js';
import { leading, recordOf } from '../graph/kernel-record.js';
import { sizeOf } from '../graph/shapes.js';
import type { PreparedEntry, PreparedKernel } from './entry.js';
import { BLOCK_SLAB } from './slabs.js';

/** Reads a range of a slab, as bytes. */
export type ReadSlab = (slab: number, offset: number, count: number) => Promise<ArrayBuffer>;

export interface Replay {
  readonly execute: (kernel: PreparedKernel) => void;
  readonly read: ReadSlab;
}

/** @returns the label of the kernel, or that of the guard if an input of the step was not finite */
export async function blame(plan: DecodedPlan, entry: PreparedEntry, run: number, replay: Replay): Promise<string> {
  const guard = entry.kernels.find(({ kernel }) => kernel.name === 'guard')!;
  for (const prepared of entry.kernels.slice(0, entry.kernels.indexOf(guard))) {
    replay.execute(prepared);
    if (!(await isFinite(plan, entry, prepared, run, replay))) return prepared.kernel.label;
  }
  return guard.kernel.label;
}

/** Returns the error of a step in which the index of a gather has an invalid row. */
export async function wrongRow({ kernels }: PreparedEntry, step: number, read: ReadSlab): Promise<Error> {
  let where = `[run] a row outside its data set at step ${step}`;
  for (const { kernel } of kernels.filter((prepared) => prepared.kernel.name === 'gather').reverse()) {
    const { batch, batches, rows, runs, tiles } = recordOf(gatherKernel, kernel);
    const { slab, offset, extent } = kernel.operands[2];
    const index = new Int32Array(await read(slab, offset, extent));
    const first = (step % (batches / tiles)) * tiles;
    for (let run = runs - 1; run >= 0; run--) {
      const requested = index.slice((run * batches + first) * batch, (run * batches + first + tiles) * batch);
      const wrong = requested.findIndex((row) => row < 0 || row >= rows);
      if (wrong < 0) continue;
      where =
        `[run] "${kernel.label}" at step ${step}: row ${requested[wrong]} was requested at column ` +
        `${wrong % batch} of batch ` +
        `${first + Math.floor(wrong / batch)}, run ${run}; the data set has ${rows} rows`;
    }
  }
  return Object.assign(new Error(where), { code: 'index-out-of-range' });
}

async function isFinite(
  plan: DecodedPlan,
  { tiles }: PreparedEntry,
  { kernel, isOfBlock }: PreparedKernel,
  run: number,
  replay: Replay,
): Promise<boolean> {
  for (const { operand, dims, strides } of written(kernel)) {
    const { slab, offset, extent, runStride, tileStride } = operand;
    const starts = Array.from({ length: isOfBlock ? tiles : 1 }, (_, tile) => {
      if (!isOfBlock) return offset;
      const block = run * tiles + tile;
      return offset + (slab === BLOCK_SLAB ? block * plan.slabs[slab] : run * runStride + tile * tileStride);
    });
    for (const start of starts) {
      const values = new Float32Array(await replay.read(slab, start, extent));
      // A kernel after the blocks writes for all runs.
      const belongs = (at: number): boolean => isOfBlock || runStride === 0 || Math.floor(at / runStride) === run;
      for (let i = 0; i < sizeOf(dims); i++) {
        const at = placeOf(i, dims, strides);
        if (belongs(at) && !Number.isFinite(values[at])) return false;
      }
    }
  }
  return true;
}

function placeOf(element: number, dims: readonly number[], strides: readonly number[]): number {
  let rest = element;
  let at = 0;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    at += (rest % dims[axis]) * strides[axis];
    rest = Math.floor(rest / dims[axis]);
  }
  return at;
}

interface Written {
  readonly operand: DecodedOperand;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** Returns the elements that a kernel writes. They need not be contiguous. */
function written(kernel: DecodedKernel): Written[] {
  const { name, operands } = kernel;
  if (name === 'map' || name === 'reduce') {
    const { dims, strides, outputs, reduced } = decodeProgram(kernel);
    const shape = name === 'map' ? dims : dims.map((dim, axis) => (reduced[axis] === 1 ? 1 : dim));
    return Array.from({ length: outputs }, (_, i) => ({ operand: operands[i], dims: shape, strides: strides[i] }));
  }
  if (name === 'matmul') {
    const { m, n, ldc, hasSums, dims, cStrides, sumsStrides } = recordOf(matmulKernel, kernel);
    const product = { operand: operands[0], dims: [...dims, m, n], strides: [...cStrides, ldc, 1] };
    const last = { operand: operands.at(-1)!, dims: [...dims, m], strides: [...sumsStrides, 1] };
    return hasSums ? [product, last] : [product];
  }
  const row = KERNELS.get(name)!;
  if ('outStrides' in row.ints) {
    // The result is contiguous at every position of the leading dimensions.
    const { dims, outStrides: strides } = recordOf({ ints: leading, floats: {} }, kernel);
    const reach = dims.reduce((sum, dim, axis) => sum + (dim - 1) * strides[axis], 0);
    return [{ operand: operands[0], dims: [...dims, operands[0].extent - reach], strides: [...strides, 1] }];
  }
  const contiguous = operands.filter((operand) => operand.written);
  return contiguous.map((operand) => ({ operand, dims: [operand.extent], strides: [1] }));
}
