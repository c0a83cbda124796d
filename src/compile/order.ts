// Which kernels need which others' results before them: the only order that kernels side by side keep.

import type { Kernel } from './kernel.js';
import type { Value } from './value.js';

/** For each kernel the kernels whose results it reads. */
export function predecessors(kernels: readonly Kernel[]): number[][] {
  const writer = new Map<Value, number>();
  kernels.forEach((kernel, i) => {
    for (const value of kernel.writes) writer.set(value, i);
  });
  return kernels.map((kernel) => {
    const found = new Set<number>();
    const visit = (value: Value): void => {
      const at = writer.get(value);
      if (at !== undefined) found.add(at);
      else if (value.kind === 'concat') for (const piece of value.readings) if ('value' in piece) visit(piece.value);
    };
    kernel.reads.forEach(visit);
    return [...found];
  });
}

export interface Order {
  /** True if the kernel at `first` is done before the one at `second` begins. */
  isBefore(first: number, second: number): boolean;
}

/** @param kernels each behind those that it needs */
export function orderOf(kernels: readonly Kernel[]): Order {
  const words = Math.ceil(kernels.length / 32);
  const before: Uint32Array[] = [];
  predecessors(kernels).forEach((others) => {
    const all = new Uint32Array(words);
    for (const other of others) {
      before[other].forEach((word, i) => (all[i] |= word));
      all[other >>> 5] |= 1 << (other & 31);
    }
    before.push(all);
  });
  return { isBefore: (first, second) => ((before[second][first >>> 5] >>> (first & 31)) & 1) === 1 };
}
