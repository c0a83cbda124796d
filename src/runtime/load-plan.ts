// Loads a plan on a device. This is the only module that depends on the backends; bundles for browsers replace it by
// another file.

import type { LoadedPlan } from '../compile/backend.js';
import type { NativeProgramOptions, NativeRanks } from './addon.js';
import { CPU, type Device } from './device.js';
import { native } from './native.js';
import { ThreadedProgram } from './webgpu-thread.js';

export interface ProgramOptions {
  /** Threads of a CPU program; 0 (default): one per available core. */
  readonly threads?: number;
  /** The device, see `chooseDevice`; default: the CPU. */
  readonly device?: Device;
  /**
   * True to measure the time of every kernel: `describe` then has `profile` (docs/explanation/engine.md); default:
   * false.
   */
  readonly profile?: boolean;
}

export interface LoadDetails {
  /** True to fail with `out-of-memory` instead of leaving data sets on the host (CUDA); default: false. */
  readonly dataOnDevice?: boolean;
  /**
   * Number of runs of the whole fit if this program computes only some of them. Sums are cut as for all runs, so that
   * the bits are the same. Default: the runs of the program.
   */
  readonly allRuns?: number;
  /** The process group that trains the same runs together, on the CPU. Default: this program alone. */
  readonly ranks?: NativeRanks | undefined;
}

/** @throws Error with a `code` (see backend.h); DeviceError */
export function loadPlan(plan: Uint8Array, options: ProgramOptions, details: LoadDetails = {}): LoadedPlan {
  if (options.device?.backend === 'webgpu') return new ThreadedProgram(options.device.adapter, plan);
  const { Program: Native } = native();
  return new Native(plan, nativeOptions(options, details));
}

/** Returns the options in the form of the addon. */
export function nativeOptions(
  { threads = 0, device = CPU, profile }: ProgramOptions,
  { dataOnDevice, allRuns, ranks }: LoadDetails = {},
): NativeProgramOptions {
  if (device.backend !== 'cuda') return { device: 'cpu', threads, profile, ranks };
  const { library, index, matmulPrecision } = device;
  return { device: 'cuda', threads, profile, library, index, matmulPrecision, dataOnDevice, allRuns };
}
