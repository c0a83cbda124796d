// The GPU of the host, for fits and other long computations in a page.

import type { LoadedPlan } from '../compile/backend.js';
import { DeviceError } from '../errors/errors.js';

/** A GPU that the page may use. {@link webGpu} returns it. */
export interface WebGpu {
  /** Description for readers: that of the GPU, or its vendor and architecture. */
  readonly description: string;
  /** True if the device is emulated on the processor, which is not faster than no GPU. */
  readonly isSoftware: boolean;
  /** Releases the device. Computations on it end with an error. */
  readonly dispose: () => void;
}

/** The device with the members that programs need. */
export interface PageDevice extends WebGpu {
  readonly backend: 'webgpu';
  readonly name: 'webgpu';
  /** Names of the kernels. */
  readonly kernels: ReadonlySet<string>;
  readonly load: (plan: Uint8Array) => LoadedPlan;
}

/** Advice of errors: what works without WebGPU, and how to get it. */
const ADVICE = 'Encoding works without it. To fit a model here, open the page in a browser that has WebGPU.';

/**
 * Returns the GPU of the host.
 *
 * @throws DeviceError `no-webgpu` if the browser has no WebGPU, or provides it only to pages loaded by https;
 *   `no-webgpu-device` if it has no usable GPU. The message contains the reason and advice
 */
export async function webGpu(): Promise<WebGpu> {
  const gpu = (globalThis as { readonly navigator?: { readonly gpu?: GPU } }).navigator?.gpu;
  if (!gpu) {
    const isSecure = (globalThis as { readonly isSecureContext?: boolean }).isSecureContext ?? true;
    const why = isSecure
      ? 'This browser has no WebGPU.'
      : 'Browsers provide WebGPU only to pages from https or localhost.';
    throw new DeviceError('no-webgpu', `${why} ${ADVICE}`);
  }
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    throw new DeviceError('no-webgpu-device', `This browser found no usable graphics card. ${ADVICE}`);
  }
  const [{ WebGpuDevice }, { WebGpuProgram }, { kernelNames }] = await Promise.all([
    import('../webgpu/device.js'),
    import('../webgpu/program.js'),
    import('../compile/kernels.js'),
  ]);
  const device = await WebGpuDevice.open(adapter);
  const { description, isSoftware } = device.adapter;
  const pageDevice: PageDevice = {
    backend: 'webgpu',
    name: 'webgpu',
    description,
    isSoftware,
    kernels: kernelNames('webgpu'),
    load: (plan) => new WebGpuProgram(device, plan),
    dispose: () => {
      device.destroy();
    },
  };
  return pageDevice;
}
