// What programs are made like for a device: the one place that says so.

import type { MemoryUse } from './spec.js';

export interface Target {
  readonly memory: MemoryUse;
  /** `tiles`: mini-batches are cut into tiles that fit a core's cache; `whole`: they are computed at once. */
  readonly batches: 'tiles' | 'whole';
}

export const CPU_TARGET: Target = { memory: 'tight', batches: 'tiles' };

const TARGETS: Readonly<Record<string, Target>> = {
  // Kernels run one after the other where each binds all slabs to write to them.
  webgpu: { memory: 'tight', batches: 'whole' },
  cuda: { memory: 'parallel', batches: 'whole' },
};

/** Devices that train the same runs together share out tiles. */
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
