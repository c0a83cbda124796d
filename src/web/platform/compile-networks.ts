// A page has no kernels of whole networks: WebGPU and the reference compute their layers one by one.

import type { Kernel } from '../../compile/kernel.js';

/** Returns the kernels unchanged. */
export function fuseNetworks(kernels: readonly Kernel[]): readonly Kernel[] {
  return kernels;
}
