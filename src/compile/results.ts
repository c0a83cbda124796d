// Where blocks leave what is needed after them: recorded and guarded tensors in one stretch of the activations slab,
// gradients in theirs. With several tiles each tile has a copy of its own, and their mean goes to the first place.

import type { Kernel } from './kernel.js';
import { aligned } from './memory-plan.js';
import { wholeBuffer } from './place.js';
import type { SlabLayout } from './slab-layout.js';
import { averageKernel } from './update.js';
import { SLAB, type Buffer, type Placement, type Value } from './value.js';

export interface Results {
  /** Gives the value a place for all runs, unless it has one. */
  keep(value: Value): void;
  /** The place of a parameter's gradient, which begins at `offset` of the gradients slab. */
  gradientPlace(offset: number, perRun: number): Placement;
  /** Where a kept tensor or gradient is found after the blocks, for the first run. */
  found(buffer: Buffer): { readonly slab: number; readonly offset: number };
  /** The means over tiles. */
  averages(): Kernel[];
  /** Elements of the activations slab. */
  readonly size: number;
}

/** @param kept values that will be kept, for the size of their stretch */
export function resultsOf(
  kept: readonly Value[],
  layout: SlabLayout,
  { runs, tiles, trains }: { runs: number; tiles: number; trains: boolean },
): Results {
  const offsets = new Map<Value, number>();
  let extent = 0;
  for (const value of kept) {
    if (value.kind === 'leaf' || value.placement !== undefined || offsets.has(value)) continue;
    offsets.set(value, extent);
    extent += aligned(runs * value.size);
  }
  const tiled = tiles > 1;
  const firstTile = extent;
  const gradients = trains ? layout.parameterSize : 0;
  const firstGradients = firstTile + tiles * extent;
  const found = new Map<Buffer, { slab: number; offset: number }>();
  const gradientStretches: { offset: number; extent: number }[] = [];

  /** @param first where the first tile's copies begin @param tileStride from one tile's copies to the next */
  function place(slab: number, offset: number, first: number, tileStride: number, perRun: number): Placement {
    const buffer: Buffer = {
      slab: tiled ? SLAB.activations : slab,
      size: perRun,
      offset: tiled ? first + offset : offset,
      runStride: runs > 1 ? perRun : 0,
      tileStride: tiled ? tileStride : 0,
    };
    found.set(buffer, { slab, offset });
    return wholeBuffer(buffer);
  }

  return {
    keep(value) {
      const offset = offsets.get(value);
      if (offset !== undefined) value.placement ??= place(SLAB.activations, offset, firstTile, extent, value.size);
    },
    gradientPlace(offset, perRun) {
      gradientStretches.push({ offset, extent: aligned(runs * perRun) });
      return place(SLAB.gradients, offset, firstGradients, gradients, perRun);
    },
    found: (buffer) => found.get(buffer) ?? { slab: buffer.slab, offset: buffer.offset! },
    averages() {
      if (!tiled) return [];
      const kept = extent > 0 ? [averageKernel(SLAB.activations, { offset: 0, extent }, firstTile, tiles, extent)] : [];
      // Gradients that lie side by side together; those of other entries are left alone.
      const ofGradients = joined(gradientStretches).map((stretch) =>
        averageKernel(SLAB.gradients, stretch, firstGradients + stretch.offset, tiles, gradients),
      );
      return [...kept, ...ofGradients];
    },
    size: extent + (tiled ? tiles * (extent + gradients) : 0),
  };
}

/** Stretches that touch, as one. */
function joined(stretches: readonly { offset: number; extent: number }[]): { offset: number; extent: number }[] {
  const result: { offset: number; extent: number }[] = [];
  for (const { offset, extent } of [...stretches].sort((a, b) => a.offset - b.offset)) {
    const last = result.at(-1);
    if (last !== undefined && last.offset + last.extent === offset) last.extent += extent;
    else result.push({ offset, extent });
  }
  return result;
}
