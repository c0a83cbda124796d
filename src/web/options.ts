// What options of a page's functions are, in the words of the core.

import type { ProgramOptions } from '../runtime/program.js';
import type { WebGpu } from './web-gpu.js';

export interface GpuOption {
  /** Compute on this device. Default: on the page's own thread, as exactly and far slower. */
  readonly gpu?: WebGpu | undefined;
}

/** For programs, whose options in a page are those of src/web/platform/runtime/load-plan.ts. */
export function programOptions({ gpu }: GpuOption): ProgramOptions {
  return gpu ? ({ device: gpu } as unknown as ProgramOptions) : {};
}
