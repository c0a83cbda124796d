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

/** Returns the target of a device. */
export function targetOf({ backend }: { readonly backend: string }): Target {
  return TARGETS[backend] ?? CPU_TARGET;
}
