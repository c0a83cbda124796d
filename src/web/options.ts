// Translates the options of a page's functions into those of the core.

import type { Device } from '../runtime/device.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { WebGpu } from './web-gpu.js';

export interface GpuOption {
  /** Compute on this device. Default: in the main thread of the page, which is much slower and equally exact. */
  readonly gpu?: WebGpu | undefined;
}

/** Returns the options of programs. In a page they are those of src/web/platform/runtime-load-plan.ts. */
export function programOptions({ gpu }: GpuOption): ProgramOptions {
  return gpu ? { device: gpu as WebGpu & Device } : {};
}
