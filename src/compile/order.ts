// Computes which kernels need the results of which other kernels. Kernels that run in parallel keep only this order.

import type { Kernel } from './kernel.js';
import type { Value } from './value.js';

/** Returns, for each kernel, the kernels whose results it reads. */
export function predecessors(kernels: readonly Kernel[]): number[][] {
  const writer = new Map<Value, number>();
  kernels.forEach((kernel, i) => {
    for (const value of kernel.writes) writer.set(value, i);
  });
  return kernels.map((kernel) => {
    const positions = new Set<number>();
    const visit = (value: Value): void => {
      const at = writer.get(value);
      if (at !== undefined) positions.add(at);
      else if (value.kind === 'concat') for (const piece of value.readings) if ('value' in piece) visit(piece.value);
    };
    kernel.reads.forEach(visit);
    return [...positions];
  });
}

/**
 * Returns kernels in an order in which each comes as early as its inputs permit. Launches that run in parallel wait for
 * earlier ones whose memory may overlap with theirs, also where interleaved tensors only seem to.
 * @param kernels each after those that it needs
 */
export function earliestFirst(kernels: readonly Kernel[]): Kernel[] {
  const depths: number[] = [];
  for (const needed of predecessors(kernels)) depths.push(1 + Math.max(0, ...needed.map((other) => depths[other])));
  return kernels
    .map((kernel, i) => ({ kernel, depth: depths[i] }))
    .sort((a, b) => a.depth - b.depth)
    .map(({ kernel }) => kernel);
}

export interface Order {
  /** True if the kernel at `first` ends before the one at `second` starts. */
  isBefore(first: number, second: number): boolean;
}

/**
 * Returns the order of kernels.
 * @param kernels each after those that it needs
 */
export function orderOf(kernels: readonly Kernel[]): Order {
  const words = Math.ceil(kernels.length / 32);
  const before: Uint32Array[] = [];
  predecessors(kernels).forEach((direct) => {
    const all = new Uint32Array(words);
    for (const other of direct) {
      before[other].forEach((word, i) => (all[i] |= word));
      all[other >>> 5] |= 1 << (other & 31);
    }
    before.push(all);
  });
  return { isBefore: (first, second) => ((before[second][first >>> 5] >>> (first & 31)) & 1) === 1 };
}
