// What a program can compute on: the processor, NVIDIA GPUs, GPUs through WebGPU, and what was built in.

import os from 'node:os';
import type { AdapterDescription } from '../webgpu/device.js';
import type { BuildInfo } from './addon.js';
import type { CudaDevice, CudaProblem } from './cuda-probe.js';
import { chooseDevice, CPU, type DeviceChoice } from './device.js';
import { buildInfo } from './native.js';
import type { WebGpuProblem } from './webgpu/probe.js';

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
  readonly webgpu: {
    readonly usable: boolean;
    /** The file of the package `webgpu`; undefined where it is not installed. */
    readonly library?: string;
    /** The first one is what `webgpu` takes. `description` names device and driver. */
    readonly adapters: readonly AdapterDescription[];
    readonly problems: readonly WebGpuProblem[];
  };
  /** What `auto` takes, and why. */
  readonly auto: DeviceChoice;
}

/**
 * Looks for devices; CUDA and WebGPU once per process, each in a child process, so that a broken driver harms nobody.
 * @throws DeviceError `native-missing`
 */
export async function devices(): Promise<DeviceReport> {
  const build = buildInfo();
  const { probeCuda } = await import('./cuda-probe.js');
  const { path, library, driver, devices: found, problems } = await probeCuda();
  const { probeWebGpu } = await import('./webgpu/probe.js');
  const webgpu = await probeWebGpu();
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
    webgpu: {
      usable: webgpu.problems.length === 0,
      ...(webgpu.library !== undefined && { library: webgpu.library }),
      adapters: webgpu.adapters,
      problems: webgpu.problems,
    },
    auto,
  };
}
