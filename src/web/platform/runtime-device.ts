// Devices of a page: WebGPU if a device is passed, otherwise the float64 reference.

import type { DeviceChoice } from '../../runtime/device.js';
import type { PageDevice } from '../web-gpu.js';

export const MATMUL_PRECISIONS = ['float32', 'tf32-convolutions', 'tf32', 'bfloat16'] as const;

/** The reference as a device. It has no kernels. */
export const CPU = {
  backend: 'reference',
  name: 'reference',
  description: 'float64 reference in JavaScript',
  kernels: new Set<string>(),
} as const;

/** Does the same as in Node, except that the argument is the device itself instead of its name. */
export function chooseDevice(device: PageDevice): { readonly device: PageDevice; readonly choice: DeviceChoice } {
  const { name, description } = device;
  return { device, choice: { requested: name, name, description, reason: '', matmulPrecision: 'float32' } };
}

/** Returns the only precision of a page's devices. */
export function matmulPrecisionOf(): 'float32' {
  return 'float32';
}

/** Returns the device, because a page has only one. */
export function devicesOf(device: PageDevice | typeof CPU = CPU): readonly (PageDevice | typeof CPU)[] {
  return [device];
}

/** WebGPU computes in float32 only. */
export function withPrecision<T>(chosen: T): T {
  return chosen;
}
