// Lists the devices: the processor, NVIDIA GPUs, and GPUs through WebGPU, with the properties of the native library.

import os from 'node:os';
import type { AdapterDescription } from '../webgpu/device.js';
import type { BuildInfo } from './addon.js';
import type { CudaDevice, CudaProblem } from './cuda-probe.js';
import { chooseDevice, CPU, type DeviceChoice } from './device.js';
import { buildInfo } from './native.js';
import type { WebGpuProblem } from './webgpu-probe.js';

export interface DeviceReport {
  readonly cpu: {
    readonly model: string;
    /** Logical cores that this process may use. */
    readonly cores: number;
    /** Instruction set of the kernels. */
    readonly isa: string;
    /** Memory in bytes. */
    readonly memory: number;
  };
  readonly build: BuildInfo;
  readonly cuda: {
    readonly usable: boolean;
    /** The library's file and what it was built for. Only the path is set if the library cannot be opened. */
    readonly library: {
      readonly path: string;
      readonly runtime?: string;
      readonly architectures?: readonly string[];
      readonly emulated?: boolean;
      /** Names of the library's kernels. */
      readonly kernels?: readonly string[];
      /** cuBLASLt library for large matrix products; null: interlatent's kernels compute all products. */
      readonly cublasLt?: string | null;
      /** Release of the oldest NVIDIA driver that runs the library; undefined if it is not known. */
      readonly neededDriver?: string | undefined;
    };
    /** The newest CUDA version that the driver supports; undefined without a driver. */
    readonly driver?: string;
    /** Release of the driver, for example 535.183.01; undefined if the system does not show it. */
    readonly driverRelease?: string;
    readonly devices: readonly CudaDevice[];
    /** Why CUDA cannot be used, each reason with a stable code. */
    readonly problems: readonly CudaProblem[];
  };
  readonly webgpu: {
    readonly usable: boolean;
    /** The file of the package `webgpu`; undefined if it is not installed. */
    readonly library?: string;
    /** Adapters; device `webgpu` is the first one. `description` names device and driver. */
    readonly adapters: readonly AdapterDescription[];
    readonly problems: readonly WebGpuProblem[];
  };
  /** The device that `auto` selects, and why. */
  readonly auto: DeviceChoice;
}

/**
 * Lists the devices. CUDA and WebGPU are probed once per process, each in a child process, so that a broken driver
 * cannot crash this one.
 * @throws DeviceError `native-missing`
 */
export async function devices(): Promise<DeviceReport> {
  const build = buildInfo();
  const { probeCuda } = await import('./cuda-probe.js');
  const { path, library, driver, driverRelease, devices: cudaDevices, problems } = await probeCuda();
  const { probeWebGpu } = await import('./webgpu-probe.js');
  const webgpu = await probeWebGpu();
  const { choice: auto } = await chooseDevice('auto');
  return {
    cpu: { model: CPU.description, cores: os.availableParallelism(), isa: build.isa, memory: os.totalmem() },
    build,
    cuda: {
      usable: problems.length === 0,
      library: { path, ...library },
      ...(driver !== undefined && { driver }),
      ...(driverRelease !== undefined && { driverRelease }),
      devices: cudaDevices,
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
