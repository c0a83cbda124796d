// Compiler settings per device. No other place defines them.

import type { MemoryUse } from './spec.js';

export interface Target {
  readonly memory: MemoryUse;
  /** `tiles`: mini-batches are divided into tiles that fit a core's cache; `whole`: a mini-batch is computed as one. */
  readonly batches: 'tiles' | 'whole';
}

export const CPU_TARGET: Target = { memory: 'tight', batches: 'tiles' };

const TARGETS: Readonly<Record<string, Target>> = {
  // Kernels run in sequence, because each binds all slabs for writing.
  webgpu: { memory: 'tight', batches: 'whole' },
  cuda: { memory: 'parallel', batches: 'whole' },
};

/** Returns the target of a device. Devices that train the same runs together divide the tiles among them. */
export function targetOf({
  backend,
  dataParallel,
}: {
  readonly backend: string;
  readonly dataParallel?: number;
}): Target {
  const target = TARGETS[backend] ?? CPU_TARGET;
  return dataParallel === undefined ? target : { ...target, batches: 'tiles' };
}
