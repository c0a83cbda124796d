// What a step of a plan is on a GPU: its launches, and the longest chain of launches that wait for each other
// (docs/gpu.md). Told from the operands alone, as cuda/dependencies.cc orders the launches.

import type { DecodedEntry, DecodedOperand } from './decode.js';
import { SLAB } from './value.js';

/** These change what others read beside their operands, so that everything else is before or after them. */
const BARRIERS = new Set(['guard', 'adam']);

export interface StepLaunches {
  readonly launches: number;
  /** Launches of the longest chain; what copies a step's outputs is not counted. */
  readonly depth: number;
}

/** What an operand covers: in one tile, all runs together, and how far the tiles are apart. */
interface Cover {
  readonly slab: number;
  readonly written: boolean;
  readonly begin: number;
  readonly end: number;
  readonly count: number;
  /** 0 where there is one place for all tiles. */
  readonly tileStride: number;
}

/** The block slab has copies of its own for every block, alike in all. */
function coverOf(operand: DecodedOperand, runs: number, tiles: number): Cover {
  const { slab, written, offset: begin, extent, runStride, tileStride } = operand;
  const isOwn = slab === SLAB.block;
  const count = extent + (isOwn ? 0 : (runs - 1) * runStride);
  const moves = !isOwn && tileStride > 0 && tiles > 1;
  const end = begin + count + (moves ? (tiles - 1) * tileStride : 0);
  return { slab, written, begin, end, count, tileStride: moves ? tileStride : 0 };
}

function overlaps(a: Cover, b: Cover): boolean {
  if (a.end <= b.begin || b.end <= a.begin) return false;
  const stride = a.tileStride;
  if (stride === 0 || stride !== b.tileStride || a.count > stride || b.count > stride) return true;
  // Tiles interleave: they meet in all tiles or in none.
  const apart = (((b.begin - a.begin) % stride) + stride) % stride;
  return apart < a.count || stride - apart < b.count;
}

const conflicts = (first: readonly Cover[], second: readonly Cover[]): boolean =>
  first.some((a) => second.some((b) => a.slab === b.slab && (a.written || b.written) && overlaps(a, b)));

/** @param runs of the plan */
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
