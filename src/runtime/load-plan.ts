// The one place that knows the backends: a plan on a device. Bundles for browsers have another file in its place.

import type { LoadedPlan } from '../compile/backend.js';
import type { NativeProgramOptions, NativeRanks } from './addon.js';
import { CPU, type Device } from './device.js';
import { native } from './native.js';
import { ThreadedProgram } from './webgpu/thread.js';

export interface ProgramOptions {
  /** Threads of a CPU program; 0 (default): one per available core. */
  readonly threads?: number;
  /** Where to compute, see `chooseDevice`; default: the CPU. */
  readonly device?: Device;
  /** Times every kernel: `describe` then has `profile` (docs/engine.md); default: false. */
  readonly profile?: boolean;
}

export interface LoadDetails {
  /** Refuses where data sets would have to stay on the host, as CUDA allows; default: false. */
  readonly dataOnDevice?: boolean;
  /**
   * Runs of the whole fit, where this program has a share of them: sums are cut as for all, to the same bits. Default:
   * the program's own.
   */
  readonly allRuns?: number;
  /** Who trains the same runs together with this program. Default: nobody. */
  readonly ranks?: NativeRanks | undefined;
}

/** Of this process, for programs that wait for each other for so many seconds. */
export function localRanks(count: number, seconds: number): readonly NativeRanks[] {
  return native().Ranks.local(count, seconds);
}

/** @throws Error with a `code` (see backend.h); DeviceError */
export function loadPlan(plan: Uint8Array, options: ProgramOptions, details: LoadDetails = {}): LoadedPlan {
  if (options.device?.backend === 'webgpu') return new ThreadedProgram(options.device.adapter, plan);
  const { Program: Native } = native();
  return new Native(plan, nativeOptions(options, details));
}

/** The addon's words for the options. */
export function nativeOptions(
  { threads = 0, device = CPU, profile }: ProgramOptions,
  { dataOnDevice, allRuns, ranks }: LoadDetails = {},
): NativeProgramOptions {
  if (device.backend !== 'cuda') return { device: 'cpu', threads, profile, ranks };
  const { library, index, matmulPrecision } = device;
  return { device: 'cuda', threads, profile, ranks, library, index, matmulPrecision, dataOnDevice, allRuns };
}
