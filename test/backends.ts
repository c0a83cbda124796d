// Backends on which tests run plans: the CPU, and the emulated CUDA library (the same kernels, run by the CPU). WebGPU
// is one of them if there is an adapter, such as Mesa's software adapter. An NVIDIA GPU is one if the machine has one
// and its library was built.

import { dirname, join } from 'node:path';
import type { LoadedPlan } from '../src/compile/backend.js';
import { probeCuda } from '../src/runtime/cuda-probe.js';
import { CPU, type Device, type MatmulPrecision } from '../src/runtime/device.js';
import { nativePath } from '../src/runtime/native.js';
import { adapterNamed, pausingWait, openWebGpu } from '../src/runtime/webgpu/library.js';
import { probeWebGpu } from '../src/runtime/webgpu/probe.js';
import { WebGpuDevice } from '../src/webgpu/device.js';
import { WEBGPU_KERNEL_NAMES } from '../src/webgpu/kernel-names.js';
import { WebGpuProgram } from '../src/webgpu/program.js';

export interface Backend {
  readonly title: string;
  readonly device: Device;
  /** Loads a plan; default: the way of the device. */
  readonly load?: (plan: Uint8Array) => LoadedPlan;
}

/** Path of the emulated library, which `npm run build:native` puts next to the addon. */
const EMULATED_LIBRARY = join(dirname(nativePath()), 'libinterlatent_cuda_emulated.so');

const CPU_BACKEND: Backend = { title: 'CPU', device: CPU };

export const EMULATED: Backend = {
  title: 'CUDA emulated',
  device: {
    backend: 'cuda',
    name: 'cuda:0',
    description: 'emulation',
    kernels: new Set((await probeCuda(EMULATED_LIBRARY)).library?.kernels),
    index: 0,
    library: EMULATED_LIBRARY,
    emulated: true,
    matmulPrecision: 'float32',
  },
};

export const WEBGPU = await openedWebGpu();
/** Reason for skipping tests without {@link WEBGPU}. */
export const WITHOUT_WEBGPU = 'no WebGPU adapter (npm run setup installs Mesa’s on Debian)';

/** Every backend that can be tested here. */
export const BACKENDS: readonly Backend[] = [
  CPU_BACKEND,
  EMULATED,
  ...(WEBGPU ? [webGpuBackend('WebGPU', WEBGPU)] : []),
  ...(await realDevice()),
];

/** WebGPU on a software adapter, but with the shaders for GPUs, which share workgroup memory. */
export const GPU_SHADERS: readonly Backend[] = WEBGPU?.adapter.isSoftware
  ? [webGpuBackend("WebGPU, a GPU's shaders", WEBGPU.with({ isSoftware: false }))]
  : [];

/** The GPU backends, once per precision other than float32, with its unit of rounding. */
export const ROUNDED: readonly (Backend & { readonly precision: MatmulPrecision; readonly unit: number })[] =
  BACKENDS.flatMap(({ title, device }) =>
    device.backend !== 'cuda'
      ? []
      : (
          [
            ['tf32', 2 ** -11],
            ['bfloat16', 2 ** -8],
            // Two TF32 numbers have 22 bits; the product of both remainders is omitted.
            ['tf32x3', 2 ** -21],
          ] as const
        ).map(([precision, unit]) => ({
          ...{ title: `${title}, ${precision}`, precision, unit },
          device: { ...device, matmulPrecision: precision },
        })),
  );

async function realDevice(): Promise<Backend[]> {
  const { path, library, devices, problems } = await probeCuda();
  if (problems.length > 0 || library?.emulated !== false) return [];
  const [{ index, name }] = devices;
  const device: Device = {
    backend: 'cuda',
    name: `cuda:${index}`,
    description: name,
    kernels: new Set(library.kernels),
    index,
    library: path,
    emulated: false,
    matmulPrecision: 'float32',
  };
  return [{ title: 'CUDA', device }];
}

/**
 * Opens WebGPU in this thread, so that the sources are tested. Without an adapter, tests are skipped, or fail if
 * `INTERLATENT_WEBGPU` is set.
 */
async function openedWebGpu(): Promise<WebGpuDevice | undefined> {
  const { adapters, problems, library } = await probeWebGpu();
  if (problems.length === 0) {
    const gpu = await openWebGpu(library!);
    const wait = pausingWait();
    return WebGpuDevice.open((await adapterNamed(gpu, adapters[0].description, wait))!, wait);
  }
  const [{ problem }] = problems;
  if (process.env['INTERLATENT_WEBGPU']) throw new Error(`WebGPU is not tested: ${problem}`);
  return undefined;
}

function webGpuBackend(title: string, device: WebGpuDevice): Backend {
  const { adapter } = device;
  return {
    title,
    device: {
      backend: 'webgpu',
      name: 'webgpu',
      description: adapter.description,
      adapter,
      kernels: WEBGPU_KERNEL_NAMES,
    },
    load: (plan) => new WebGpuProgram(device, plan),
  };
}
