// Places of the values that are needed after the blocks. Recorded and guarded tensors lie in one range of the
// activations slab, gradients in the gradients slab. With several tiles each tile has a copy, and the first place
// receives the mean of the copies.

import type { Kernel } from './kernel.js';
import { aligned } from './memory-plan.js';
import { wholeBuffer } from './place.js';
import type { SlabLayout } from './slab-layout.js';
import { averageKernel } from './update.js';
import { SLAB, type Buffer, type Placement, type Value } from './value.js';

export interface Results {
  /** Gives the value a place for all runs, unless it has one. */
  keep(value: Value): void;
  /** Returns the place of a parameter's gradient, which starts at `offset` of the gradients slab. */
  gradientPlace(offset: number, perRun: number): Placement;
  /** Returns where the first run of a recorded tensor or gradient lies after the blocks. */
  locationOf(buffer: Buffer): { readonly slab: number; readonly offset: number };
  /** Returns the kernels that compute means over tiles. */
  averages(): Kernel[];
  /** Elements of the activations slab. */
  readonly size: number;
}

/**
 * Plans the places of results.
 * @param recorded values to keep, for the size of their range
 */
export function resultsOf(
  recorded: readonly Value[],
  layout: SlabLayout,
  { runs, tiles, trains }: { runs: number; tiles: number; trains: boolean },
): Results {
  const offsets = new Map<Value, number>();
  let extent = 0;
  for (const value of recorded) {
    if (value.kind === 'leaf' || value.placement !== undefined || offsets.has(value)) continue;
    offsets.set(value, extent);
    extent += aligned(runs * value.size);
  }
  const tiled = tiles > 1;
  const firstTile = extent;
  const gradients = trains ? layout.parameterSize : 0;
  const firstGradients = firstTile + tiles * extent;
  const locations = new Map<Buffer, { slab: number; offset: number }>();
  const gradientRanges: { offset: number; extent: number }[] = [];

  /**
   * Creates a buffer for all runs.
   * @param first where the copies of the first tile start
   * @param tileStride from the copies of one tile to those of the next
   */
  function place(slab: number, offset: number, first: number, tileStride: number, perRun: number): Placement {
    const buffer: Buffer = {
      slab: tiled ? SLAB.activations : slab,
      size: perRun,
      offset: tiled ? first + offset : offset,
      runStride: runs > 1 ? perRun : 0,
      tileStride: tiled ? tileStride : 0,
    };
    locations.set(buffer, { slab, offset });
    return wholeBuffer(buffer);
  }

  return {
    keep(value) {
      const offset = offsets.get(value);
      if (offset !== undefined) value.placement ??= place(SLAB.activations, offset, firstTile, extent, value.size);
    },
    gradientPlace(offset, perRun) {
      gradientRanges.push({ offset, extent: aligned(runs * perRun) });
      return place(SLAB.gradients, offset, firstGradients, gradients, perRun);
    },
    locationOf: (buffer) => locations.get(buffer) ?? { slab: buffer.slab, offset: buffer.offset! },
    averages() {
      if (!tiled) return [];
      const ofRecorded =
        extent > 0 ? [averageKernel(SLAB.activations, { offset: 0, extent }, firstTile, tiles, extent)] : [];
      // Adjacent gradients are averaged together. Gradients of other entries remain untouched.
      const ofGradients = joined(gradientRanges).map((range) =>
        averageKernel(SLAB.gradients, range, firstGradients + range.offset, tiles, gradients),
      );
      return [...ofRecorded, ...ofGradients];
    },
    size: extent + (tiled ? tiles * (extent + gradients) : 0),
  };
}

/** Joins adjacent ranges. */
function joined(ranges: readonly { offset: number; extent: number }[]): { offset: number; extent: number }[] {
  const result: { offset: number; extent: number }[] = [];
  for (const { offset, extent } of [...ranges].sort((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    if (last !== undefined && last.offset + last.extent === offset) last.extent += extent;
    else result.push({ offset, extent });
  }
  return result;
}
