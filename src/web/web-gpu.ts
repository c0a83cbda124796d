// The graphics card of the page's machine, for what takes longer than encoding some tables.

import type { LoadedPlan } from '../compile/backend.js';
import { DeviceError } from '../errors.js';

/** A GPU that the page may use. Made by {@link webGpu}. */
export interface WebGpu {
  /** For people: the card's own description, or its maker and architecture. */
  readonly description: string;
  /** Computes on the processor: no faster than without it. */
  readonly isSoftware: boolean;
  /** Gives the device back. What computes on it ends with an error. */
  readonly dispose: () => void;
}

/** As programs are loaded on it. */
export interface PageDevice extends WebGpu {
  readonly backend: 'webgpu';
  readonly name: 'webgpu';
  /** Names of its kernels. */
  readonly kernels: ReadonlySet<string>;
  readonly load: (plan: Uint8Array) => LoadedPlan;
}

/** How to get WebGPU; what needs none goes on without. */
const ADVICE = 'Latents are encoded without it; to fit a model here, open the page in a browser that has it.';

/**
 * The GPU of the page's machine.
 *
 * @throws DeviceError `no-webgpu` where the browser has no WebGPU, or gives it to pages that came by https alone;
 *   `no-webgpu-device` where there is no graphics card that it could use. The message says which, and what follows
 */
export async function webGpu(): Promise<WebGpu> {
  const gpu = (globalThis as { readonly navigator?: { readonly gpu?: GPU } }).navigator?.gpu;
  if (!gpu) {
    const isSecure = (globalThis as { readonly isSecureContext?: boolean }).isSecureContext ?? true;
    const why = isSecure ? 'This browser has no WebGPU.' : 'WebGPU is for pages that come by https or from localhost.';
    throw new DeviceError('no-webgpu', `${why} ${ADVICE}`);
  }
  const adapter = await gpu.requestAdapter();
  if (!adapter) {
    throw new DeviceError('no-webgpu-device', `This browser found no graphics card that it could use. ${ADVICE}`);
  }
  const [{ WebGpuDevice }, { WebGpuProgram }, { WEBGPU_KERNELS }] = await Promise.all([
    import('../webgpu/device.js'),
    import('../webgpu/program.js'),
    import('../webgpu/kernels/index.js'),
  ]);
  const device = await WebGpuDevice.open(adapter);
  const { description, isSoftware } = device.adapter;
  const own: PageDevice = {
    ...{ backend: 'webgpu', name: 'webgpu', description, isSoftware, kernels: WEBGPU_KERNELS },
    load: (plan) => new WebGpuProgram(device, plan),
    dispose: () => {
      device.destroy();
    },
  };
  return own;
}
