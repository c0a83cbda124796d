// What tests run plans on: the CPU, the emulated CUDA library (the same kernels, run by the CPU) and, on a machine with
// a GPU whose library was built, the device itself.

import { dirname, join } from 'node:path';
import { probeCuda } from '../src/runtime/cuda-probe.js';
import { CPU, type Device, type MatmulPrecision } from '../src/runtime/device.js';
import { nativePath } from '../src/runtime/native.js';

export interface Backend {
  readonly title: string;
  readonly device: Device;
}

/** Left beside the addon by `npm run build:native`. */
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

/** Every backend that can be tested here. */
export const BACKENDS: readonly Backend[] = [CPU_BACKEND, EMULATED, ...(await realDevice())];

/** The GPUs among them, once per precision other than float32, with its unit of rounding. */
export const ROUNDED: readonly (Backend & { readonly precision: MatmulPrecision; readonly unit: number })[] =
  BACKENDS.flatMap(({ title, device }) =>
    device.backend === 'cpu'
      ? []
      : (
          [
            ['tf32', 2 ** -11],
            ['bfloat16', 2 ** -8],
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
