// What a program can compute on: the processor, NVIDIA GPUs, and what was built in.

import os from 'node:os';
import type { BuildInfo } from './addon.js';
import type { CudaDevice, CudaProblem } from './cuda-probe.js';
import { chooseDevice, CPU, type DeviceChoice } from './device.js';
import { buildInfo } from './native.js';

export interface DeviceReport {
  readonly cpu: {
    readonly model: string;
    /** Logical ones that this process may use. */
    readonly cores: number;
    /** Instruction set of the kernels. */
    readonly isa: string;
    /** Bytes. */
    readonly memory: number;
  };
  readonly build: BuildInfo;
  readonly cuda: {
    readonly usable: boolean;
    /** The library's file, what it was built for; only the path when it cannot be opened. */
    readonly library: {
      readonly path: string;
      readonly runtime?: string;
      readonly architectures?: readonly string[];
      readonly emulated?: boolean;
      /** Names of its kernels. */
      readonly kernels?: readonly string[];
      /** cuBLASLt that it computes large matrix products with; null: its own kernels do all. */
      readonly cublasLt?: string | null;
    };
    /** The newest CUDA version that the driver serves; undefined without a driver. */
    readonly driver?: string;
    readonly devices: readonly CudaDevice[];
    /** What stands in the way, each with a stable code. */
    readonly problems: readonly CudaProblem[];
  };
  /** What `auto` takes, and why. */
  readonly auto: DeviceChoice;
}

/**
 * Looks for devices; CUDA once per process, in a child process, so that a broken driver harms nobody.
 * @throws DeviceError `native-missing`
 */
export async function devices(): Promise<DeviceReport> {
  const build = buildInfo();
  const { probeCuda } = await import('./cuda-probe.js');
  const { path, library, driver, devices: found, problems } = await probeCuda();
  const { choice: auto } = await chooseDevice('auto');
  return {
    cpu: { model: CPU.description, cores: os.availableParallelism(), isa: build.isa, memory: os.totalmem() },
    build,
    cuda: {
      usable: problems.length === 0,
      library: { path, ...library },
      ...(driver !== undefined && { driver }),
      devices: found,
      problems,
    },
    auto,
  };
}
