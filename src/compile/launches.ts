// Counts the GPU launches of a step, and the longest chain of launches that wait for each other
// (docs/explanation/cuda-backend.md). Both follow from the operands alone, by the rules with which
// cuda/dependencies.cc orders launches.

import type { DecodedEntry, DecodedOperand } from './decode.js';
import { SLAB } from './value.js';

/**
 * These kernels affect other kernels in ways that operands do not show. All other kernels are ordered before or after
 * them.
 */
const BARRIERS = new Set(['guard', 'adam']);

export interface StepLaunches {
  readonly launches: number;
  /** Number of launches in the longest chain. The copy of a step's outputs is not counted. */
  readonly depth: number;
}

/** The elements that an operand covers: all runs together in one tile, and the distance of tiles. */
interface Cover {
  readonly slab: number;
  readonly written: boolean;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  /** 0 if all tiles share one place. */
  readonly tileStride: number;
}

/** The block slab has one copy per block, with the same layout in all, so its strides do not count. */
function coverOf(operand: DecodedOperand, runs: number, tiles: number): Cover {
  const { slab, written, offset: begin, extent, runStride, tileStride } = operand;
  const isBlockSlab = slab === SLAB.block;
  const count = extent + (isBlockSlab ? 0 : (runs - 1) * runStride);
  const moves = !isBlockSlab && tileStride > 0 && tiles > 1;
  const end = begin + count + (moves ? (tiles - 1) * tileStride : 0);
  return { slab, written, begin, end, count, tileStride: moves ? tileStride : 0 };
}

function overlaps(a: Cover, b: Cover): boolean {
  if (a.end <= b.begin || b.end <= a.begin) return false;
  const stride = a.tileStride;
  if (stride === 0 || stride !== b.tileStride || a.count > stride || b.count > stride) return true;
  // The ranges of both operands repeat with the same stride, so they overlap in all tiles or in none.
  const distance = (((b.begin - a.begin) % stride) + stride) % stride;
  return distance < a.count || stride - distance < b.count;
}

const conflicts = (first: readonly Cover[], second: readonly Cover[]): boolean =>
  first.some((a) => second.some((b) => a.slab === b.slab && (a.written || b.written) && overlaps(a, b)));

/**
 * Returns the launches of one step of an entry.
 * @param runs of the plan
 */
export function launchesOf({ kernels, tiles, blockKernels }: DecodedEntry, runs: number): StepLaunches {
  const covers = kernels.map(({ operands }, i) =>
    operands.map((operand) => (i < blockKernels ? coverOf(operand, runs, tiles) : coverOf(operand, 1, 1))),
  );
  const depths: number[] = [];
  kernels.forEach(({ name }, i) => {
    let depth = 0;
    for (let before = 0; before < i; before++) {
      if (depths[before] <= depth) continue;
      const isBarrier = BARRIERS.has(name) || BARRIERS.has(kernels[before].name);
      if (isBarrier || conflicts(covers[before], covers[i])) depth = depths[before];
    }
    depths.push(depth + 1);
  });
  return { launches: kernels.length, depth: Math.max(0, ...depths) };
}
